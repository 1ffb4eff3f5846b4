//! Every kind of lie, planted at random places of random pairs, is found.

use std::ops::Range;

use guitu::audit::bundle::records::ReceiptRecord;
use guitu::audit::reconcile::Reconciliation;
use guitu::audit::trust::{Trust, epoch_of};
use guitu::audit::verify::Fault;
use guitu::domain::digest::Digest;
use guitu::exchange::receipt::{Outcome, ReceiptBody, ReceiptHeader};
use guitu::statement::jws;
use guitu::statement::keys::SigningKey;
use proptest::prelude::*;

use super::tamper::{covered, entries, head, is_message, is_read, nth, rebuild, swap_payload};
use super::{Checked, begin, check, joint, pair, step, trust};
use crate::harness::effort::cases;
use crate::harness::exports::Export;
use crate::harness::two_logs::{Side, noon};

const HOUR: i64 = 3_600_000;

/// The messages among this many first entries have arrived: [`begin`] saw to it.
const EARLY: usize = 6;

/// A pair of which one side will lie.
struct Scene {
    liar: Side,
    honest: Side,
    lie: Export,
    truth: Export,
}

/// Who goes back to a backup and on in a new epoch, before the second half of the script.
#[derive(Clone, Copy, Debug)]
enum GoesBack {
    Nobody,
    First,
    Second,
}

fn anybody() -> impl Strategy<Value = GoesBack> {
    prop::sample::select(vec![GoesBack::Nobody, GoesBack::First, GoesBack::Second])
}

impl Scene {
    fn new(script: &[u8], second_lies: bool, back: GoesBack) -> Self {
        let mut nodes = pair();
        begin(&mut nodes);
        let (before, after) = script.split_at(script.len() / 2);
        let backups = [nodes[0].backup(), nodes[1].backup()];
        for what in before {
            step(&mut nodes, *what);
        }
        let ([a, b], [of_a, of_b]) = (&mut nodes, backups);
        match back {
            GoesBack::Nobody => {}
            GoesBack::First => a.restore(of_a, b),
            GoesBack::Second => b.restore(of_b, a),
        }
        for what in after {
            step(&mut nodes, *what);
        }
        // Each has followed the other to its end, so whatever changes later was seen before.
        begin(&mut nodes);
        let [a, b] = nodes;
        let (mut liar, mut honest) = if second_lies { (b, a) } else { (a, b) };
        let lie = liar.export(&honest.who, HOUR);
        let truth = honest.export(&liar.who, HOUR);
        Self { liar, honest, lie, truth }
    }

    fn trust(&self) -> Trust {
        trust(&self.liar.who, &self.honest.who)
    }

    /// What an auditor finds in the honest node's log.
    fn check_truth(&self) -> Checked {
        check(&self.truth.write(&self.honest.who.log), &self.trust())
    }

    /// What an auditor finds in both.
    fn audit(&self, truth: &Checked) -> Reconciliation {
        joint(&check(&self.lie.write(&self.liar.who.log), &self.trust()), truth)
    }

    /// Changes the entries and signs everything again.
    fn rewrite(&mut self, change: impl FnOnce(&mut Vec<guitu::audit::Entry>, usize)) {
        let mut all = entries(&self.lie);
        change(&mut all, covered(&self.liar.who, &self.truth));
        rebuild(&mut self.lie, &self.liar.who, all);
    }
}

fn has(found: &Reconciliation, fault: Fault) -> bool {
    found.findings.has(fault) || found.reports.iter().any(|report| report.findings.has(fault))
}

/// Plants one lie; what must be said of it besides that the pair does not hold.
fn plant(scene: &mut Scene, lie: usize, pick: usize) -> &'static [Fault] {
    match lie {
        0 => scene.rewrite(|all, end| drop(all.remove(pick % end))),
        1 => scene.rewrite(|all, end| all[pick % end].at = noon().plus(-1)),
        2 => scene.rewrite(|all, end| all.swap(pick % (end - 1), pick % (end - 1) + 1)),
        3 => scene.rewrite(|all, end| all.insert(pick % end, all[pick % end].clone())),
        4 => {
            scene.rewrite(|all, end| {
                let at = nth(all, end, pick, is_message);
                all[at].body.header.as_mut().unwrap().statement_digest = Digest::of(b"another payload");
            });
            return &[Fault::EntryInvalid];
        }
        5 => {
            scene.rewrite(|all, end| {
                let at = nth(all, end, pick, is_read);
                all[at].body.actor = Some("c29tZWJvZHkgZWxzZSBub3c".to_owned());
            });
            return &[Fault::HeadMismatch];
        }
        6 => {
            let early = pick.is_multiple_of(2);
            scene.rewrite(|all, end| {
                let at = nth(all, if early { EARLY } else { end }, pick, is_message);
                swap_payload(all, at);
            });
            return if early { &[Fault::SameSeqOtherX, Fault::HeadMismatch] } else { &[Fault::HeadMismatch] };
        }
        7 => {
            scene.rewrite(|all, end| all.truncate(pick % end));
            return &[Fault::HeadBeyond];
        }
        8 => return forge_receipt(scene, pick),
        9 => {
            let at = pick % scene.lie.receipts.len();
            scene.lie.receipts.remove(at);
            return &[Fault::ReceiptMissing];
        }
        10 => clumsy(&mut scene.lie, pick),
        11 => return forge_all(scene),
        _ => return show_two_heads(scene, pick),
    }
    &[]
}

/// The last lie: it changes what the honest node saw, so nothing is planted after it.
const TWO_HEADS: usize = 12;

