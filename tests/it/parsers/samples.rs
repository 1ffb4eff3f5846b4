//! What each parser should read: made by two nodes that exchange messages.

use std::io::Cursor;
use std::sync::LazyLock;

use guitu::audit::bundle::Reader;
use guitu::audit::trust::Trust;
use guitu::clock::SeededEntropy;
use guitu::domain::date::CivilDate;
use guitu::exchange::message::Lane;
use guitu::statement::canonical;
use guitu::statement::keys::KeySet;
use guitu::statement::sd_jwt::{Plain, issue, present};
use guitu::tlog::cosignature::cosign;
use guitu::tlog::note::Note;
use guitu::tlog::proof_file::ProofFile;
use guitu::tlog::tiles::{append_entry, leaf_row};
use guitu::tlog::tree::{Frontier, leaf_hash};
use guitu::tlog::witness::AddCheckpoint;
use serde_json::json;

use crate::harness::exports::Export;
use crate::harness::two_logs::{Side, deliver};

/// The type of the statement among the samples.
const TYP: &str = "guitu-lead+sd-jwt";

/// What each parser should read, and all of it together.
pub(super) struct Samples {
    /// The node whose log it is.
    pub(super) own: Side,
    /// Its witness.
    pub(super) peer: Side,
    /// The newest checkpoint, which the witness cosigned.
    pub(super) newest: String,
    pub(super) key_set: KeySet,
    pub(super) bundle: Vec<u8>,
    pub(super) manifests: Vec<Vec<u8>>,
    pub(super) trust: Vec<Vec<u8>>,
    pub(super) key_sets: Vec<Vec<u8>>,
    pub(super) notes: Vec<Vec<u8>>,
    pub(super) note_lines: Vec<Vec<u8>>,
    pub(super) checkpoints: Vec<Vec<u8>>,
    pub(super) proofs: Vec<Vec<u8>>,
    pub(super) keys: Vec<Vec<u8>>,
    pub(super) signers: Vec<Vec<u8>>,
    pub(super) tiles: Vec<Vec<u8>>,
    pub(super) entry_tiles: Vec<Vec<u8>>,
    pub(super) hash_tiles: Vec<Vec<u8>>,
    pub(super) frontiers: Vec<Vec<u8>>,
    pub(super) witnessings: Vec<Vec<u8>>,
    pub(super) cosigned: Vec<Vec<u8>>,
    pub(super) entries: Vec<Vec<u8>>,
    pub(super) abouts: Vec<Vec<u8>>,
    pub(super) policies: Vec<Vec<u8>>,
    pub(super) cosignatures: Vec<Vec<u8>>,
    pub(super) heads: Vec<Vec<u8>>,
    pub(super) receipts: Vec<Vec<u8>>,
    pub(super) receipt_bodies: Vec<Vec<u8>>,
    pub(super) receipt_headers: Vec<Vec<u8>>,
    pub(super) descriptors: Vec<Vec<u8>>,
    pub(super) statements: Vec<Vec<u8>>,
    pub(super) json: Vec<Vec<u8>>,
    pub(super) all: Vec<Vec<u8>>,
}

/// Two nodes after some messages, and what the first of them exports.
fn played() -> (Side, Side, Export) {
    let (mut a, mut b) = (Side::new("530900", 10), Side::new("500000", 20));
    for _ in 0..3 {
        a.send(b.who.id, Lane::Normal);
        b.send(a.who.id, Lane::Urgent);
        a.read();
    }
    deliver(&mut a, &mut b, Lane::Normal, 2, false);
    deliver(&mut b, &mut a, Lane::Urgent, 3, false);
    let export = a.export(&b.who, 0);
    (a, b, export)
}

fn texts(of: impl IntoIterator<Item = impl ToString>) -> Vec<Vec<u8>> {
    of.into_iter().map(|one| one.to_string().into_bytes()).collect()
}

fn written<T: serde::Serialize>(of: &[T]) -> Vec<Vec<u8>> {
    of.iter().map(|one| canonical::to_vec(one).unwrap()).collect()
}

fn statement(own: &Side) -> String {
    let plain = Plain {
        iss: own.who.id,
        sub: "8d8ac610-566d-4ef0-9c22-186b2a5ed793".parse().unwrap(),
        ver: 3,
        kind: "missing_child".to_owned(),
        iat: "2026-05-05".parse::<CivilDate>().unwrap(),
        classification: "internal".to_owned(),
    };
    let claims = [("sex", json!("2")), ("marks", json!(["scar", "burn"])), ("plate", json!(null))];
    let claims = claims.into_iter().map(|(name, value)| (name.to_owned(), value));
    let issued = issue(&own.who.signing, TYP, &plain, claims, &SeededEntropy::new(1)).unwrap();
    let disclosures: Vec<&str> = issued.disclosures.values().map(String::as_str).collect();
    present(&issued.jws, &disclosures)
}

