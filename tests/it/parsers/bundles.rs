//! Bundles: a mangled one never holds, whatever was signed again.

use std::io::Cursor;

use guitu::audit::bundle::records::{self, About};
use guitu::audit::bundle::{Part, Reader, Record, Writer};
use guitu::audit::trust::Trust;
use guitu::audit::verify::{Fault, Report, Verdict, verify};
use proptest::prelude::*;

use super::changes::{change, changed};
use super::samples::SAMPLES;
use crate::harness::effort::exercise;

fn trust() -> Trust {
    Trust::open(&SAMPLES.trust[0]).unwrap()
}

/// The records of the sample, the first of them `about`.
fn all() -> Vec<Record> {
    let mut reader = Reader::new(Cursor::new(&SAMPLES.bundle)).unwrap();
    std::iter::from_fn(|| reader.next_record().unwrap()).collect()
}

/// A bundle of these records, signed by the node whose log it is.
fn signed(records: &[Record]) -> Vec<u8> {
    let (about, rest) = records.split_first().unwrap();
    let about: About = records::open(&about.bytes).unwrap();
    let mut out = Vec::new();
    let mut writer = Writer::new(&mut out, about).unwrap();
    for record in rest {
        writer.record(record.part, &record.bytes).unwrap();
    }
    writer.finish(&SAMPLES.own.who.log).unwrap();
    out
}

#[test]
fn a_mangled_bundle_never_holds() {
    let trust = trust();
    assert!(verify(Cursor::new(&SAMPLES.bundle), Some(&trust)).unwrap().holds());
    exercise(prop::collection::vec(change(), 1..4), |changes| {
        let bundle = changed(SAMPLES.bundle.clone(), &changes);
        if bundle != SAMPLES.bundle {
            let found = verify(Cursor::new(&bundle), Some(&trust));
            assert!(found.is_err() || found.is_ok_and(|report| report.verdict == Verdict::Fails));
        }
    });
}

#[test]
fn an_audit_with_a_mangled_trust_file_ends() {
    exercise(prop::collection::vec(change(), 0..3), |changes| {
        if let Ok(other) = Trust::open(&changed(SAMPLES.trust[0].clone(), &changes)) {
            assert!(verify(Cursor::new(&SAMPLES.bundle), Some(&other)).is_ok());
        }
    });
}

/// The container as such: what is read to its end is written again as it was.
#[test]
fn containers_with_other_records_are_read_as_they_stand() {
    let anything = prop::collection::vec(any::<u8>(), 1..2_000);
    let others = prop::collection::vec((any::<prop::sample::Index>(), anything), 0..4);
    exercise(others, |others| {
        let mut records = all();
        for (at, bytes) in others {
            let at = 1 + at.index(records.len() - 1);
            records[at].bytes = bytes;
        }
        let written = signed(&records);
        let mut reader = Reader::new(Cursor::new(&written)).unwrap();
        let again: Vec<Vec<u8>> =
            std::iter::from_fn(|| reader.next_record().unwrap()).map(|read| read.bytes).collect();
        assert_eq!(again, records.into_iter().map(|record| record.bytes).collect::<Vec<_>>());
        assert!(reader.finish().is_ok());
    });
}

#[test]
fn a_mangled_record_in_a_well_formed_bundle_is_found() {
    let trust = trust();
    let inputs = (any::<prop::sample::Index>(), prop::collection::vec(change(), 1..3));
    exercise(inputs, |(which, changes)| {
        let mut records = all();
        let which = 1 + which.index(records.len() - 1);
        let part = records[which].part;
        let bytes = changed(records[which].bytes.clone(), &changes);
        if bytes == records[which].bytes
            || bytes.is_empty()
            || bytes.len() > part.limit()
            || part == Part::Policy
        {
            return;
        }
        records[which].bytes = bytes;
        let found = verify(Cursor::new(&signed(&records)), Some(&trust));
        // Who vouches under a name that the trust file does not know counts for nothing, and it is said.
        let unknown = |report: &Report| {
            report.notices.has(Fault::WitnessUnknown) || report.notices.has(Fault::PeerUnknown)
        };
        let told = found.is_err() || found.is_ok_and(|report| !report.holds() || unknown(&report));
        assert!(told, "{part} {which}");
    });
}
