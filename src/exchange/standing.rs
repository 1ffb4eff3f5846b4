//! Whether a node's log is whole: its own heads against the heads that others hold of it (evidence, "Rollback").
//!
//! Knows sizes, roots and epochs; asks nobody. Invariant: a log that somebody saw more of, or saw otherwise, is
//! never called whole.

use std::cmp::Ordering;

use super::message::Epoch;
use crate::domain::digest::Digest;

codes! {
    /// How a log stands to what others hold of it, from the best to the worst.
    pub enum Standing {
        Unknown = "unknown" "无从核对",
        Whole = "whole" "完整",
        Behind = "behind" "落后于他方所见",
        Rewritten = "rewritten" "与他方所见不符",
    }
}

/// A head of our log that somebody holds, signed by our own key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldHead {
    /// The epoch of the log then.
    pub epoch: Epoch,
    /// How many entries.
    pub size: u64,
    /// The root over them.
    pub root: Digest,
}

/// The own log: the epoch that it is in, the index of the first entry of that, and how many entries there are.
#[derive(Clone, Copy, Debug)]
pub struct OwnLog {
    /// The epoch.
    pub epoch: Epoch,
    /// Its first entry.
    pub first: u64,
    /// The size.
    pub size: u64,
}

impl OwnLog {
    /// How the log stands to one head that somebody holds; `ours` is the root of our own head of that size, if
    /// there is one. An earlier epoch is closed: what was lost or contradicted in it was decided when this one was
    /// opened, whose heads commit to all that was kept of it.
    pub fn compare(&self, held: &HeldHead, ours: Option<Digest>) -> Standing {
        match held.epoch.counter.cmp(&self.epoch.counter) {
            Ordering::Greater => Standing::Behind,
            Ordering::Less => Standing::Whole,
            Ordering::Equal if held.epoch != self.epoch => Standing::Rewritten,
            Ordering::Equal if held.size > self.size => Standing::Behind,
            Ordering::Equal if held.size > self.first && ours == Some(held.root) => Standing::Whole,
            Ordering::Equal => Standing::Rewritten,
        }
    }

    /// How the log stands to all of these: as badly as to the worst of them.
    pub fn standing(&self, held: &[(HeldHead, Option<Digest>)]) -> Standing {
        held.iter().map(|(head, ours)| self.compare(head, *ours)).max().unwrap_or(Standing::Unknown)
    }
}

codes! {
    /// What the operator ordered.
    pub enum Order {
        Nothing = "nothing" "无",
        Open = "open" "开启新纪元",
        OpenAnyway = "open_anyway" "无论如何开启新纪元",
    }
}

codes! {
    /// What a node that starts does.
    pub enum Step {
        Serve = "serve" "提供服务",
        Open = "open" "开启新纪元",
        Wait = "wait" "等待运维人员",
    }
}

/// What a node knows when it starts.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// Its databases were made from a backup, with the operator's knowledge.
    pub restored: bool,
    /// How its log stands to what others hold of it.
    pub standing: Standing,
    /// At least one peer answered.
    pub reached: bool,
    /// Every active peer answered, or the operator goes on without it.
    pub complete: bool,
    /// What the operator ordered.
    pub order: Order,
}

impl Facts {
    /// What follows. By itself a node opens an epoch only if an operator restored it and every peer has said what
    /// it holds: an older copy that nobody restored may stand beside the node that it was copied from, and a log
    /// that others saw otherwise is a matter for people.
    pub const fn step(&self) -> Step {
        let behind = self.restored || matches!(self.standing, Standing::Behind);
        match (self.order, self.standing) {
            (Order::OpenAnyway, _) if self.complete => Step::Open,
            (_, Standing::Rewritten) => Step::Wait,
            (Order::Open, _) if behind && self.complete => Step::Open,
            (Order::Nothing, _) if self.restored && self.reached && self.complete => Step::Open,
            _ if behind => Step::Wait,
            (_, Standing::Unknown) if !self.reached => match self.order {
                Order::Open if self.complete => Step::Open,
                _ => Step::Wait,
            },
            _ => Step::Serve,
        }
    }
}

