//! No personal data in what evidence consists of: neither as written nor as a plain hash, on either engine.

use std::collections::{BTreeSet, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use guitu::cli::demo::agreements::{LINCANG, SHUOZHOU};
use guitu::domain::digest::Digest;
use guitu::domain::unit::{Duty, UnitType};
use serde_json::Value;

use super::Exchanged;
use crate::federation::secrets::{Search, of_lead};
use crate::harness::database::on_both_engines;
use crate::harness::nodes::TestNode;

/// A log-in name that is somebody's name, and a password.
const USER: [&str; 2] = ["田尼块经办", "correct horse battery staple"];

/// What must stand nowhere, and the plain SHA-256 of each.
struct Probes {
    written: Search,
    hashes: HashSet<[u8; 32]>,
}

impl Probes {
    fn of(values: &BTreeSet<String>) -> Self {
        let digests: Vec<Digest> = values.iter().map(|value| Digest::of(value.as_bytes())).collect();
        let mut written = values.clone();
        for digest in &digests {
            let bytes = digest.bytes();
            let hexadecimal = hex::encode(bytes);
            written.extend([hexadecimal.to_uppercase(), hexadecimal]);
            written.extend([STANDARD.encode(bytes), URL_SAFE_NO_PAD.encode(bytes)]);
        }
        let hashes = digests.iter().map(|digest| *digest.bytes()).collect();
        Self { written: Search::for_all(&written), hashes }
    }

    fn are_in(&self, bytes: &[u8]) -> bool {
        let hashed = |window: &[u8]| <[u8; 32]>::try_from(window).is_ok_and(|one| self.hashes.contains(&one));
        self.written.finds_in(bytes) || bytes.windows(32).any(hashed)
    }
}

/// Every string in a value.
fn leaves<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, found)),
        Value::Object(members) => members.values().for_each(|item| leaves(item, found)),
        _ => {}
    }
}

/// What a node keeps of logs beside the entries, own and others', as bytes.
async fn kept(at: &TestNode) -> Vec<Vec<u8>> {
    let mut tx = at.node.databases().node.snapshot().await.unwrap();
    let mut all = Vec::new();
    for bytes in [
        "/* tiles */ SELECT hashes FROM log_tiles",
        "/* frontier */ SELECT frontier FROM log_head",
        "/* checkpoints */ SELECT root FROM checkpoints",
        "/* roots */ SELECT root FROM peer_heads",
    ] {
        let rows = tx.query(bytes).all::<(Vec<u8>,)>().await.unwrap();
        assert!(!rows.is_empty(), "{bytes}");
        all.extend(rows.into_iter().map(|(bytes,)| bytes));
    }
    for text in [
        "/* notes */ SELECT note FROM peer_heads",
        "/* lines */ SELECT line FROM cosignatures",
        "/* receipts */ SELECT body FROM receipts",
        "/* headers */ SELECT header FROM outbox",
    ] {
        let rows = tx.query(text).all::<(String,)>().await.unwrap();
        all.extend(rows.into_iter().map(|(text,)| text.into_bytes()));
    }
    all
}

on_both_engines! {
    async fn evidence_holds_no_value_and_no_plain_hash_of_one(db) {
        let fixture = Exchanged::new(db.engine).await;
        let here = fixture.here();
        let [name, password] = USER;
        here.node.add_user(name, password, &[Duty::Drafter], UnitType::Police).await.unwrap();
        here.node.log_in(name, password).await.unwrap();
        assert!(here.node.log_in(name, "another horse").await.is_err());
        here.node.disable_user(name).await.unwrap();
        let lead = here.node.read(&here.drafter, fixture.lead).await.unwrap().lead;
        let lead = serde_json::to_value(lead).unwrap();
        let mut values = of_lead(&lead);
        values.extend(USER.map(str::to_owned));
        for field in ["narrative", "remarks", "case_number"] {
            values.extend(lead[field].as_str().map(str::to_owned));
        }
        values.retain(|value| value.len() > 5);
        assert!(values.len() > 5);
        let probes = Probes::of(&values);
        let one = values.first().unwrap();
        let digest = Digest::of(one.as_bytes());
        for planted in [one.clone(), digest.to_string(), hex::encode(digest.bytes())] {
            assert!(probes.are_in(format!("{{\"ref\":\"{planted}\"}}").as_bytes()), "the search finds {planted}");
        }
        assert!(probes.are_in(&[b"tile".as_slice(), digest.bytes()].concat()));
        for id in [LINCANG, SHUOZHOU] {
            let at = fixture.nodes.node(id);
            at.node.sequence().await.unwrap();
            let log = at.log().await;
            for entry in &log {
                let mut strings = Vec::new();
                leaves(&entry.entry, &mut strings);
                for text in strings {
                    assert!(!probes.are_in(text.as_bytes()), "entry {} of {id}", entry.leaf);
                    assert!(!values.contains(text), "entry {} of {id}", entry.leaf);
                }
            }
            assert!(log.len() > 5);
            for bytes in kept(at).await {
                assert!(!probes.are_in(&bytes), "what {id} keeps of logs");
            }
            let (bundle, _) = fixture.nodes.exported(id).await;
            assert!(!probes.are_in(&bundle), "the bundle of {id}");
        }
    }
}
