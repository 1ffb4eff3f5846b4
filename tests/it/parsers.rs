//! Every parser of the log and of audits, given what it should read, mangled, and what nobody wrote.
//!
//! What is read must be written again as it was; nothing may panic. `tests/run --long` tries ten times as much.

#![allow(clippy::unwrap_used, reason = "the tests' own builders; a failure here is a failed test")]

use std::io::Cursor;
use std::sync::LazyLock;

use guitu::audit::bundle::records::{self, About, Cosignature, PeerHead, Policy, ReceiptRecord};
use guitu::audit::bundle::{Manifest, Part, Reader};
use guitu::audit::entry::Entry;
use guitu::audit::glance::Glance;
use guitu::audit::trust::Trust;
use guitu::audit::verify::{Fault, Report, Verdict, verify};
use guitu::exchange::descriptor::Descriptor;
use guitu::exchange::message::Lane;
use guitu::exchange::receipt::{ReceiptBody, ReceiptHeader};
use guitu::statement::{canonical, jws};
use guitu::tlog::checkpoint::Checkpoint;
use guitu::tlog::key::{Signer, VerifierKey};
use guitu::tlog::note::{Note, NoteSignature};
use guitu::tlog::proof_file::ProofFile;
use guitu::tlog::tiles::{Tile, entries};
use guitu::tlog::tree::Frontier;
use guitu::tlog::witness::AddCheckpoint;
use proptest::prelude::*;

use crate::harness::effort::cases;
use crate::harness::two_logs::{Side, deliver, noon};

/// What each parser should read.
struct Samples {
    bundle: Vec<u8>,
    trust: Vec<u8>,
    texts: Vec<Vec<u8>>,
}

static SAMPLES: LazyLock<Samples> = LazyLock::new(|| {
    let (mut a, mut b) = (Side::new("530900", 10), Side::new("500000", 20));
    for _ in 0..3 {
        a.send(b.who.id, Lane::Normal);
        b.send(a.who.id, Lane::Urgent);
        a.read();
    }
    deliver(&mut a, &mut b, Lane::Normal, 2, false);
    deliver(&mut b, &mut a, Lane::Urgent, 3, false);
    let export = a.export(&b.who, 0);
    let proof = ProofFile {
        extra: b"x".to_vec(),
        index: 0,
        path: vec![a.tree.head("").root],
        checkpoint: a.checkpoint(),
    };
    let key = a.who.log.verifier();
    let note = export.checkpoints[0].clone();
    let text = Note::parse(note.as_bytes()).unwrap().text().to_owned();
    let strings = [
        text,
        note.lines().last().unwrap().to_owned(),
        note,
        key.to_string(),
        a.who.log.to_private_text().to_string(),
        a.who.cosigner.verifier().to_string(),
        proof.to_string(),
        AddCheckpoint { old: 1, proof: proof.path.clone(), checkpoint: a.checkpoint().to_string() }
            .to_string(),
        "tile/entries/x001/x234/067.p/8".to_owned(),
        export.receipts[0].body.clone(),
        export.receipts[0].header.clone(),
        export.keys[0].clone(),
    ];
    let mut texts: Vec<Vec<u8>> = strings.into_iter().map(String::into_bytes).collect();
    texts.extend(export.entries.iter().cloned());
    texts.push(canonical::to_vec(&export.about).unwrap());
    texts.push(canonical::to_vec(&export.policy).unwrap());
    texts.push(canonical::to_vec(&export.cosignatures[0]).unwrap());
    texts.push(canonical::to_vec(&export.heads[0]).unwrap());
    texts.push(canonical::to_vec(&export.receipts[0]).unwrap());
    let bundle = export.write(&a.who.log);
    let mut reader = Reader::new(Cursor::new(&bundle)).unwrap();
    while reader.next_record().unwrap().is_some() {}
    let manifest = Note::parse(&reader.finish().unwrap().manifest).unwrap();
    texts.push(manifest.text().as_bytes().to_vec());
    let trust = Trust::of(&[a.who.descriptor(), b.who.descriptor()]).unwrap().to_bytes().unwrap();
    Samples { bundle, trust, texts }
});