/// The epoch that a node opens: above its own and every counter that others know of it, with fresh random bits.
pub fn next_epoch(own: Epoch, known: impl IntoIterator<Item = Epoch>, nonce: u64) -> Option<Epoch> {
    let highest = known.into_iter().map(|epoch| epoch.counter).max().unwrap_or(0).max(own.counter);
    highest.checked_add(1).map(|counter| Epoch { counter, nonce })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FIRST: Epoch = Epoch { counter: 1, nonce: 7 };
    const SECOND: Epoch = Epoch { counter: 2, nonce: 9 };

    fn root(size: u64) -> Digest {
        Digest::of(&size.to_be_bytes())
    }

    fn held(epoch: Epoch, size: u64) -> HeldHead {
        HeldHead { epoch, size, root: root(size) }
    }

    const LOG: OwnLog = OwnLog { epoch: FIRST, first: 0, size: 10 };
    /// A log that lost what its first epoch had beyond 10 entries.
    const RESTORED: OwnLog = OwnLog { epoch: SECOND, first: 10, size: 15 };

    #[test]
    fn a_log_is_as_whole_as_others_saw_it() {
        let log = LOG;
        let compare = |size, ours| log.compare(&held(FIRST, size), ours);
        assert_eq!(compare(10, Some(root(10))), Standing::Whole);
        assert_eq!(compare(4, Some(root(4))), Standing::Whole);
        assert_eq!(compare(11, None), Standing::Behind);
        assert_eq!(compare(4, Some(root(5))), Standing::Rewritten);
        assert_eq!(compare(4, None), Standing::Rewritten);
        assert_eq!(log.compare(&held(SECOND, 4), Some(root(4))), Standing::Behind, "an older copy");
        let other = Epoch { nonce: 8, ..FIRST };
        assert_eq!(log.compare(&held(other, 4), Some(root(4))), Standing::Rewritten);
        assert_eq!(log.standing(&[]), Standing::Unknown);
        let both = [(held(FIRST, 11), None), (held(FIRST, 4), Some(root(5)))];
        assert_eq!(log.standing(&both), Standing::Rewritten, "ahead of us and yet other than us");
    }

    #[test]
    fn what_a_closed_epoch_was_is_decided_already() {
        assert_eq!(RESTORED.compare(&held(FIRST, 40), None), Standing::Whole);
        assert_eq!(RESTORED.compare(&held(FIRST, 8), Some(root(9))), Standing::Whole);
        assert_eq!(RESTORED.compare(&held(SECOND, 12), Some(root(12))), Standing::Whole);
        assert_eq!(RESTORED.compare(&held(SECOND, 12), Some(root(11))), Standing::Rewritten);
        assert_eq!(
            RESTORED.compare(&held(SECOND, 8), Some(root(8))),
            Standing::Rewritten,
            "before its beginning"
        );
        assert_eq!(RESTORED.compare(&held(SECOND, 16), None), Standing::Behind);
        let other = Epoch { nonce: 1, ..SECOND };
        assert_eq!(
            RESTORED.compare(&held(other, 12), Some(root(12))),
            Standing::Rewritten,
            "two copies went on"
        );
    }

    const START: Facts = Facts {
        restored: false,
        standing: Standing::Whole,
        reached: true,
        complete: true,
        order: Order::Nothing,
    };

    #[test]
    fn only_a_restored_node_that_heard_everyone_opens_an_epoch_by_itself() {
        for (facts, step) in [
            (START, Step::Serve),
            (Facts { complete: false, ..START }, Step::Serve),
            (Facts { restored: true, ..START }, Step::Open),
            (Facts { restored: true, complete: false, ..START }, Step::Wait),
            (Facts { restored: true, reached: false, ..START }, Step::Wait),
            (Facts { standing: Standing::Behind, ..START }, Step::Wait),
            (Facts { restored: true, standing: Standing::Behind, ..START }, Step::Open),
            (Facts { restored: true, standing: Standing::Rewritten, ..START }, Step::Wait),
            (Facts { standing: Standing::Unknown, ..START }, Step::Serve),
            (Facts { standing: Standing::Unknown, reached: false, ..START }, Step::Wait),
        ] {
            assert_eq!(facts.step(), step, "{facts:?}");
        }
    }

    #[test]
    fn an_operator_decides_the_rest() {
        let ordered = Facts { order: Order::Open, ..START };
        for (facts, step) in [
            (ordered, Step::Serve),
            (Facts { standing: Standing::Behind, ..ordered }, Step::Open),
            (Facts { standing: Standing::Behind, complete: false, ..ordered }, Step::Wait),
            (Facts { restored: true, reached: false, ..ordered }, Step::Open),
            (Facts { standing: Standing::Unknown, reached: false, ..ordered }, Step::Open),
            (Facts { standing: Standing::Rewritten, ..ordered }, Step::Wait),
            (Facts { standing: Standing::Rewritten, order: Order::OpenAnyway, ..START }, Step::Open),
            (Facts { order: Order::OpenAnyway, ..START }, Step::Open),
            (Facts { order: Order::OpenAnyway, complete: false, ..START }, Step::Serve),
        ] {
            assert_eq!(facts.step(), step, "{facts:?}");
        }
    }

    proptest! {
        #[test]
        fn a_prefix_is_behind_and_nothing_else(size in 1..40_u64, seen in 1..40_u64) {
            let log = OwnLog { size, ..LOG };
            let ours = (seen <= size).then(|| root(seen));
            let wanted = if seen <= size { Standing::Whole } else { Standing::Behind };
            prop_assert_eq!(log.compare(&held(FIRST, seen), ours), wanted);
        }

        #[test]
        fn a_new_epoch_is_above_all(own in 1..1_000_u32, known in prop::collection::vec(1..1_000_u32, 0..8), nonce: u64) {
            let epochs = known.iter().map(|counter| Epoch { counter: *counter, nonce: 1 });
            let next = next_epoch(Epoch { counter: own, nonce: 1 }, epochs, nonce).unwrap();
            prop_assert!(next.counter > own && known.iter().all(|counter| next.counter > *counter));
            prop_assert_eq!(next_epoch(Epoch { counter: u32::MAX, nonce }, [], nonce), None);
        }
    }
}