pub(super) static SAMPLES: LazyLock<Samples> = LazyLock::new(|| {
    let (mut a, b, export) = played();
    let checkpoint = a.checkpoint();
    let path = vec![a.tree.head("").root];
    let proof =
        ProofFile { extra: b"x".to_vec(), index: 0, path: path.clone(), checkpoint: checkpoint.clone() };
    let witnessing = AddCheckpoint { old: 1, proof: path, checkpoint: checkpoint.to_string() };
    let first: Vec<&[u8]> = export.entries.iter().take(3).map(Vec::as_slice).collect();
    let (mut entry_tile, mut frontier) = (Vec::new(), Frontier::default());
    for entry in &first {
        append_entry(&mut entry_tile, entry).unwrap();
        frontier.append(leaf_hash(entry), &mut Vec::new()).unwrap();
    }
    let bundle = export.write(&a.who.log);
    let mut reader = Reader::new(Cursor::new(&bundle)).unwrap();
    while reader.next_record().unwrap().is_some() {}
    let manifest = Note::parse(&reader.finish().unwrap().manifest).unwrap();
    let descriptors = [a.who.descriptor(), b.who.descriptor()];
    let key_set = descriptors[0].key_set().unwrap();
    let seen = export.cosignatures.last().unwrap();
    let line = |by: &Side| cosign(&by.who.cosigner, &checkpoint, 1_777_777_777).unwrap();
    let lines = format!("{}\n{}\n", line(&a), line(&b));
    let mut samples = Samples {
        manifests: texts([manifest.text()]),
        trust: vec![Trust::of(&descriptors).unwrap().to_bytes().unwrap()],
        key_sets: written(std::slice::from_ref(&key_set)),
        notes: texts(export.checkpoints.iter().chain([&manifest.to_string()])),
        note_lines: texts([checkpoint.signatures()[0].to_string(), seen.line.clone()]),
        checkpoints: texts([checkpoint.text()]),
        proofs: texts([proof]),
        keys: texts([a.who.log.verifier(), a.who.cosigner.verifier()]),
        signers: texts([a.who.log.to_private_text().as_str()]),
        tiles: texts(["tile/entries/x001/x234/067.p/8", "tile/3/000"]),
        entry_tiles: vec![entry_tile],
        hash_tiles: vec![leaf_row(&first)],
        frontiers: vec![frontier.to_bytes()],
        witnessings: texts([witnessing]),
        cosigned: texts([lines]),
        entries: export.entries.clone(),
        abouts: written(std::slice::from_ref(&export.about)),
        policies: written(std::slice::from_ref(&export.policy)),
        cosignatures: written(&export.cosignatures),
        heads: written(&export.heads),
        receipts: written(&export.receipts),
        receipt_bodies: texts(export.receipts.iter().map(|said| &said.body)),
        receipt_headers: texts(export.receipts.iter().map(|said| &said.header)),
        descriptors: texts(&export.keys),
        statements: texts([statement(&a)]),
        json: texts([
            r#" {"a":[1,-2.5e-7,null,true,{}],"b":"\u20ac\ud83d\ude00\n","c":{"d":9007199254740991}} "#,
        ]),
        all: Vec::new(),
        newest: checkpoint.to_string(),
        own: a,
        peer: b,
        key_set,
        bundle,
    };
    samples.all = all(&samples);
    samples
});

fn all(of: &Samples) -> Vec<Vec<u8>> {
    [
        &of.manifests,
        &of.trust,
        &of.key_sets,
        &of.notes,
        &of.note_lines,
        &of.checkpoints,
        &of.proofs,
        &of.keys,
        &of.signers,
        &of.tiles,
        &of.entry_tiles,
        &of.hash_tiles,
        &of.frontiers,
        &of.witnessings,
        &of.cosigned,
        &of.entries,
        &of.abouts,
        &of.policies,
        &of.cosignatures,
        &of.heads,
        &of.receipts,
        &of.receipt_bodies,
        &of.receipt_headers,
        &of.descriptors,
        &of.statements,
        &of.json,
    ]
    .into_iter()
    .flatten()
    .cloned()
    .collect()
}
