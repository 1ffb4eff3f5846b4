//! Bundles that hold, and every way in which one does not.

use std::io::Cursor;

use proptest::prelude::*;

use super::*;
use crate::audit::bundle::records::{Cosignature, ReceiptRecord};
use crate::audit::entry::Entry;
use crate::audit::glance::Glance;
use crate::audit::samples::{Contents, Party, SENT, World};
use crate::domain::digest::Digest;
use crate::statement::canonical;
use crate::tlog::cosignature::cosign;
use crate::tlog::note::Note;

mod trusted;

fn trust(world: &World) -> Trust {
    Trust::of(&world.descriptors()).unwrap()
}

fn check(bundle: &[u8], trust: Option<&Trust>) -> Report {
    verify(Cursor::new(bundle), trust).unwrap()
}

/// The report on the sample bundle after `tamper`, signed again by its node.
fn tampered(tamper: impl FnOnce(&mut Contents, &World)) -> Report {
    tampered_under(&trust(&World::new()), tamper)
}

/// The same under another trust file.
fn tampered_under(trust: &Trust, tamper: impl FnOnce(&mut Contents, &World)) -> Report {
    let world = World::new();
    let mut contents = world.contents();
    tamper(&mut contents, &world);
    check(&contents.write(&world.parties[0].log), Some(trust))
}

fn found(report: &Report) -> Vec<(Fault, &str)> {
    report.findings.listed.iter().map(|finding| (finding.code, finding.place.as_str())).collect()
}

#[test]
fn an_honest_bundle_holds() {
    let world = World::new();
    let report = check(&world.bundle(), Some(&trust(&world)));
    assert_eq!(found(&report), []);
    assert_eq!(report.verdict, Verdict::Holds);
    assert_eq!((report.notices.total, report.size), (0, 13));
    let counts = &report.counts;
    assert_eq!((counts.sent, counts.received, counts.receipted), (SENT, SENT, SENT));
    assert_eq!((counts.checkpoints, counts.cosignatures, counts.heads, counts.receipts), (6, 2, 1, 1));
    assert_eq!(counts.entries["sent"], SENT);
    let witnessing = report.witnessing.unwrap();
    assert_eq!((witnessing.grade, witnessing.size, witnessing.quorum), (Grade::Witnessed, 9, 2));
    assert_eq!((witnessing.tail, witnessing.tail_age_ms), (4, 60_000 - 9));
}

#[test]
fn what_was_exchanged_with_others_is_no_fault() {
    let world = World::new();
    let mut known = world.descriptors();
    known.remove(1);
    let report = check(&world.bundle(), Some(&Trust::of(&known).unwrap()));
    assert_eq!((report.verdict, found(&report)), (Verdict::Holds, Vec::new()));
    assert!(report.notices.has(Fault::PeerUnknown) && !report.notices.has(Fault::ReceiptMissing));
    assert_eq!((report.counts.sent, report.counts.receipted), (SENT, 0), "its receipts prove nothing here");
}

#[test]
fn without_trust_it_is_only_consistent_with_itself() {
    let world = World::new();
    let report = check(&world.bundle(), None);
    assert_eq!((report.verdict, report.holds()), (Verdict::SelfConsistent, false));
    let asked: Vec<_> = report.ask_for.iter().map(|asked| asked.fingerprint.clone()).collect();
    for party in &world.parties {
        assert!(asked.contains(&party.descriptor().fingerprint()));
    }
    let mut contents = world.contents();
    contents.remove(Part::Entries, 12);
    assert_eq!(check(&contents.write(&world.parties[0].log), None).verdict, Verdict::Fails);
}

#[test]
fn a_forged_bundle_with_keys_of_its_own_does_not_hold() {
    let (real, mut forged) = (World::new(), World::new());
    forged.parties[0] = Party::new("530900", 50);
    forged.parties[0].epoch = real.parties[0].epoch;
    let seeded = Party::new("530900", 10);
    let log = crate::tlog::key::Signer::from_seed(&seeded.origin(), crate::tlog::key::KeyUse::Log, &[51; 32]);
    forged.parties[0].log = log.unwrap();
    let bundle = forged.bundle();
    assert_eq!(check(&bundle, None).verdict, Verdict::SelfConsistent);
    let report = check(&bundle, Some(&trust(&real)));
    assert_eq!(report.verdict, Verdict::Fails);
    for fault in
        [Fault::KeysDiffer, Fault::CheckpointInvalid, Fault::ManifestInvalid, Fault::CosignatureInvalid]
    {
        assert!(report.findings.has(fault), "{fault}");
    }
}

#[test]
fn a_changed_entry_breaks_the_root() {
    let report = tampered(|contents, _| {
        contents.change(Part::Entries, 0, |bytes| {
            let mut entry = Entry::open(bytes).unwrap();
            entry.body.actor = Some("another".into());
            *bytes = entry.to_bytes().unwrap();
        });
    });
    assert_eq!(report.findings.total, 6);
    assert!(report.findings.listed.iter().all(|finding| finding.code == Fault::RootMismatch));
}

