//! A bundle that somebody made from nothing, under the name of a real node: whatever of the real log is mixed into it,
//! the audit against keys obtained elsewhere fails and says why.
//!
//! The forger has every seed but the real ones, makes a pair of nodes that exchange messages as real ones do, and
//! exports it as the real node would. It cannot sign with the real log key, so at least the manifest is its own.

use guitu::audit::trust::Trust;
use guitu::audit::verify::{Fault, Report, Verdict};
use guitu::tlog::key::{KeyUse, Signer};
use proptest::prelude::*;

use super::{begin, check, step, trust};
use crate::harness::effort::cases;
use crate::harness::exports::Export;
use crate::harness::two_logs::Side;

const HOUR: i64 = 3_600_000;

/// Two nodes, and what the first of them exports.
struct Story {
    nodes: [Side; 2],
    export: Export,
}

/// A node with keys from `seed`, in the epoch of `like`: its log has the name of that one's.
fn node(code: &str, seed: u8, like: Option<&Side>) -> Side {
    let mut side = Side::new(code, seed);
    if let Some(like) = like {
        side.who.epoch = like.who.epoch;
        side.who.log = Signer::from_seed(&side.who.origin(), KeyUse::Log, &[seed + 1; 32]).unwrap();
    }
    side
}

impl Story {
    /// What the nodes with these seeds come to by this script; `like`: whose names their logs take.
    fn of(script: &[u8], seeds: [u8; 2], like: Option<&Self>) -> Self {
        let named = |at: usize| like.map(|story| &story.nodes[at]);
        let mut nodes = [node("530900", seeds[0], named(0)), node("500000", seeds[1], named(1))];
        begin(&mut nodes);
        for what in script {
            step(&mut nodes, *what);
        }
        begin(&mut nodes);
        let [first, second] = &mut nodes;
        let export = first.export(&second.who, HOUR);
        Self { nodes, export }
    }

    fn trust(&self) -> Trust {
        trust(&self.nodes[0].who, &self.nodes[1].who)
    }
}

/// Which parts of a forged bundle are taken from the real one; none: everything is made up.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each part is taken or not")]
struct Taken {
    keys: bool,
    checkpoints: bool,
    cosignatures: bool,
    heads: bool,
    receipts: bool,
}

fn taken() -> impl Strategy<Value = Taken> {
    any::<[bool; 5]>().prop_map(|[keys, checkpoints, cosignatures, heads, receipts]| Taken {
        keys,
        checkpoints,
        cosignatures,
        heads,
        receipts,
    })
}

fn mixed(forged: &Export, real: &Export, taken: Taken) -> Export {
    fn pick<T: Clone>(real: &T, forged: &T, is_real: bool) -> T {
        if is_real { real.clone() } else { forged.clone() }
    }
    Export {
        about: forged.about.clone(),
        keys: pick(&real.keys, &forged.keys, taken.keys),
        policy: forged.policy.clone(),
        checkpoints: pick(&real.checkpoints, &forged.checkpoints, taken.checkpoints),
        cosignatures: pick(&real.cosignatures, &forged.cosignatures, taken.cosignatures),
        heads: pick(&real.heads, &forged.heads, taken.heads),
        entries: forged.entries.clone(),
        receipts: pick(&real.receipts, &forged.receipts, taken.receipts),
    }
}

/// What says that somebody else made it, and not merely that something is missing or late.
const FORGERY: [Fault; 8] = [
    Fault::ManifestInvalid,
    Fault::CheckpointInvalid,
    Fault::KeysDiffer,
    Fault::DescriptorInvalid,
    Fault::DescriptorDiffers,
    Fault::OriginWrong,
    Fault::EpochUnknown,
    Fault::RootMismatch,
];

fn found(report: &Report) -> Vec<Fault> {
    report.findings.listed.iter().map(|finding| finding.code).collect()
}

/// The forged bundle does not hold, and the report says that it is forged.
fn assert_forged(bundle: &[u8], trust: &Trust, expected: &[Fault]) -> Result<(), TestCaseError> {
    let report = check(bundle, trust).0;
    let found = found(&report);
    prop_assert!(!report.holds() && report.verdict == Verdict::Fails, "{:?}", report.verdict);
    prop_assert!(found.iter().any(|fault| FORGERY.contains(fault)), "nothing names it: {:?}", found);
    let missed = expected.iter().find(|fault| !found.contains(fault));
    prop_assert!(missed.is_none(), "{:?} is missing in {:?}", missed, found);
    Ok(())
}

fn script() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..24)
}

proptest! {
    #![proptest_config(cases(250))]

    /// Under the real name and epoch: it holds under the forger's keys, and under nobody else's.
    #[test]
    fn a_whole_forgery_under_the_real_name_is_found(script in script(), forger in 60..200_u8) {
        let real = Story::of(&script, [10, 20], None);
        let truth = check(&real.export.write(&real.nodes[0].who.log), &real.trust()).0;
        prop_assert!(truth.holds(), "the real bundle: {:?}", found(&truth));
        let forged = Story::of(&script, [forger, forger + 5], Some(&real));
        let bundle = forged.export.write(&forged.nodes[0].who.log);
        let own = check(&bundle, &forged.trust()).0;
        prop_assert!(own.holds(), "under the forger's keys: {:?}", found(&own));
        assert_forged(&bundle, &real.trust(), &[Fault::CheckpointInvalid, Fault::KeysDiffer])?;
    }

    /// Under an epoch of the forger's own.
    #[test]
    fn a_whole_forgery_in_another_epoch_is_found(script in script(), forger in 60..200_u8) {
        let real = Story::of(&script, [10, 20], None);
        let forged = Story::of(&script, [forger, forger + 5], None);
        assert_forged(&forged.export.write(&forged.nodes[0].who.log), &real.trust(), &[])?;
    }

    /// Real descriptors, heads, receipts, cosignatures or checkpoints beside forged entries.
    #[test]
    fn a_forgery_with_parts_of_the_real_bundle_is_found(
        script in script(), other in script(), forger in 60..200_u8, taken in taken(), same_name: bool,
    ) {
        let real = Story::of(&script, [10, 20], None);
        let forged = Story::of(&other, [forger, forger + 5], same_name.then_some(&real));
        let bundle = mixed(&forged.export, &real.export, taken).write(&forged.nodes[0].who.log);
        let mut expected = Vec::new();
        if !taken.keys && same_name {
            expected.push(Fault::KeysDiffer);
        }
        if !taken.checkpoints && same_name {
            expected.push(Fault::CheckpointInvalid);
        }
        assert_forged(&bundle, &real.trust(), &expected)?;
    }

    /// Only the manifest is the forger's: the rest is the real bundle, to the byte.
    #[test]
    fn a_manifest_of_somebody_else_is_found(script in script(), forger in 60..200_u8) {
        let real = Story::of(&script, [10, 20], None);
        let forged = node("530900", forger, Some(&real.nodes[0]));
        assert_forged(&real.export.write(&forged.who.log), &real.trust(), &[Fault::ManifestInvalid])?;
    }
}
