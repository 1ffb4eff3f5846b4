//! How each string that can leave the node is let out: by its type, by a grant, or through the engine.
//!
//! Every claim of a lead and every string of a wire type is listed here with its door. A new one fails the test
//! until someone has said what it is, so that no free text escapes.
#![cfg(test)]

use std::collections::BTreeSet;
use std::path::Path;

use guitu::domain::claim::{Claim, Door};

const GRANTED: &[&str] = &["names", "id_number", "phones", "parents", "shelter.address"];

/// A person typed them: the engine when they are saved, the scan at every dispatch.
const FREE_TEXT: &[&str] = &["case_number.alias", "narrative.masked"];

/// Everything else of a lead: a code, a number, a date, a place, a plate, the number of a case.
const TYPED: &[&str] = &[
    "sex",
    "birth.band",
    "birth.age",
    "birth.year",
    "birth.month",
    "birth.date",
    "ethnicity.han",
    "ethnicity",
    "nationality.cn",
    "nationality",
    "place.household.province",
    "place.household.prefecture",
    "place.household.county",
    "place.lost.province",
    "place.lost.prefecture",
    "place.lost.county",
    "place.found.province",
    "place.found.prefecture",
    "place.found.county",
    "time.lost.month",
    "time.lost.day",
    "time.lost.hour",
    "shelter.type",
    "height",
    "accent",
    "marks",
    "clothing",
    "plate",
    "photo",
    "means.coarse",
    "means",
    "exploitation.flag",
    "exploitation",
    "needs.flag",
    "needs.escort",
    "dna_status",
    "case_number",
    "priority",
    "purpose",
    "legal_basis",
    "minor",
    "cross_border",
    "interview_done",
    "source_unit",
    "handling_unit",
    "review_by",
    "expires_at",
    "hukou_hold",
];

#[test]
fn every_claim_of_a_lead_has_its_door() {
    let mut listed = BTreeSet::new();
    for (door, claims) in [(Door::Granted, GRANTED), (Door::FreeText, FREE_TEXT), (Door::Typed, TYPED)] {
        for name in claims {
            assert!(listed.insert(*name), "{name} is listed twice");
            assert_eq!(name.parse::<Claim>().unwrap().door(), door, "{name}");
        }
    }
    assert_eq!(listed, Claim::ALL.iter().map(|claim| claim.code()).collect());
}

/// What a string of a wire type is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    /// A signed or canonical text of ours, of listed fields itself.
    Signed,
    /// A key, a certificate, a URL, an epoch or a random reference.
    Technical,
    /// A code of a closed list, checked by whoever reads it.
    Code,
    /// A name that a person typed: through the engine when it is saved.
    Named,
    /// The name that an operator gave the node itself.
    OwnName,
}

use Holds::{Code, Named, OwnName, Signed, Technical};

/// Every string of a type of `exchange` or of terms that can be written to the wire: type, member, what it holds.
const STRINGS: &[(&str, &str, Holds)] = &[
    ("Announcement", "descriptors", Signed),
    ("AnswerForm", "reason", Code),
    ("Batch", "checkpoint", Signed),
    ("Batch", "header", Signed),
    ("CoreEntry", "log_origin", Technical),
    ("Descriptor", "cosigner_key", Technical),
    ("Descriptor", "log_key", Technical),
    ("Descriptor", "name", OwnName),
    ("Descriptor", "peer_url", Technical),
    ("Descriptor", "tls_ca", Technical),
    ("Item", "person_refs", Technical),
    ("Item", "statement", Signed),
    ("Party", "government", Named),
    ("Party", "office", Named),
    ("Position", "checkpoint", Signed),
    ("Position", "your_earlier_head", Signed),
    ("Position", "your_head", Signed),
    ("Profile", "id", Named),
    ("ProfileText", "id", Named),
    ("Receipt", "header", Signed),
    ("ReceiptBody", "checkpoint", Signed),
    ("ReceiptBody", "cosignature", Signed),
    ("SignedLead", "disclosures", Signed),
    ("SignedLead", "jws", Signed),
    ("Taken", "cosignature", Signed),
];

/// The strings of the serialisable types in a source text: type and member.
fn strings(source: &str) -> Vec<(String, String)> {
    let (mut found, mut written, mut inside) = (Vec::new(), false, None);
    for line in source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().lines() {
        let line = line.trim();
        if line.starts_with("#[derive(") {
            written = line.contains("Serialize");
        } else if let Some(name) = declared(line) {
            inside = written.then(|| name.to_owned());
            written = false;
        } else if line == "}" {
            inside = None;
        } else if let Some(name) = &inside
            && let Some((member, kind)) = line.split_once(": ")
            && kind.contains("String")
            && !line.starts_with(['/', '#'])
        {
            let member = member.trim_start_matches("pub ").trim_start_matches("pub(super) ");
            found.push((name.clone(), member.to_owned()));
        }
    }
    found
}

fn declared(line: &str) -> Option<&str> {
    let rest = line.split_once("struct ").or_else(|| line.split_once("enum "))?;
    let name = rest.1.split(|c: char| !c.is_alphanumeric()).next()?;
    (rest.0.is_empty() || rest.0.starts_with("pub")).then_some(name)
}

fn sources(folder: &Path, into: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|end| end == "rs") {
            into.push(std::fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_string_of_a_wire_type_is_listed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut texts = Vec::new();
    for folder in ["exchange", "domain/agreement", "domain/profile"] {
        sources(&root.join(folder), &mut texts);
    }
    let found: BTreeSet<(String, String)> = texts.iter().flat_map(|text| strings(text)).collect();
    let owned = |(name, member, _): &(&str, &str, Holds)| ((*name).to_owned(), (*member).to_owned());
    assert_eq!(found, STRINGS.iter().map(owned).collect());
    let named = STRINGS.iter().filter(|(.., holds)| *holds == Named).count();
    assert_eq!(named, 4, "a name that a person typed goes through `judge_names`: add it there");
}

#[test]
fn a_new_string_is_seen() {
    let source = "#[derive(Clone, Serialize)]\npub struct Note {\n    /// A: String.\n    pub text: Option<String>,\n}\n\
                  pub struct Inside {\n    pub text: String,\n}";
    assert_eq!(strings(source), [("Note".to_owned(), "text".to_owned())]);
}