/// Gives `bytes` to every parser: how many read them. What one reads, it must write again as it was.
fn read_all(bytes: &[u8]) -> usize {
    let mut read = std::str::from_utf8(bytes).map_or(0, read_text);
    if let Ok(entry) = Entry::open(bytes) {
        assert_eq!(entry.to_bytes().unwrap(), bytes);
        read += 1;
    }
    assert_eq!(Glance::open(bytes).is_ok(), Entry::open(bytes).is_ok());
    read += record::<About>(bytes) + record::<Policy>(bytes) + record::<Cosignature>(bytes);
    read += record::<PeerHead>(bytes) + record::<ReceiptRecord>(bytes);
    assert_eq!(ReceiptRecord::open(bytes), records::open(bytes));
    if let Ok(frontier) = Frontier::from_bytes(bytes) {
        assert_eq!(frontier.to_bytes(), bytes);
        read += 1;
    }
    read + usize::from(entries(bytes, 3).is_ok()) + usize::from(Trust::open(bytes).is_ok())
}

fn read_text(text: &str) -> usize {
    let mut read = same(text, text.parse::<Checkpoint>())
        + same(text, text.parse::<ProofFile>())
        + same_but_for_the_case(text, text.parse::<VerifierKey>())
        + same(text, text.parse::<Tile>())
        + same(text, text.parse::<Manifest>())
        + same(text, text.parse::<AddCheckpoint>())
        + same(text, NoteSignature::parse(text))
        + same(text, Note::parse(text.as_bytes()));
    if let Ok(signer) = Signer::from_private_text(text) {
        assert!(signer.to_private_text().eq_ignore_ascii_case(text));
        read += 1;
    }
    let claimed = jws::claimed_payload(text).map(serde_json::from_value::<ReceiptHeader>);
    read += usize::from(serde_json::from_str::<ReceiptBody>(text).is_ok());
    read += usize::from(Descriptor::open(text, noon()).is_ok());
    read + usize::from(claimed.is_ok())
}

fn same<T: std::fmt::Display, E>(text: &str, read: Result<T, E>) -> usize {
    let Ok(read) = read else { return 0 };
    assert_eq!(read.to_string(), text);
    1
}

/// The id of a key may be in capitals; it is written without.
fn same_but_for_the_case<T: std::fmt::Display, E>(text: &str, read: Result<T, E>) -> usize {
    let Ok(read) = read else { return 0 };
    assert!(read.to_string().eq_ignore_ascii_case(text));
    same(&read.to_string(), Ok::<_, E>(read))
}

fn record<T: serde::Serialize + serde::de::DeserializeOwned>(bytes: &[u8]) -> usize {
    let Some(read) = records::open::<T>(bytes) else { return 0 };
    assert_eq!(canonical::to_vec(&read).unwrap(), bytes);
    1
}

/// One change of a text.
#[derive(Clone, Debug)]
enum Change {
    Byte(prop::sample::Index, u8),
    Cut(prop::sample::Index, usize),
    Insert(prop::sample::Index, Vec<u8>),
    Repeat(prop::sample::Index, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let words: Vec<&[u8]> = vec![
        b"\n",
        b"\n\n",
        b" ",
        b"0",
        b"+",
        b"=",
        b"-",
        b"\"",
        b"\\",
        b"{}",
        b",",
        b"\xe2\x80\x94 ",
        b"/x",
    ];
    let word = prop::sample::select(words).prop_map(<[u8]>::to_vec);
    let at = any::<prop::sample::Index>;
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        (at(), 1..40_usize).prop_map(|(at, length)| Change::Cut(at, length)),
        (at(), prop_oneof![word, prop::collection::vec(any::<u8>(), 1..5)])
            .prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (at(), 1..60_usize).prop_map(|(at, length)| Change::Repeat(at, length)),
    ]
}

