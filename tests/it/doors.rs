//! How each string that can leave the node is let out: by its type, by a grant, or through the engine.
//!
//! Every claim of a lead and every string of a wire type is listed here with its door. A new one fails the test
//! until someone has said what it is, so that no free text escapes.
#![cfg(test)]

mod wire;

use std::collections::BTreeSet;

use guitu::domain::claim::{Claim, Door};
use guitu::redaction::narrative::OutgoingText;

use crate::architecture::source::{Source, sources};

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
    /// A key, a certificate, a URL, an epoch, a place in a file, a pseudonym or a random reference.
    Technical,
    /// A code of a closed list, checked by whoever reads it.
    Code,
    /// A name that a person typed: through the engine when it is saved.
    Named,
    /// The name that an operator gave the node itself.
    OwnName,
    /// What the engine made of a text.
    Judged,
    /// Of the raw lead, sealed at rest: leaves as a claim only, by the list above.
    Raw,
}

use Holds::{Code, Judged, Named, OwnName, Raw, Signed, Technical};

/// Every string of a serialisable type from `domain` to `audit`: type, member, what it holds.
const STRINGS: &[(&str, &str, Holds)] = &[
    ("About", "log_origin", Technical),
    ("Announcement", "descriptors", Signed),
    ("AnswerForm", "reason", Code),
    ("Batch", "checkpoint", Signed),
    ("Batch", "header", Signed),
    ("CoreEntry", "log_origin", Technical),
    ("Cosignature", "line", Signed),
    ("Counts", "entries", Code),
    ("Described", "text", Raw),
    ("Descriptor", "cosigner_key", Technical),
    ("Descriptor", "log_key", Technical),
    ("Descriptor", "name", OwnName),
    ("Descriptor", "peer_url", Technical),
    ("Descriptor", "tls_ca", Technical),
    ("EarlierEpoch", "fingerprint", Technical),
    ("Finding", "place", Technical),
    ("Fingerprint", "fingerprint", Technical),
    ("Foreign", "0", Signed),
    ("Incomplete", "actor", Technical),
    ("Incomplete", "code", Code),
    ("Item", "header", Signed),
    ("Item", "person_refs", Technical),
    ("Item", "statement", Signed),
    ("KeyRecord", "kid", Technical),
    ("Lead", "case_alias", Raw),
    ("Lead", "case_number", Raw),
    ("Lead", "narrative", Raw),
    ("Lead", "plate", Raw),
    ("Lead", "remarks", Raw),
    ("OutgoingText", "text", Judged),
    ("Party", "government", Named),
    ("Party", "office", Named),
    ("PeerHead", "note", Signed),
    ("Person", "dna_reference", Raw),
    ("Person", "ethnicity", Raw),
    ("Person", "id_number", Raw),
    ("Person", "languages", Raw),
    ("Person", "names", Raw),
    ("Person", "nationality", Raw),
    ("Person", "phones", Raw),
    ("Placed", "log_origin", Technical),
    ("Plain", "actor", Technical),
    ("Plain", "code", Code),
    ("Plain", "log_origin", Technical),
    ("Position", "checkpoint", Signed),
    ("Position", "your_earlier_head", Signed),
    ("Position", "your_head", Signed),
    ("Profile", "id", Named),
    ("ProfileText", "id", Named),
    ("Receipt", "body", Signed),
    ("Receipt", "header", Signed),
    ("ReceiptBody", "checkpoint", Signed),
    ("ReceiptBody", "cosignature", Signed),
    ("ReceiptRecord", "body", Signed),
    ("ReceiptRecord", "header", Signed),
    ("Relative", "id_number", Raw),
    ("Relative", "name", Raw),
    ("Relative", "phone", Raw),
    ("Report", "disclosed", Code),
    ("Report", "kid", Technical),
    ("Report", "log_origin", Technical),
    ("Report", "typ", Code),
    ("Reporter", "name", Raw),
    ("Reporter", "phone", Raw),
    ("Shelter", "address", Raw),
    ("SignedLead", "disclosures", Signed),
    ("SignedLead", "jws", Signed),
    ("Taken", "cosignature", Signed),
    ("Traffic", "kind", Code),
    ("TrustedNode", "fingerprint", Technical),
    ("TrustedNode", "name", OwnName),
];

#[test]
fn every_string_of_a_wire_type_is_listed() {
    let all = ["audit", "domain", "exchange", "redaction", "statement", "tlog"];
    let sources = all.iter().flat_map(|room| sources(&format!("src/{room}")));
    let found: BTreeSet<(String, String)> =
        sources.filter(|source| !is_test(source)).flat_map(|source| wire::strings(&source.tokens)).collect();
    let owned = |(name, member, _): &(&str, &str, Holds)| ((*name).to_owned(), (*member).to_owned());
    let listed: BTreeSet<(String, String)> = STRINGS.iter().map(owned).collect();
    let missing: Vec<_> = found.difference(&listed).collect();
    assert!(missing.is_empty(), "what a person types stands in a record as `OutgoingText`: {missing:?}");
    assert_eq!(listed.difference(&found).collect::<Vec<_>>(), Vec::<&(String, String)>::new());
    let named = STRINGS.iter().filter(|(.., holds)| *holds == Named).count();
    assert_eq!(named, 4, "the names that went before there was `OutgoingText`; there are no more of them");
}

fn is_test(source: &Source) -> bool {
    source.path.ends_with("tests.rs") || source.path.contains("/tests/") || source.path.contains("sample")
}

trait AmbiguousIf<Marker> {
    fn holds() {}
}
struct Readable;
struct Printable;
struct Empty;
struct Typed;
impl<T: ?Sized> AmbiguousIf<()> for T {}
impl<T: for<'de> serde::Deserialize<'de>> AmbiguousIf<Readable> for T {}
impl<T: std::fmt::Debug> AmbiguousIf<Printable> for T {}
impl<T: Default> AmbiguousIf<Empty> for T {}
impl<T: From<String>> AmbiguousIf<Typed> for T {}

/// Does not compile if a text can be made an outgoing one by anything but the engine.
#[test]
fn only_the_engine_makes_an_outgoing_text() {
    <OutgoingText as AmbiguousIf<_>>::holds();
}