#[test]
fn dropped_and_swapped_entries_are_found() {
    let cut = tampered(|contents, _| contents.remove(Part::Entries, 12));
    assert!(cut.findings.has(Fault::SizeMismatch));
    let gap = tampered(|contents, _| contents.remove(Part::Entries, 3));
    assert!(gap.findings.has(Fault::LeafWrong) && gap.findings.has(Fault::SizeMismatch));
    let swapped = tampered(|contents, _| {
        let places: Vec<usize> =
            (0..contents.records.len()).filter(|at| contents.records[*at].0 == Part::Entries).collect();
        contents.records.swap(places[1], places[2]);
    });
    assert!(swapped.findings.has(Fault::LeafWrong));
}

#[test]
fn a_missing_checkpoint_is_no_fault_but_the_newest_is() {
    assert!(tampered(|contents, _| contents.remove(Part::Checkpoints, 1)).holds());
    let newest = tampered(|contents, _| contents.remove(Part::Checkpoints, 5));
    assert!(newest.findings.has(Fault::SizeMismatch));
    let reversed = tampered(|contents, _| {
        let first = contents.records.iter().position(|record| record.0 == Part::Checkpoints).unwrap();
        contents.records.swap(first, first + 1);
    });
    assert!(reversed.findings.has(Fault::CheckpointOrder));
}

#[test]
fn a_cosignature_counts_only_on_a_signed_checkpoint_and_by_a_trusted_key() {
    let elsewhere = tampered(|contents, _| {
        contents.change(Part::Cosignatures, 1, |bytes| {
            let mut said: Cosignature = records::open(bytes).unwrap();
            said.size = 10;
            *bytes = canonical::to_vec(&said).unwrap();
        });
    });
    assert_eq!(found(&elsewhere), [(Fault::CosignatureInvalid, "cosignatures 1")]);
    assert_eq!(elsewhere.witnessing.unwrap().grade, Grade::PairWitnessed);
    let forged = tampered(|contents, world| {
        let note = contents.records.iter().find(|record| record.0 == Part::Checkpoints).unwrap().1.clone();
        let line = cosign(&world.parties[2].cosigner, &Note::parse(&note).unwrap(), 1).unwrap().to_string();
        contents.change(Part::Cosignatures, 1, |bytes| {
            let mut said: Cosignature = records::open(bytes).unwrap();
            said.line = line;
            *bytes = canonical::to_vec(&said).unwrap();
        });
    });
    assert!(forged.findings.has(Fault::CosignatureInvalid));
    let world = World::new();
    let pair = Trust::of(&world.descriptors()[..2]).unwrap();
    let report = check(&world.bundle(), Some(&pair));
    assert!(report.holds() && report.notices.has(Fault::WitnessUnknown));
    let witnessing = report.witnessing.unwrap();
    assert_eq!((witnessing.grade, witnessing.size), (Grade::PairWitnessed, 9));
}

#[test]
fn a_log_that_nobody_witnessed_in_time_does_not_hold() {
    let bare = |age: i64| {
        tampered(|contents, _| {
            contents.remove(Part::Cosignatures, 0);
            contents.remove(Part::Cosignatures, 0);
            contents.about.made_at = contents.about.made_at.plus(age);
        })
    };
    assert!(bare(0).holds());
    assert_eq!(found(&bare(TAIL_MS)), [(Fault::NotWitnessed, "cosignatures")]);
    let late = tampered(|contents, _| contents.about.made_at = contents.about.made_at.plus(TAIL_MS));
    assert!(late.holds() && late.notices.has(Fault::TailUnwitnessed));
    // An entry that says to be younger does not make those behind it younger.
    let dressed = tampered(|contents, _| {
        contents.remove(Part::Cosignatures, 0);
        contents.remove(Part::Cosignatures, 0);
        contents.about.made_at = contents.about.made_at.plus(TAIL_MS);
        let made_at = contents.about.made_at;
        contents.change(Part::Entries, 0, |bytes| {
            let mut entry = Entry::open(bytes).unwrap();
            entry.at = made_at;
            *bytes = entry.to_bytes().unwrap();
        });
    });
    assert!(dressed.findings.has(Fault::NotWitnessed));
}

#[test]
fn nobody_witnesses_a_log_with_nothing_in_it() {
    let empty = tampered(|contents, _| {
        contents.change(Part::Cosignatures, 0, |bytes| {
            let mut said: Cosignature = records::open(bytes).unwrap();
            said.size = 0;
            *bytes = canonical::to_vec(&said).unwrap();
        });
    });
    assert_eq!(found(&empty), [(Fault::CosignatureInvalid, "cosignatures 0")]);
}

#[test]
fn each_receipt_that_was_logged_must_be_there() {
    let noted = |digests: &[&str]| {
        let contents = World::new().contents();
        let entries = contents.records.iter().filter(|record| record.0 == Part::Entries);
        let receipt = &entries.map(|record| &record.1).nth(12).unwrap()[..];
        let mut logged = receipts::Logged::default();
        for (number, text) in digests.iter().enumerate() {
            let mut entry = Entry::open(receipt).unwrap();
            entry.body.digest = Some(Digest::of(text.as_bytes()));
            entry.body.count = Some(number as u64 % 2 + 1);
            logged.take(&Glance::open(&entry.to_bytes().unwrap()).unwrap()).unwrap();
        }
        logged.missing()
    };
    assert_eq!(noted(&[]), 0);
    assert_eq!(noted(&["a", "b", "c"]), 2, "one of each epoch of the peer");
}