fn changed(mut bytes: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        if bytes.is_empty() {
            break;
        }
        let all = bytes.len();
        let place = |at: &prop::sample::Index, length: usize| {
            let first = at.index(all);
            first..(first + length).min(all)
        };
        match change {
            Change::Byte(at, byte) => bytes[place(at, 1).start] = *byte,
            Change::Cut(at, length) => drop(bytes.drain(place(at, *length))),
            Change::Insert(at, more) => drop(bytes.splice(place(at, 0), more.iter().copied())),
            Change::Repeat(at, length) => {
                let range = place(at, *length);
                let again = bytes[range.clone()].to_vec();
                drop(bytes.splice(range.end..range.end, again));
            }
        }
    }
    bytes
}

#[test]
fn every_sample_is_read_by_some_parser() {
    for (at, text) in SAMPLES.texts.iter().enumerate() {
        assert!(read_all(text) > 0, "sample {at}: {}", String::from_utf8_lossy(text));
    }
    let trust = Trust::open(&SAMPLES.trust).unwrap();
    assert!(verify(Cursor::new(&SAMPLES.bundle), Some(&trust)).unwrap().holds());
}

proptest! {
    #![proptest_config(cases(500_000))]

    #[test]
    fn mangled_texts_are_refused_or_read_as_they_stand(
        which: prop::sample::Index, changes in prop::collection::vec(change(), 1..4),
    ) {
        let text = &SAMPLES.texts[which.index(SAMPLES.texts.len())];
        read_all(&changed(text.clone(), &changes));
    }

    #[test]
    fn what_nobody_wrote_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "(.|\n){0,200}") {
        read_all(&bytes);
        read_all(text.as_bytes());
    }
}

proptest! {
    #![proptest_config(cases(50_000))]

    #[test]
    fn a_mangled_bundle_or_trust_file_never_holds(
        changes in prop::collection::vec(change(), 1..4), more in prop::collection::vec(change(), 0..3),
    ) {
        let bundle = changed(SAMPLES.bundle.clone(), &changes);
        let trust = Trust::open(&SAMPLES.trust).unwrap();
        if bundle != SAMPLES.bundle {
            let found = verify(Cursor::new(&bundle), Some(&trust));
            prop_assert!(found.is_err() || found.is_ok_and(|report| report.verdict == Verdict::Fails));
        }
        if let Ok(other) = Trust::open(&changed(SAMPLES.trust.clone(), &more)) {
            let _ = verify(Cursor::new(&SAMPLES.bundle), Some(&other));
        }
    }

    #[test]
    fn a_mangled_record_in_a_well_formed_bundle_is_found(
        which: prop::sample::Index, changes in prop::collection::vec(change(), 1..3),
    ) {
        let mut reader = Reader::new(Cursor::new(&SAMPLES.bundle)).unwrap();
        let mut all = Vec::new();
        while let Some(record) = reader.next_record().unwrap() {
            all.push((record.part, record.bytes));
        }
        let which = 1 + which.index(all.len() - 1);
        let bytes = changed(all[which].1.clone(), &changes);
        let part = all[which].0;
        if bytes == all[which].1 || bytes.is_empty() || bytes.len() > part.limit() || part == Part::Policy {
            return Ok(());
        }
        all[which].1 = bytes;
        let about: About = records::open(&all[0].1).unwrap();
        let signer = Side::new("530900", 10).who.log;
        let mut out = Vec::new();
        let mut writer = guitu::audit::bundle::Writer::new(&mut out, about).unwrap();
        for (part, bytes) in &all[1..] {
            writer.record(*part, bytes).unwrap();
        }
        writer.finish(&signer).unwrap();
        let trust = Trust::open(&SAMPLES.trust).unwrap();
        let found = verify(Cursor::new(&out), Some(&trust));
        // Who vouches under a name that the trust file does not know counts for nothing, and it is said.
        let unknown = |report: &Report| {
            report.notices.has(Fault::WitnessUnknown) || report.notices.has(Fault::PeerUnknown)
        };
        let told = found.is_err() || found.is_ok_and(|report| !report.holds() || unknown(&report));
        prop_assert!(told, "{} {}", part, which);
    }
}
