//! The container: what is written is read, and only that.

use std::io::Cursor;

use proptest::prelude::*;

use super::records::{About, quorum};
use super::*;
use crate::audit::samples::{Contents, Party, noon};

fn party() -> Party {
    Party::new("530900", 10)
}

fn about() -> About {
    About { log_origin: party().origin(), made_at: noon(), node: party().id, size: 0 }
}

fn read(bundle: &[u8]) -> Result<Vec<(Part, Vec<u8>)>, BundleError> {
    let mut reader = Reader::new(Cursor::new(bundle))?;
    let mut records = Vec::new();
    while let Some(record) = reader.next_record()? {
        assert_eq!(
            reader.again(&[(record.at, u32::try_from(record.bytes.len()).unwrap())])?,
            std::slice::from_ref(&record.bytes)
        );
        records.push((record.part, record.bytes));
    }
    reader.finish().map(|_| records)
}

#[test]
fn an_empty_bundle_has_all_files_and_a_signed_manifest() {
    let bundle = Contents { about: about(), records: Vec::new() }.write(&party().log);
    let mut reader = Reader::new(Cursor::new(&bundle)).unwrap();
    assert_eq!(reader.next_record().unwrap().map(|record| record.part), Some(Part::About));
    assert!(reader.next_record().unwrap().is_none());
    let end = reader.finish().unwrap();
    let (manifest, signed) = Manifest::open(&end.manifest, party().log.verifier()).unwrap();
    assert!(signed);
    assert_eq!(manifest.files, end.files);
    assert_eq!(manifest.files.len(), Part::ALL.len());
    assert!(!Manifest::open(&end.manifest, Party::new("530900", 40).log.verifier()).unwrap().1);
}

#[test]
fn records_out_of_order_empty_or_too_long_are_not_written() {
    let mut writer = Writer::new(Vec::new(), about()).unwrap();
    writer.record(Part::Policy, b"x").unwrap();
    for (part, bytes) in [(Part::Keys, &b"x"[..]), (Part::Policy, b""), (Part::Entries, &[1; 2_049])] {
        assert!(matches!(writer.record(part, bytes), Err(BundleError::Refused(refused)) if refused == part));
    }
    assert!(matches!(writer.finish(&party().cosigner), Err(BundleError::Unsigned)));
}

#[test]
fn a_length_above_the_limit_is_refused_before_it_is_believed() {
    let bundle = Contents { about: about(), records: Vec::new() }.write(&party().log);
    let mut lying = bundle.clone();
    let at = MAGIC.len() + 1 + "about\n".len();
    lying[at..at + 4].copy_from_slice(&u32::MAX.to_be_bytes());
    assert!(matches!(read(&lying), Err(BundleError::Malformed(place)) if place == at as u64));
}

#[test]
fn a_manifest_has_one_spelling() {
    let bundle = Contents { about: about(), records: Vec::new() }.write(&party().log);
    let mut reader = Reader::new(Cursor::new(&bundle)).unwrap();
    while reader.next_record().unwrap().is_some() {}
    let note = String::from_utf8(reader.finish().unwrap().manifest).unwrap();
    let text = format!("{}\n", note.split_once("\n\n").unwrap().0);
    assert!(text.parse::<Manifest>().is_ok());
    for (from, to) in [
        ("keys 0", "keys 00"),
        ("keys 0", "keys +0"),
        ("keys 0 ", "keys 0  "),
        ("keys", "heads"),
        ("v1", "v2"),
    ] {
        assert!(text.replacen(from, to, 1).parse::<Manifest>().is_err(), "{to}");
    }
    assert!(format!("{text}more 0 0 x\n").parse::<Manifest>().is_err());
    assert!(text.trim_end().parse::<Manifest>().is_err());
}

#[test]
fn a_quorum_is_more_than_half_and_at_least_two() {
    assert_eq!([0, 1, 2, 3, 4, 5, 6].map(quorum), [2, 2, 2, 2, 3, 3, 4]);
}

#[test]
fn only_canonical_records_are_read() {
    assert!(records::open::<records::Policy>(br#"{"quorum":2,"tail_ms":1,"witnesses":[]}"#).is_some());
    for bad in [
        r#"{"quorum":2, "tail_ms":1,"witnesses":[]}"#,
        r#"{"quorum":2,"tail_ms":1}"#,
        r#"{"tail_ms":1,"quorum":2,"witnesses":[]}"#,
    ] {
        assert!(records::open::<records::Policy>(bad.as_bytes()).is_none(), "{bad}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(mut said in prop::collection::vec((2..Part::ALL.len(), prop::collection::vec(any::<u8>(), 1..50)), 0..20)) {
        said.sort_by_key(|(part, _)| *part);
        let records: Vec<_> = said.into_iter().map(|(part, bytes)| (Part::ALL[part], bytes)).collect();
        let bundle = Contents { about: about(), records: records.clone() }.write(&party().log);
        prop_assert_eq!(&read(&bundle).unwrap()[1..], &records[..]);
    }

    #[test]
    fn reading_anything_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(read(&bytes).is_err());
        prop_assert!(read(&[MAGIC.as_bytes(), b"\nabout\n", &bytes].concat()).is_err());
    }
}
