//! Notes, checkpoints, cosignatures and proof files against `signed_note` and `tlog_tiles`.

use guitu::tlog::checkpoint::{Checkpoint, CheckpointError};
use guitu::tlog::cosignature::cosign;
use guitu::tlog::key::{KeyUse, Signer, VerifierKey};
use guitu::tlog::note::{Note, NoteError, NoteSignature};
use guitu::tlog::proof::prove_inclusion;
use guitu::tlog::proof_file::ProofFile;
use guitu::tlog::tiles::Tile;
use guitu::tlog::tree::leaf_hash;
use proptest::prelude::*;
use signed_note::{Signer as _, StandardSigner, StandardVerifier, VerifierList};

use super::{LOG, entry};

const ORIGIN: &str = "530900.guitu.example/log/0000000000000001";

fn log_key() -> Signer {
    Signer::from_seed(ORIGIN, KeyUse::Log, &[1; 32]).unwrap()
}

fn witness_key() -> Signer {
    Signer::from_seed("531000.guitu.example/witness", KeyUse::Cosigner, &[2; 32]).unwrap()
}

fn known() -> Vec<VerifierKey> {
    vec![log_key().verifier().clone(), witness_key().verifier().clone()]
}

fn head(size: u64) -> Checkpoint {
    Checkpoint { origin: ORIGIN.into(), size, root: LOG.root(size), extensions: vec![] }
}

fn witnessed(size: u64) -> Note {
    let mut note = head(size).sign(&log_key()).unwrap();
    note.attach(cosign(&witness_key(), &note, 1_679_315_147).unwrap()).unwrap();
    note
}

#[test]
fn signed_note_reads_what_we_sign() {
    let (signer, note) = (log_key(), witnessed(1_000));
    let key = StandardVerifier::new(&signer.verifier().to_string()).unwrap();
    let theirs = signed_note::Note::from_bytes(note.to_string().as_bytes()).unwrap();
    let (verified, unknown) = theirs.verify(&VerifierList::new(vec![Box::new(key)])).unwrap();
    assert_eq!((verified.len(), unknown.len()), (1, 1));
    assert_eq!(theirs.to_bytes(), note.to_string().into_bytes());
    let read = tlog_tiles::Checkpoint::from_bytes(theirs.text()).unwrap();
    assert_eq!((read.origin(), read.size(), read.hash().0), (ORIGIN, 1_000, LOG.root(1_000).0));
    assert_eq!(head(1_000).sign(&signer).unwrap(), head(1_000).sign(&signer).unwrap());
}

#[test]
fn we_read_what_signed_note_signs() {
    let ours = log_key();
    let theirs = StandardSigner::new(&ours.to_private_text()).unwrap();
    assert_eq!((theirs.name(), theirs.key_id()), (ORIGIN, ours.verifier().id()));
    let mut note = signed_note::Note::new(head(9).to_string().as_bytes(), &[]).unwrap();
    note.add_sigs(&[&theirs]).unwrap();
    let known = known();
    let opened = Checkpoint::open(&note.to_bytes(), &known).unwrap();
    assert_eq!(opened.checkpoint, head(9));
    assert_eq!(opened.note, head(9).sign(&ours).unwrap());
}

#[test]
fn the_example_of_the_standard_parses() {
    let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
        — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
        — witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";
    let note = Note::parse(text.as_bytes()).unwrap();
    assert_eq!(note.to_string(), text);
    assert_eq!(note.signatures()[1].id(), 0x8d66_cf3f);
    assert_eq!(note.text().parse::<Checkpoint>().unwrap().size, 20_852_163);
    assert_eq!(note.verify(&known()), Err(NoteError::NoKnownKey));
}

#[test]
fn cosignatures_state_a_time_and_are_not_log_signatures() {
    let (known, note) = (known(), witnessed(7));
    let opened = Checkpoint::open(note.to_string().as_bytes(), &known).unwrap();
    assert_eq!(opened.verified.iter().map(|v| v.time).collect::<Vec<_>>(), [None, Some(1_679_315_147)]);

    // The signed bytes, spelled out as the standard has them.
    let spelled = format!("cosignature/v1\ntime 1679315147\n{}", note.text());
    let same_pair = Signer::from_seed("w", KeyUse::Log, &[2; 32]).unwrap();
    let mut direct = Note::new(spelled).unwrap();
    direct.sign(&same_pair).unwrap();
    let (ours, plain) = (note.signatures()[1].to_string(), direct.signatures()[0].to_string());
    let bytes = |line: &str| {
        base64::Engine::decode(&base64::prelude::BASE64_STANDARD, line.rsplit_once(' ').unwrap().1).unwrap()
    };
    assert_eq!(bytes(&ours)[4..12], 1_679_315_147_u64.to_be_bytes());
    assert_eq!(bytes(&ours)[12..], bytes(&plain)[4..]);

    assert_eq!(cosign(&log_key(), &note, 1), Err(NoteError::BadSignature));
    assert_eq!(cosign(&witness_key(), &note, u64::MAX), Err(NoteError::Malformed));
    assert_eq!(Note::new("x\n".into()).unwrap().sign(&witness_key()), Err(NoteError::BadSignature));
    let only_witness = [known[1].clone()];
    let unsigned = Checkpoint::open(note.to_string().as_bytes(), &only_witness);
    assert_eq!(unsigned, Err(CheckpointError::NotByItsLog));
}

