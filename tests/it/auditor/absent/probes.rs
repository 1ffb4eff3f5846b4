//! What must stand nowhere: the raw values of leads, the sentences of what was typed, and the plain SHA-256 of each.
//!
//! Codes (`rescue`, `530900`) are no personal data and stand in entries; their plain hashes stand nowhere either: whoever
//! has a list of codes could undo them.

use std::collections::{BTreeSet, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use guitu::domain::digest::Digest;
use guitu::statement::canonical;
use serde_json::Value;

use crate::federation::secrets::{Search, of_lead};

/// Shorter texts occur by chance.
const SHORTEST: usize = 6;
/// Pieces of a narrative that are shorter are words that others use, too.
const PIECE: usize = 12;
/// Digits from which a text is no code of ours: a telephone number, an identity number. Days have fewer: keys have days.
const DIGITS: usize = 9;
/// Days of birth before are no days of keys.
const KEYS_FROM: &str = "2026";

/// The values of some leads.
#[derive(Default)]
pub(super) struct Values {
    /// As written: what names, reaches or describes somebody.
    pub(super) raw: BTreeSet<String>,
    /// Of these, what names or reaches somebody, however short.
    pub(super) names: BTreeSet<String>,
    /// What is hashed: every value, list and object as bytes, and as canonical JSON.
    hashed: BTreeSet<Vec<u8>>,
}

impl Values {
    /// Adds every value of a lead, each list and object in it, and the lead.
    pub(super) fn add_lead(&mut self, lead: &Value) {
        self.names.extend(of_lead(lead));
        self.add(lead);
        let birth = &lead["person"]["birth"];
        let days = [&birth["from"], &birth["to"]].into_iter().filter_map(Value::as_str);
        self.raw.extend(days.filter(|day| *day < KEYS_FROM).map(str::to_owned));
        for text in [&lead["narrative"], &lead["remarks"]].into_iter().filter_map(Value::as_str) {
            let sentences = text.split(['。', '，', '；', '：', '（', '）', '、']);
            sentences.filter(|piece| piece.len() >= PIECE).for_each(|piece| self.add_text(piece));
        }
    }

    /// Adds one text.
    pub(super) fn add_text(&mut self, text: &str) {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        if text.len() >= SHORTEST && (!text.is_ascii() || digits >= DIGITS || text.contains(' ')) {
            self.raw.insert(text.to_owned());
        }
        if !text.is_empty() {
            self.hashed.insert(text.as_bytes().to_vec());
            self.hashed.insert(canonical::to_vec(text).unwrap());
        }
    }

    fn add(&mut self, value: &Value) {
        match value {
            Value::Null | Value::Bool(_) => return,
            Value::Number(_) => {}
            Value::String(text) => self.add_text(text),
            Value::Array(items) => items.iter().for_each(|item| self.add(item)),
            Value::Object(members) => {
                members.values().for_each(|item| self.add(item));
            }
        }
        let is_empty = value.as_array().is_some_and(Vec::is_empty);
        if !is_empty {
            self.hashed.insert(canonical::to_vec(value).unwrap());
        }
    }

    /// The plain hashes of all of them.
    pub(super) fn digests(&self) -> impl Iterator<Item = Digest> {
        self.hashed.iter().map(|bytes| Digest::of(bytes))
    }
}

/// The values and hashes, ready to be looked for.
pub(super) struct Probes {
    written: Search,
    /// As written only: in base64 they would be short enough to occur by chance.
    short: HashSet<[u8; SHORTEST]>,
    hashes: HashSet<[u8; 32]>,
}

impl Probes {
    pub(super) fn of(values: &Values) -> Self {
        let all = || values.raw.iter().chain(&values.names);
        let short = all().filter_map(|text| text.as_bytes().try_into().ok()).collect();
        let mut written: BTreeSet<String> = all().filter(|text| text.len() > SHORTEST).cloned().collect();
        written.extend(values.digests().flat_map(|digest| spellings(&digest)));
        let hashes = values.digests().map(|digest| *digest.bytes()).collect();
        Self { written: Search::for_all(&written), short, hashes }
    }

    /// The values that stand in `bytes` as written: to say which, once something was found.
    pub(super) fn named(values: &Values, bytes: &[u8]) -> Vec<String> {
        let within = |text: &&String| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        values.raw.iter().chain(&values.names).filter(within).cloned().collect()
    }

    /// Whether any of them stands in `bytes`, as text or, a hash, as bytes.
    pub(super) fn are_in(&self, bytes: &[u8]) -> bool {
        let hashed = |window: &[u8]| <[u8; 32]>::try_from(window).is_ok_and(|one| self.hashes.contains(&one));
        let short =
            |window: &[u8]| <[u8; SHORTEST]>::try_from(window).is_ok_and(|one| self.short.contains(&one));
        self.written.finds_in(bytes) || bytes.windows(SHORTEST).any(short) || bytes.windows(32).any(hashed)
    }
}

/// How a hash may be written.
pub(super) fn spellings(digest: &Digest) -> [String; 4] {
    let bytes = digest.bytes();
    let hexadecimal = hex::encode(bytes);
    let padded = STANDARD.encode(bytes);
    [
        hexadecimal.to_uppercase(),
        hexadecimal,
        padded.trim_end_matches('=').to_owned(),
        URL_SAFE_NO_PAD.encode(bytes),
    ]
}
