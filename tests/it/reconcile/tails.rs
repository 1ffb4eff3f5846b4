//! The end of a lane, where what one side lacks may only be under way: not for ever, and not because it says so.

use guitu::audit::entry::{Entry, EntryType, Incomplete};
use guitu::audit::verify::Fault;
use guitu::clock::Timestamp;
use guitu::exchange::message::Lane;
use guitu::exchange::receipt::Outcome;

use super::tamper::{entries, rebuild};
use super::{begin, check, joint, pair, trust};
use crate::harness::two_logs::{Side, deliver};

/// A pair, of which the first sent a message that it dates so far into the future; the second settled it today.
fn dated(ahead: i64) -> (Side, Side) {
    let mut nodes = pair();
    begin(&mut nodes);
    let [mut a, mut b] = nodes;
    deliver(&mut a, &mut b, Lane::Normal, 100, false);
    let now = a.clock.max(b.clock);
    a.clock = now.plus(ahead);
    a.send(b.who.id, Lane::Normal);
    (a.clock, b.clock) = (now, now);
    let header = Entry::open(a.entries.last().unwrap()).unwrap().body.header.unwrap();
    let (x, result) = (Some(header.seal().unwrap().1), Some(Outcome::Stored));
    let body = Incomplete { header: Some(header), x, result, ..Incomplete::default() };
    b.log(EntryType::Received, body);
    (a, b)
}

#[test]
fn whoever_dates_a_message_into_the_future_cannot_leave_it_out() {
    for ahead in [0, 400 * Timestamp::DAY] {
        let (mut a, mut b) = dated(ahead);
        let mut lie = a.export(&b.who, 3_600_000);
        let mut all = entries(&lie);
        all.pop();
        rebuild(&mut lie, &a.who, all);
        let (truth, trust) = (b.export(&a.who, 0), trust(&a.who, &b.who));
        let found = joint(&check(&lie.write(&a.who.log), &trust), &check(&truth.write(&b.who.log), &trust));
        assert!(found.findings.has(Fault::OnlyInReceiver), "{ahead}: {:?}", found.findings);
    }
}

#[test]
fn what_came_just_before_an_export_is_no_fault() {
    let (mut a, mut b) = dated(0);
    let mut early = a.export(&b.who, 300_000);
    let mut all = entries(&early);
    all.pop();
    rebuild(&mut early, &a.who, all);
    early.about.made_at = b.clock;
    let (truth, trust) = (b.export(&a.who, 0), trust(&a.who, &b.who));
    let found = joint(&check(&early.write(&a.who.log), &trust), &check(&truth.write(&b.who.log), &trust));
    assert!(found.holds(), "{:?}", found.findings);
}