/// The liar writes itself a receipt that says something else.
fn forge_receipt(scene: &mut Scene, pick: usize) -> &'static [Fault] {
    let at = pick % scene.lie.receipts.len();
    let ReceiptRecord { header, body } = &scene.lie.receipts[at];
    let payload = jws::claimed_payload(header).unwrap();
    let mut said: ReceiptHeader = serde_json::from_value(payload).unwrap();
    let mut inner: ReceiptBody = serde_json::from_str(body).unwrap();
    let core = pick % inner.entries.len();
    let core = &mut inner.entries[core];
    match pick % 3 {
        0 => core.result = if core.result == Outcome::Stored { Outcome::Void } else { Outcome::Stored },
        1 => core.leaf += 1,
        _ => core.at = core.at.plus(-1),
    }
    let body = serde_json::to_string(&inner).unwrap();
    said.body = Digest::of(body.as_bytes());
    let own_make = SigningKey::from_seed(said.iss, &[99; 32]).unwrap();
    let header = jws::sign(&own_make, jws::typ::RECEIPT, &said).unwrap();
    let (old, new) = (Digest::of(scene.lie.receipts[at].header.as_bytes()), Digest::of(header.as_bytes()));
    scene.lie.receipts[at] = ReceiptRecord { header, body };
    scene.rewrite(|all, _| {
        all.iter_mut()
            .filter(|entry| entry.body.digest == Some(old))
            .for_each(|entry| entry.body.digest = Some(new));
    });
    &[Fault::ReceiptInvalid]
}

/// The liar had shown its peer another head than the auditor gets.
fn show_two_heads(scene: &mut Scene, pick: usize) -> &'static [Fault] {
    let sizes: Vec<u64> = scene.lie.checkpoints.iter().map(|note| head(note).size).collect();
    let mut other = head(&scene.lie.checkpoints[pick % sizes.len()]);
    other.root = Digest::of(b"another history");
    let peer = scene.liar.who.id;
    let then = scene.liar.who.in_epoch(epoch_of(peer, &other.origin).unwrap().counter);
    let shown = other.sign(&then.log).unwrap();
    scene.honest.heads.retain(|said| head(&said.note).size != other.size);
    scene.honest.follow(peer, &shown);
    scene.truth = scene.honest.export(&scene.liar.who, HOUR);
    &[Fault::HeadMismatch]
}

/// One record is changed, removed, doubled or moved, and only the manifest is signed again.
fn clumsy(export: &mut Export, pick: usize) {
    let list = &mut export.entries;
    let at = (pick / 4) % (list.len() - 1);
    match pick % 4 {
        0 => drop(list.remove(at)),
        1 => list.swap(at, at + 1),
        2 => list.insert(at, list[at].clone()),
        _ => {
            let middle = list[at].len() / 2;
            list[at][middle] ^= 1;
        }
    }
}

/// The whole bundle is another's, under the same name.
fn forge_all(scene: &mut Scene) -> &'static [Fault] {
    let real = &scene.liar.who;
    let mut forged = Side::new(&real.id.to_string(), 70);
    forged.who.epoch = real.epoch;
    forged.who.log =
        guitu::tlog::key::Signer::from_seed(&real.origin(), guitu::tlog::key::KeyUse::Log, &[71; 32])
            .unwrap();
    forged.read();
    forged.send(scene.honest.who.id, guitu::exchange::message::Lane::Normal);
    scene.lie = forged.export(&scene.honest.who, HOUR);
    let bundle = scene.lie.write(&forged.who.log);
    let trust = trust(&scene.liar.who, &scene.honest.who);
    assert!(!check(&bundle, &trust).0.holds());
    &[Fault::CheckpointInvalid, Fault::KeysDiffer]
}

/// Plants each of these lies into the pair.
fn all_found(
    script: &[u8],
    (second_lies, back): (bool, GoesBack),
    pick: usize,
    lies: Range<usize>,
) -> Result<(), TestCaseError> {
    let mut scene = Scene::new(script, second_lies, back);
    let (honest, truth) = (scene.lie.clone(), scene.check_truth());
    let clean = scene.audit(&truth);
    prop_assert!(clean.holds(), "{:?} {:?}", clean.findings, clean.reports);
    for lie in lies {
        scene.lie = honest.clone();
        let expected = plant(&mut scene, lie, pick);
        let found = if lie == TWO_HEADS { scene.audit(&scene.check_truth()) } else { scene.audit(&truth) };
        prop_assert!(!found.holds() && found.found() > 0, "lie {} at {} is not found", lie, pick);
        let missed = expected.iter().find(|fault| !has(&found, **fault));
        prop_assert!(
            missed.is_none(),
            "lie {}: {:?} missing in {:?} {:?}",
            lie,
            missed,
            found.findings,
            found.reports
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(1_000))]

    #[test]
    fn rewritten_logs_are_found(
        script in prop::collection::vec(any::<u8>(), 0..40), second: bool, back in anybody(), pick in 0..10_000_usize,
    ) {
        all_found(&script, (second, back), pick, 0..5)?;
    }

    #[test]
    fn swapped_and_cut_logs_and_forged_receipts_are_found(
        script in prop::collection::vec(any::<u8>(), 0..40), second: bool, back in anybody(), pick in 0..10_000_usize,
    ) {
        all_found(&script, (second, back), pick, 5..9)?;
    }

    #[test]
    fn missing_receipts_split_views_and_forgeries_are_found(
        script in prop::collection::vec(any::<u8>(), 0..40), second: bool, back in anybody(), pick in 0..10_000_usize,
    ) {
        all_found(&script, (second, back), pick, 9..TWO_HEADS + 1)?;
    }
}
