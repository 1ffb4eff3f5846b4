//! The dates of an agreement on two clocks: the sender's exactly at dispatch, the receiver's with five minutes at
//! receipt. Beyond that nothing passes.

use std::sync::Arc;

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::{Clock as _, ManualClock, Timestamp};
use guitu::domain::date::CivilDate;
use guitu::node::agree::Proposal;
use uuid::Uuid;

use crate::harness::database::{Engine, on_both_engines};
use crate::harness::nodes::{Nodes, leads_for, proposal};

const MINUTE: i64 = 60 * Timestamp::SECOND;

/// 临沧 and 朔州, each on a clock of its own, and their agreement.
struct Pair {
    nodes: Nodes,
    sender: Arc<ManualClock>,
    receiver: Arc<ManualClock>,
    agreement: Uuid,
    today: CivilDate,
}

impl Pair {
    /// An agreement for the days from `first` to `last`, counted from today.
    async fn open(engine: Engine, first: i64, last: i64) -> Self {
        let mut nodes = Nodes::open(engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let now = nodes.clock.now();
        let today = CivilDate::of(now);
        let terms = proposal(&A1, today);
        let (valid_from, valid_until) = (today.plus_days(first), today.plus_days(last));
        let proposed = nodes
            .node(LINCANG)
            .node
            .propose(None, Proposal { valid_from, valid_until, ..terms })
            .await
            .unwrap();
        nodes.settle().await;
        for node in [CHONGQING, SHUOZHOU] {
            nodes.node(node).node.countersign(None, proposed.id, 1, proposed.digest).await.unwrap();
        }
        nodes.settle().await;
        let (sender, receiver) = (Arc::new(ManualClock::at(now)), Arc::new(ManualClock::at(now)));
        nodes.on_clock(LINCANG, Arc::clone(&sender)).await;
        nodes.on_clock(SHUOZHOU, Arc::clone(&receiver)).await;
        Self { nodes, sender, receiver, agreement: proposed.id, today }
    }

    /// Moves both clocks, in milliseconds from midnight at the start of that day.
    fn at(&self, day: i64, sender: i64, receiver: i64) {
        let midnight = self.today.plus_days(day).start();
        self.sender.set(midnight.plus(sender));
        self.receiver.set(midnight.plus(receiver));
    }

    /// Shares a lead; its public id, or the code of the refusal.
    async fn share(&self, which: usize) -> Result<Uuid, &'static str> {
        let here = self.nodes.node(LINCANG);
        let id = here.approved(leads_for(LINCANG, SHUOZHOU, self.today).remove(which)).await;
        let shared = here.node.share(&here.drafter, id, self.agreement, Some(vec![SHUOZHOU])).await;
        shared.map(|view| view.sub).map_err(|error| error.code())
    }

    /// Delivers what waits; whether the receiver holds the lead then.
    async fn arrives(&self, sub: Uuid) -> bool {
        self.nodes.node(LINCANG).push(SHUOZHOU).await;
        self.holds(sub).await
    }

    async fn holds(&self, sub: Uuid) -> bool {
        let there = self.nodes.node(SHUOZHOU);
        let held = there.node.list_received(&there.drafter, -1, 200).await.unwrap();
        held.items.iter().any(|lead| lead.sub == sub)
    }
}

on_both_engines! {
    async fn the_last_day_ends_for_the_sender_at_midnight_and_for_the_receiver_five_minutes_later(db) {
        let pair = Pair::open(db.engine, 0, 0).await;
        // The receiver's clock is four minutes ahead and past the end.
        pair.at(1, -MINUTE, 3 * MINUTE);
        let in_time = pair.share(0).await.unwrap();
        assert!(pair.arrives(in_time).await, "within five minutes it is taken");
        let late = pair.share(1).await.unwrap();
        pair.at(1, -1, 4 * MINUTE);
        assert!(pair.arrives(late).await, "to the last instant of the sender's day");
        let waiting = pair.share(2).await.unwrap();
        pair.at(1, 0, 4 * MINUTE);
        assert!(!pair.arrives(waiting).await, "what waited goes void at midnight");
        assert_eq!(pair.share(3).await, Err("agreement_expired"));
    }

    async fn nothing_passes_more_than_five_minutes_after_the_end(db) {
        let pair = Pair::open(db.engine, 0, 0).await;
        pair.at(1, -30 * Timestamp::SECOND, 5 * MINUTE - 31 * Timestamp::SECOND);
        let waiting = pair.share(0).await.unwrap();
        // Clocks that far apart refuse the batch whole; clocks that agree make it void.
        pair.at(1, -30 * Timestamp::SECOND, 5 * MINUTE);
        assert!(!pair.arrives(waiting).await);
        pair.at(1, MINUTE, 5 * MINUTE);
        assert!(!pair.arrives(waiting).await);
        pair.at(1, 20 * MINUTE, 20 * MINUTE);
        assert!(!pair.arrives(waiting).await);
        assert_eq!(pair.share(1).await, Err("agreement_expired"));
        pair.nodes.settle().await;
        assert!(!pair.holds(waiting).await);
    }

    async fn a_receiver_behind_takes_what_its_sender_may_send_until_the_end(db) {
        let pair = Pair::open(db.engine, 0, 0).await;
        // The receiver's clock is four minutes behind: for it the last day goes on, for the sender it is over.
        pair.at(1, 0, -4 * MINUTE);
        assert_eq!(pair.share(0).await, Err("agreement_expired"));
    }

    async fn the_first_day_begins_for_the_sender_at_midnight_and_for_the_receiver_five_minutes_earlier(db) {
        let pair = Pair::open(db.engine, 1, 30).await;
        // The sender's clock is four minutes behind the receiver's: it waits for its own midnight.
        pair.at(1, -4 * MINUTE, -MINUTE);
        assert_eq!(pair.share(0).await, Err("not_yet_valid"));
        pair.at(1, -1, 3 * MINUTE);
        assert_eq!(pair.share(1).await, Err("not_yet_valid"));
        pair.at(1, 0, 3 * MINUTE);
        let first = pair.share(2).await.unwrap();
        assert!(pair.arrives(first).await);
    }

    async fn a_receiver_four_minutes_behind_the_first_day_takes_it(db) {
        let pair = Pair::open(db.engine, 1, 30).await;
        pair.at(1, 0, -4 * MINUTE);
        let first = pair.share(0).await.unwrap();
        assert!(pair.arrives(first).await);
    }
}