#[test]
fn a_key_vouches_for_its_own_log_only() {
    let other = Signer::from_seed("530100.guitu.example/log/1", KeyUse::Log, &[3; 32]).unwrap();
    assert_eq!(head(3).sign(&other), Err(CheckpointError::NotByItsLog));
    let mut note = Note::new(head(3).to_string()).unwrap();
    note.sign(&other).unwrap();
    let opened = Checkpoint::open(note.to_string().as_bytes(), std::slice::from_ref(other.verifier()));
    assert_eq!(opened, Err(CheckpointError::NotByItsLog));
    let empty_line = Checkpoint { extensions: vec![String::new()], ..head(3) };
    assert_eq!(empty_line.sign(&log_key()), Err(CheckpointError::Malformed));
    let two_in_one = Checkpoint { extensions: vec!["a\nb".into()], ..head(3) };
    assert_eq!(two_in_one.sign(&log_key()), Err(CheckpointError::Malformed));
}

#[test]
fn malformed_notes_are_refused() {
    let good = witnessed(3).to_string();
    let line = good.lines().last().unwrap();
    assert!(NoteSignature::parse(line).is_ok());
    let many = format!("{good}{}", format!("{line}\n").repeat(99));
    for wrong in [
        String::new(),
        "\n".into(),
        "\n\n".into(),
        "a\n\n".into(),
        "a\n\n\n".into(),
        good.trim_end().into(),
        format!("{good}\n"),
        format!("{good}x\n"),
        good.replace("— ", "- "),
        good.replace('\n', "\r\n"),
        good.replace("\n\n", "\n"),
        many,
        format!("{}{good}", "a".repeat(300_000)),
    ] {
        assert_eq!(Note::parse(wrong.as_bytes()), Err(NoteError::Malformed));
    }
    for head in ["o\n01\n", "o\n-1\n", "\n1\n", "o\n18446744073709551616\n"] {
        let text = format!("{head}{}\n", head_root());
        assert!(text.parse::<Checkpoint>().is_err(), "{text}");
    }
    assert!(format!("o\n1\n{}\n\n", head_root()).parse::<Checkpoint>().is_err());
    assert!(format!("o\n1\n{}\next\n", head_root()).parse::<Checkpoint>().is_ok());
}

fn head_root() -> String {
    head(3).to_string().lines().nth(2).unwrap().to_owned()
}

fn proof_file(index: u64, size: u64, extra: &[u8]) -> ProofFile {
    let path = prove_inclusion(index, size, LOG.as_of(size)).unwrap();
    ProofFile { extra: extra.to_vec(), index, path, checkpoint: witnessed(size) }
}

#[test]
fn proof_files_prove_offline() {
    let known = known();
    for (index, size, extra) in [(0, 1, &b""[..]), (99, 2_000, b"context"), (1_999, 2_000, b"\0")] {
        let text = proof_file(index, size, extra).to_string();
        assert!(text.starts_with("c2sp.org/tlog-proof@v1\n"));
        let read: ProofFile = text.parse().unwrap();
        assert_eq!(read, proof_file(index, size, extra));
        assert_eq!(read.verify(&leaf_hash(&entry(index)), &known).unwrap().verified.len(), 2);
        assert!(read.verify(&leaf_hash(&entry(index + 1)), &known).is_err());
    }
    let good = proof_file(5, 9, b"x").to_string();
    for (from, to) in [("@v1", "@v2"), ("extra eA==", "extra "), ("index 5", "index 05"), ("index 5\n", "")] {
        assert!(good.replacen(from, to, 1).parse::<ProofFile>().is_err(), "{from}");
    }
}

proptest! {
    #[test]
    fn changed_files_never_verify(index in 0_u64..500, hit in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let (known, good) = (known(), proof_file(index, 500, b"").to_string());
        let mut bytes = good.clone().into_bytes();
        let at = hit.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let leaf = leaf_hash(&entry(index));
        let read = std::str::from_utf8(&bytes).ok().and_then(|text| text.parse::<ProofFile>().ok());
        if let Some(read) = read {
            prop_assert_eq!(read.to_string().into_bytes(), bytes);
            // A line whose name or id changed is an unknown key's, and ignored; all else must fail.
            if let Ok(opened) = read.verify(&leaf, &known) {
                prop_assert_eq!(&opened.checkpoint, &head(500));
                prop_assert_eq!(opened.verified.len(), 1);
            }
        }
    }

    #[test]
    fn text_readers_survive_anything(text in "(.|\n){0,300}", bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Note::parse(&bytes);
        if let Ok(note) = Note::parse(text.as_bytes()) {
            prop_assert_eq!(note.to_string(), text.clone());
        }
        let _ = (text.parse::<Checkpoint>(), text.parse::<ProofFile>(), text.parse::<VerifierKey>());
        let _ = (text.parse::<Tile>(), NoteSignature::parse(&text), Signer::from_private_text(&text).is_ok());
    }

    #[test]
    fn we_and_signed_note_refuse_the_same(hit in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut bytes = witnessed(9).to_string().into_bytes();
        let at = hit.index(bytes.len());
        bytes[at] = byte;
        prop_assert_eq!(Note::parse(&bytes).is_ok(), signed_note::Note::from_bytes(&bytes).is_ok());
        bytes.truncate(cut.index(bytes.len() + 1));
        prop_assert_eq!(Note::parse(&bytes).is_ok(), signed_note::Note::from_bytes(&bytes).is_ok());
    }
}
