//! Bundles beside trust files: other keys, other epochs, other days.

use super::*;
use crate::audit::trust::TrustError;
use crate::clock::Timestamp;
use crate::domain::date::CivilDate;
use crate::exchange::descriptor::Descriptor;
use crate::exchange::message::Epoch;
use crate::statement::keys::{KeyRecord, SigningKey};

fn start(day: &str) -> Timestamp {
    day.parse::<CivilDate>().unwrap().start()
}

/// Another key of that node.
fn fresh(of: &Descriptor) -> KeyRecord {
    let key = SigningKey::from_seed(of.iss, &[99; 32]).unwrap();
    let days = ["2026-06-01", "2027-05-31", "2027-08-31"].map(|day| day.parse::<CivilDate>().unwrap());
    KeyRecord::new(of.iss, key.verifying_key(), days[0], days[1], days[2]).unwrap()
}

/// The descriptors of a world whose nodes all have another signing key since.
fn rotated(world: &World) -> Vec<Descriptor> {
    let mut descriptors = world.descriptors();
    for descriptor in &mut descriptors {
        descriptor.signing_keys.push(fresh(descriptor));
    }
    descriptors
}

#[test]
fn a_bundle_from_before_a_rotation_holds_and_one_with_other_keys_does_not() {
    let world = World::new();
    let mut later = rotated(&world);
    let report = check(&world.bundle(), Some(&Trust::of(&later).unwrap()));
    assert!(report.holds() && report.notices.has(Fault::DescriptorDiffers), "{:?}", report.findings);
    later[1].signing_keys.remove(0);
    let report = check(&world.bundle(), Some(&Trust::of(&later).unwrap()));
    assert!(report.findings.has(Fault::KeysDiffer));
}

#[test]
fn another_epoch_or_an_unknown_node_does_not_hold() {
    let world = World::new();
    let stranger = Trust::of(&world.descriptors()[1..]).unwrap();
    assert_eq!(found(&check(&world.bundle(), Some(&stranger))), [(Fault::NodeUnknown, "about")]);
    let mut descriptors = world.descriptors();
    descriptors[0].epoch.counter = 2;
    let later = Trust::of(&descriptors).unwrap();
    assert!(check(&world.bundle(), Some(&later)).findings.has(Fault::EpochUnknown));
    descriptors.extend(world.descriptors().into_iter().take(1));
    let both = Trust::of(&descriptors).unwrap();
    assert_eq!(found(&check(&world.bundle(), Some(&both))), [(Fault::EpochEarlier, "about")]);
    let own = world.parties[0].id;
    let asked = check(&world.bundle(), Some(&both.clone().asking(own, 1).unwrap()));
    assert!(asked.holds() && asked.notices.has(Fault::EpochEarlier), "{:?}", asked.findings);
    let present = both.clone().asking(own, 2).unwrap();
    assert_eq!(found(&check(&world.bundle(), Some(&present))), [(Fault::EpochEarlier, "about")]);
    assert_eq!(both.asking(own, 3), Err(TrustError::UnknownEpoch(own, 3)));
    let mut others = world.descriptors();
    others[0].epoch.counter = 2;
    others.push(Descriptor { epoch: Epoch { counter: 1, nonce: 99 }, ..others[0].clone() });
    assert!(check(&world.bundle(), Some(&Trust::of(&others).unwrap())).findings.has(Fault::EpochUnknown));
    let foreign = tampered(|contents, _| contents.about.node = "510000".parse().unwrap());
    assert_eq!(found(&foreign), [(Fault::OriginWrong, "about")]);
}

/// The world with a peer that signs its descriptor on that day with a key that holds in 2025 only.
fn with_old_peer(day: &str, change: impl Fn(KeyRecord) -> KeyRecord) -> (Descriptor, String) {
    let world = World::new();
    let peer = &world.parties[1];
    let days = ["2025-01-01", "2025-12-31", "2026-03-31"].map(|day| day.parse::<CivilDate>().unwrap());
    let key = KeyRecord::new(peer.id, peer.signing.verifying_key(), days[0], days[1], days[2]).unwrap();
    let iat = day.parse::<CivilDate>().unwrap().start().seconds();
    let said = Descriptor { iat, signing_keys: vec![change(key)], ..peer.descriptor() };
    let text = said.sign(&peer.signing).unwrap();
    (said, text)
}

#[test]
fn a_descriptor_is_judged_as_of_its_own_day() {
    // The bundle is of May 2026; the key of the peer's descriptor was accepted until March.
    let with = |text: String, trust: &Trust| {
        let report = tampered_under(trust, |contents, _| {
            contents.change(Part::Keys, 1, |bytes| *bytes = text.into_bytes());
        });
        report.findings.has(Fault::DescriptorInvalid)
    };
    let trusting = |said: Descriptor| {
        let mut known = World::new().descriptors();
        known[1] = said;
        Trust::of(&known).unwrap()
    };
    let (said, text) = with_old_peer("2025-06-02", |key| key);
    assert!(!with(text.clone(), &trusting(said)));
    // A descriptor of today beside a trust file of then, and the reverse.
    let (older, _) = with_old_peer("2025-02-03", |key| key);
    assert!(!with(text.clone(), &trusting(older)));
    let (newer, _) = with_old_peer("2025-11-11", |key| key.retired("2025-11-12".parse().unwrap()));
    assert!(!with(text.clone(), &trusting(newer)));
    // What the trust file says of the key counts.
    let (retired, _) = with_old_peer("2025-06-01", |key| key.retired("2025-06-01".parse().unwrap()));
    assert!(with(text.clone(), &trusting(retired)));
    let lost = |day: &str| {
        with_old_peer("2025-05-05", |key| key.compromised(day.parse::<CivilDate>().unwrap().start())).0
    };
    assert!(with(text.clone(), &trusting(lost("2025-06-01"))));
    assert!(!with(text.clone(), &trusting(lost("2025-06-03"))));
    // And one that never held.
    for day in ["2024-12-31", "2026-01-01"] {
        let (said, text) = with_old_peer(day, |key| key);
        assert!(with(text, &trusting(said)), "{day}");
    }
}

