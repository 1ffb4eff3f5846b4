//! Honest pairs: whatever is on the way, whenever each was exported, across a new epoch of either too; and a history
//! that was rewritten under the cover of one.

use guitu::audit::entry::Entry;
use guitu::audit::reconcile::LaneReport;
use guitu::audit::verify::{Fault, Verdict};
use guitu::clock::Timestamp;
use proptest::prelude::*;
use proptest::sample::Index;

use super::{begin, check, joint, pair, step, trust};
use crate::harness::effort::cases;
use crate::harness::exports::Export;

/// When one of the two goes back, and to when.
#[derive(Clone, Copy, Debug)]
pub(super) struct GoesBack {
    pub(super) second: bool,
    pub(super) to: usize,
    pub(super) at: usize,
}

/// Plays the script; each side is exported before the step with its number, or at the end.
fn play(
    script: &[u8],
    exports: [usize; 2],
    restore: Option<GoesBack>,
) -> ([Export; 2], super::Side, super::Side) {
    let mut nodes = pair();
    let mut made: [Option<Export>; 2] = [None, None];
    let mut backup = None;
    for (number, what) in script.iter().enumerate() {
        let [a, b] = &mut nodes;
        if let Some(GoesBack { second, to, at }) = restore {
            let (side, peer) = if second { (b, a) } else { (a, b) };
            if number == to {
                backup = Some(side.backup());
            }
            if let Some(backup) = backup.take_if(|_| number == at) {
                side.restore(backup, peer);
            }
        }
        // A log is exported with the keys of its present epoch.
        let settled = restore.is_none_or(|restored| restored.at <= number);
        let due = exports.map(|at| settled && at == number);
        let [a, b] = &mut nodes;
        if due[0] {
            made[0] = Some(a.export(&b.who, 0));
        }
        if due[1] {
            made[1] = Some(b.export(&a.who, 0));
        }
        step(&mut nodes, *what);
    }
    let [mut a, mut b] = nodes;
    let [of_a, of_b] = made;
    // Heads go to witnesses every minute: an hour before its export the peer has cosigned what was there.
    if of_b.is_none() {
        b.push_head(&mut a);
    }
    let of_a = of_a.unwrap_or_else(|| a.export(&b.who, i64::from(script[0])));
    let of_b = of_b.unwrap_or_else(|| b.export(&a.who, 3_600_000));
    ([of_a, of_b], a, b)
}

/// A script at whose end a message is on its way.
fn script() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 20..90).prop_map(|mut script| {
        script.push(3);
        script
    })
}

/// The step before which each side is exported; none: at the end.
fn exports() -> impl Strategy<Value = Option<[Index; 2]>> {
    prop::option::of(any::<[Index; 2]>())
}

/// Whoever audits the pair that plays this script finds nothing.
fn nothing_is_found(
    script: &[u8],
    exports: Option<[Index; 2]>,
    restore: Option<GoesBack>,
) -> Result<(), TestCaseError> {
    let steps = exports.map_or([usize::MAX; 2], |exports| exports.map(|step| step.index(script.len())));
    let ([of_a, of_b], a, b) = play(script, steps, restore);
    let trust = trust(&a.who, &b.who);
    let (in_a, in_b) = (check(&of_a.write(&a.who.log), &trust), check(&of_b.write(&b.who.log), &trust));
    let found = joint(&in_a, &in_b);
    let said = (&found.findings, &found.reports[0].findings, &found.reports[1].findings);
    prop_assert!(found.holds(), "{:?}", said);
    prop_assert_eq!(found.found(), 0);
    if exports.is_none() {
        let sum = |count: fn(&LaneReport) -> u64| found.lanes.iter().map(count).sum::<u64>();
        let queued = sum(|lane| lane.in_flight + lane.other_log + lane.after_export);
        prop_assert!(queued > 0, "a message is on its way");
        prop_assert!(restore.is_some() || sum(|lane| lane.sent) == sum(|lane| lane.matched) + queued);
    }
    let mirrored = joint(&in_b, &in_a);
    prop_assert_eq!(mirrored.found(), found.found());
    prop_assert_ne!(found.verdict, Verdict::SelfConsistent);
    Ok(())
}

proptest! {
    #![proptest_config(cases(1_000))]

    #[test]
    fn honest_pairs_hold(script in script(), exports in exports()) {
        nothing_is_found(&script, exports, None)?;
    }

    #[test]
    fn honest_pairs_hold_across_a_new_epoch(
        script in script(), exports in exports(), second: bool, steps: [Index; 2],
    ) {
        let [one, other] = steps.map(|step| step.index(script.len()));
        let restore = GoesBack { second, to: one.min(other), at: one.max(other) };
        nothing_is_found(&script, exports, Some(restore))?;
    }
}

/// A node that goes on in a new epoch from a beginning that is not the one that its peer saw.
#[test]
fn a_history_rewritten_before_a_new_epoch_is_found() {
    for second in [false, true] {
        let [mut a, mut b] = pair();
        let mut nodes = [a, b];
        begin(&mut nodes);
        [a, b] = nodes;
        let (liar, honest) = if second { (&mut b, &mut a) } else { (&mut a, &mut b) };
        let mut kept = liar.backup();
        kept.rewrite(|entry| Entry { at: Timestamp(entry.at.0 + 1), ..entry }, &liar.who);
        liar.restore(kept, honest);
        let (lie, truth) = (liar.export(&honest.who, 1), honest.export(&liar.who, 1));
        let trust = trust(&liar.who, &honest.who);
        let found =
            joint(&check(&lie.write(&liar.who.log), &trust), &check(&truth.write(&honest.who.log), &trust));
        assert!(!found.holds() && found.findings.has(Fault::HeadMismatch), "{:?}", found.findings);
    }
}
