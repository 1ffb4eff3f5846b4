//! What the formats of C2SP write as text: notes, checkpoints, keys, proofs, tiles' names, what witnesses say.

use guitu::audit::bundle::Manifest;
use guitu::tlog::checkpoint::Checkpoint;
use guitu::tlog::key::{Signer, VerifierKey};
use guitu::tlog::note::{Note, NoteSignature};
use guitu::tlog::proof_file::ProofFile;
use guitu::tlog::tiles::Tile;
use guitu::tlog::witness::{AddCheckpoint, cosigned_line};

use super::samples::SAMPLES;
use super::{parse, parse_text, same};

#[test]
fn notes() {
    parse(&SAMPLES.notes, |bytes| {
        let Ok(note) = Note::parse(bytes) else { return false };
        assert_eq!(note.to_string().as_bytes(), bytes);
        true
    });
}

#[test]
fn lines_of_a_note() {
    parse_text(&SAMPLES.note_lines, |text| same(text, NoteSignature::parse(text)));
}

#[test]
fn checkpoints() {
    parse_text(&SAMPLES.checkpoints, |text| same(text, text.parse::<Checkpoint>()));
}

#[test]
fn manifests() {
    parse_text(&SAMPLES.manifests, |text| same(text, text.parse::<Manifest>()));
}

#[test]
fn proof_files() {
    parse_text(&SAMPLES.proofs, |text| same(text, text.parse::<ProofFile>()));
}

#[test]
fn names_of_tiles() {
    parse_text(&SAMPLES.tiles, |text| same(text, text.parse::<Tile>()));
}

/// The id of a key may be in capitals; it is written without.
#[test]
fn verifier_keys() {
    parse_text(&SAMPLES.keys, |text| {
        let Ok(key) = text.parse::<VerifierKey>() else { return false };
        let written = key.to_string();
        assert!(written.eq_ignore_ascii_case(text));
        same(&written, written.parse::<VerifierKey>())
    });
}

#[test]
fn signers() {
    parse_text(&SAMPLES.signers, |text| {
        let Ok(signer) = Signer::from_private_text(text) else { return false };
        assert!(signer.to_private_text().eq_ignore_ascii_case(text));
        true
    });
}

#[test]
fn requests_to_witnesses() {
    parse_text(&SAMPLES.witnessings, |text| {
        let Ok(request) = text.parse::<AddCheckpoint>() else { return false };
        // What it would be admitted as, if anything, is what it claims.
        if let Ok(admitted) = request.admit(SAMPLES.own.who.log.verifier(), None) {
            assert_eq!(request.claimed(), Ok(admitted));
        }
        same(text, Ok::<_, ()>(request))
    });
}

/// The line of a witness that is taken is the one that it signed, for the checkpoint that it signed.
#[test]
fn answers_of_witnesses() {
    parse_text(&SAMPLES.cosigned, |text| {
        let line = cosigned_line(&SAMPLES.newest, text, SAMPLES.peer.who.cosigner.verifier());
        assert!(line.is_none() || line.as_deref() == cosigned().lines().nth(1));
        line.is_some_and(|line| text.lines().any(|one| one == line))
    });
}

#[test]
fn checkpoints_that_witnesses_answer_about() {
    let newest = Note::parse(SAMPLES.newest.as_bytes()).unwrap();
    assert!(SAMPLES.notes.contains(&newest.to_string().into_bytes()));
    parse_text(&SAMPLES.notes, |text| {
        let line = cosigned_line(text, cosigned(), SAMPLES.peer.who.cosigner.verifier());
        let is_newest = Note::parse(text.as_bytes()).is_ok_and(|note| {
            SAMPLES.newest.strip_prefix(note.text()).is_some_and(|rest| rest.starts_with('\n'))
        });
        assert!(line.is_none() || is_newest);
        is_newest || line.is_none()
    });
}

fn cosigned() -> &'static str {
    std::str::from_utf8(&SAMPLES.cosigned[0]).unwrap()
}
