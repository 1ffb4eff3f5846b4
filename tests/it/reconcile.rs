//! Two logs held side by side: honest pairs hold, every planted fault is found.

#![allow(clippy::unwrap_used, reason = "the tests' own builders; a failure here is a failed test")]

mod clean;
mod forged;
mod planted;
mod tails;
pub(crate) mod tamper;

use std::io::Cursor;

use guitu::audit::reconcile::{Reconciliation, Side as Checked, reconcile};
use guitu::audit::trust::Trust;
use guitu::audit::verify::gather;
use guitu::exchange::message::Lane;

use crate::harness::two_logs::{Identity, Side, deliver};

/// Two nodes at the beginning.
fn pair() -> [Side; 2] {
    [Side::new("530900", 10), Side::new("500000", 20)]
}

fn trust(a: &Identity, b: &Identity) -> Trust {
    Trust::of(&[a.descriptor(), b.descriptor()]).unwrap()
}

fn check(bundle: &[u8], trust: &Trust) -> Checked {
    gather(Cursor::new(bundle), trust, &mut |_| {}).unwrap()
}

fn joint(a: &Checked, b: &Checked) -> Reconciliation {
    reconcile(a, b).unwrap()
}

/// One step of the two nodes' lives; `true` if it is the rare one that opens a new epoch.
fn step([a, b]: &mut [Side; 2], what: u8) -> bool {
    let lane = if what & 0x10 == 0 { Lane::Normal } else { Lane::Urgent };
    let most = 1 + usize::from(what >> 5);
    let (to_a, to_b) = (a.who.id, b.who.id);
    match what % 16 {
        0 | 1 => a.read(),
        2 => b.read(),
        3..=6 => a.send(to_b, lane),
        7..=9 => b.send(to_a, lane),
        10 | 11 => deliver(a, b, lane, most, false),
        12 | 13 => deliver(b, a, lane, most, false),
        14 if lane == Lane::Normal => deliver(a, b, lane, most, true),
        14 => deliver(b, a, Lane::Normal, most, true),
        _ => return what == 0xff,
    }
    false
}

/// Both sides have sent, received and read something, and both have receipts.
fn begin(pair: &mut [Side; 2]) {
    for what in [0, 2, 3, 4, 0x13, 7, 8, 0x17, 0x6a, 0x1a, 0x6c, 0x1c, 1, 2, 5, 9, 0x2a, 0x2c] {
        step(pair, what);
    }
}