#[test]
fn receipts_must_fit_the_sent_entries_and_be_signed_and_proved() {
    let changed = |change: fn(&mut ReceiptRecord)| {
        let report = tampered(|contents, _| {
            contents.change(Part::Receipts, 0, |bytes| {
                let mut said: ReceiptRecord = records::open(bytes).unwrap();
                change(&mut said);
                *bytes = canonical::to_vec(&said).unwrap();
            });
        });
        assert_eq!(report.counts.receipted, 0);
        found(&report).first().map(|finding| finding.0)
    };
    assert_eq!(changed(|said| said.body.push(' ')), Some(Fault::ReceiptInvalid));
    assert_eq!(changed(|said| said.header.insert(3, 'A')), Some(Fault::ReceiptInvalid));
    assert_eq!(changed(|said| said.header.push('A')), Some(Fault::ReceiptInvalid));
    let unsent = tampered(|contents, world| {
        let mut other = Contents { about: contents.about.clone(), records: Vec::new() };
        std::mem::swap(&mut other.records, &mut contents.records);
        contents.records = other.records.into_iter().filter(|record| record.0 != Part::Entries).collect();
        contents.about.log_origin = world.parties[0].origin();
    });
    assert!(unsent.findings.has(Fault::ReceiptMismatch));
    let missing = tampered(|contents, _| contents.remove(Part::Receipts, 0));
    assert_eq!(found(&missing), [(Fault::ReceiptMissing, "receipts")]);
    let unseen = tampered(|contents, _| contents.remove(Part::Heads, 0));
    assert_eq!(found(&unseen), [(Fault::HeadMissing, "entries 11")]);
}

#[test]
fn a_peer_with_two_heads_of_one_size_is_found() {
    let report = tampered(|contents, world| {
        let mut log = crate::audit::samples::Log::new(&world.parties[1]);
        for _ in 0..6 {
            log.push(crate::audit::EntryType::Login, crate::audit::Incomplete::default());
        }
        contents.change(Part::Heads, 0, |bytes| {
            let mut said: records::PeerHead = records::open(bytes).unwrap();
            said.note = log.checkpoint().to_string();
            *bytes = canonical::to_vec(&said).unwrap();
        });
    });
    assert_eq!(found(&report), [(Fault::HeadMissing, "entries 11"), (Fault::HeadConflict, "receipts 0")]);
}

#[test]
fn a_report_has_codes_for_programs() {
    let json = serde_json::to_value(tampered(|contents, _| contents.remove(Part::Policy, 0))).unwrap();
    assert_eq!(json["verdict"], "does_not_hold");
    assert_eq!(json["findings"]["listed"][0]["code"], "policy_invalid");
}

/// Whether changed bytes are noticed, with and without trust.
fn is_noticed(bytes: &[u8], trust: &Trust) -> bool {
    let fails =
        |trust| verify(Cursor::new(bytes), trust).map_or(true, |report| report.verdict == Verdict::Fails);
    fails(Some(trust)) && fails(None)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_changed_byte_is_found(at: prop::sample::Index, by in 1..=255_u8) {
        let world = World::new();
        let mut bundle = world.bundle();
        let at = at.index(bundle.len());
        bundle[at] ^= by;
        prop_assert!(is_noticed(&bundle, &trust(&world)), "byte {at}");
    }

    #[test]
    fn cut_and_lengthened_bundles_are_refused(at: prop::sample::Index, tail in prop::collection::vec(any::<u8>(), 1..9)) {
        let world = World::new();
        let bundle = world.bundle();
        prop_assert!(verify(Cursor::new(&bundle[..at.index(bundle.len())]), None).is_err());
        let longer = [bundle, tail].concat();
        prop_assert!(verify(Cursor::new(longer), None).is_err());
    }
}

/// Each kind of place once: frames, names, every file's first and last bytes, the manifest.
#[test]
fn a_flipped_bit_is_found_in_every_kind_of_place() {
    let world = World::new();
    let (bundle, trust) = (world.bundle(), trust(&world));
    let mut reader = Reader::new(Cursor::new(&bundle)).unwrap();
    let mut places = vec![0, 5, 15, 16, bundle.len() - 1, bundle.len() - 5, bundle.len() - 20];
    while let Some(record) = reader.next_record().unwrap() {
        let (first, end) = (usize::try_from(record.at).unwrap(), record.bytes.len());
        places.extend([first - 4, first - 1, first, first + end / 2, first + end - 1, first + end]);
    }
    let manifest = bundle.len() - 400;
    places.extend((manifest..bundle.len()).step_by(7));
    for at in places {
        let mut changed = bundle.clone();
        changed[at] ^= 1;
        assert!(is_noticed(&changed, &trust), "byte {at}");
    }
}