/// What is found in the sample bundle, whose peer's receipt is of 5 May 2026, by an auditor who has the peer's descriptor
/// of 1 May and these later ones, each of a later epoch.
fn found_under(later: impl Fn(&Descriptor) -> Vec<Descriptor>) -> Vec<Fault> {
    let world = World::new();
    let mut descriptors = world.descriptors();
    let mut said = later(&descriptors[1]);
    for (descriptor, counter) in said.iter_mut().zip(2..) {
        descriptor.epoch.counter = counter;
    }
    descriptors.extend(said);
    let report = check(&world.bundle(), Some(&Trust::of(&descriptors).unwrap()));
    report.findings.listed.iter().map(|finding| finding.code).collect()
}

#[test]
fn a_key_that_was_dropped_signs_no_more() {
    let without = |day: &str| {
        let iat = start(day).seconds();
        found_under(|said| vec![Descriptor { iat, signing_keys: vec![fresh(said)], ..said.clone() }])
    };
    assert_eq!(without("2026-05-05"), [], "what it signed on that day counts");
    assert_eq!(without("2026-05-04"), [Fault::ReceiptInvalid]);
    let dropped_later = found_under(|said| {
        let [kept, gone] = ["2026-05-02", "2026-07-01"].map(|day| start(day).seconds());
        let kept = Descriptor { iat: kept, ..said.clone() };
        vec![kept, Descriptor { iat: gone, signing_keys: vec![fresh(said)], ..said.clone() }]
    });
    assert_eq!(dropped_later, []);
}

#[test]
fn a_compromise_holds_whatever_later_descriptors_say() {
    let lost = |said: &Descriptor, day: &str| {
        let key = said.signing_keys[0].clone().compromised(start(day));
        Descriptor { signing_keys: vec![key, fresh(said)], ..said.clone() }
    };
    let silent = |day: &str| {
        let iat = start("2026-07-01").seconds();
        found_under(|said| {
            let after = Descriptor { iat, signing_keys: vec![fresh(said)], ..said.clone() };
            vec![lost(said, day), after]
        })
    };
    let taken_back = |day: &str| found_under(|said| vec![lost(said, day), said.clone()]);
    let since = |day| [found_under(|said| vec![lost(said, day)]), silent(day), taken_back(day)];
    assert_eq!(since("2026-05-06"), [[], [], []].map(Vec::<Fault>::from));
    for found in since("2026-05-05") {
        assert_eq!(found, [Fault::ReceiptInvalid]);
    }
}

#[test]
fn the_day_of_a_bundle_is_what_a_witness_says() {
    let world = World::new();
    let cosigned = Timestamp(1_777_000_000_000);
    let demanded = |since: Timestamp, trust: &Trust| {
        let mut report = check(&world.bundle(), Some(trust));
        report.demand_made_since(since);
        assert_eq!(report.holds(), report.findings.total == 0);
        report.findings.listed.iter().map(|finding| finding.code).collect::<Vec<_>>()
    };
    let every = trust(&world);
    let honest = check(&world.bundle(), Some(&every));
    assert_eq!(honest.witnessing.unwrap().cosigned_at, Some(cosigned));
    assert_eq!(demanded(cosigned, &every), []);
    assert_eq!(demanded(cosigned.plus(1), &every), [Fault::NotWitnessedSince]);
    assert_eq!(demanded(honest.made_at, &every), [Fault::NotWitnessedSince]);
    assert_eq!(demanded(honest.made_at.plus(1), &every), [Fault::BundleStale]);
    let own = world.parties[0].id;
    let nobody = every.witnessed_by(vec![own]).unwrap();
    assert_eq!(demanded(Timestamp(0), &nobody), [Fault::NotWitnessedSince], "only witnesses' words count");
}

#[test]
fn of_named_witnesses_as_many_as_the_grade_needs_must_have_cosigned_since() {
    let world = World::new();
    let [own, peer, third] = [0, 1, 2].map(|party: usize| world.parties[party].id);
    let cosigned = Timestamp(1_777_000_000_000);
    let today = cosigned.plus(Timestamp::DAY);
    let newest = |trust: &Trust| {
        // One that was kept behind signs an old head today.
        let report = tampered_under(trust, |contents, world| {
            let heads = contents.records.iter().filter(|record| record.0 == Part::Checkpoints);
            let head = Note::parse(&heads.map(|record| &record.1).nth(4).unwrap()[..]).unwrap();
            let seconds = today.seconds().unsigned_abs();
            let line = cosign(&world.parties[2].cosigner, &head, seconds).unwrap().to_string();
            contents.change(Part::Cosignatures, 1, |bytes| {
                let mut said: Cosignature = records::open(bytes).unwrap();
                said.line = line;
                *bytes = canonical::to_vec(&said).unwrap();
            });
        });
        assert!(report.holds(), "{:?}", report.findings);
        report.witnessing.unwrap().cosigned_at
    };
    let every = trust(&world);
    assert_eq!(newest(&every), Some(today), "of witnesses whom nobody named one is enough");
    assert_eq!(newest(&every.clone().witnessed_by(vec![peer, third]).unwrap()), Some(cosigned));
    assert_eq!(newest(&every.clone().witnessed_by(vec![third]).unwrap()), Some(today));
    assert_eq!(newest(&every.witnessed_by(vec![own]).unwrap()), None);
}
