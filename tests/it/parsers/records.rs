//! What a bundle's files hold, and what nodes sign: entries, receipts, descriptors, keys, statements, any JSON.

use guitu::audit::bundle::records::{self, About, Cosignature, PeerHead, Policy, ReceiptRecord};
use guitu::audit::entry::Entry;
use guitu::audit::glance::Glance;
use guitu::audit::terms::{Term, terms};
use guitu::exchange::descriptor::Descriptor;
use guitu::exchange::receipt::{ReceiptBody, ReceiptHeader};
use guitu::statement::keys::KeySet;
use guitu::statement::report::report;
use guitu::statement::{canonical, jws};

use super::samples::SAMPLES;
use super::{parse, parse_text};
use crate::harness::two_logs::noon;

fn record<T: serde::Serialize + serde::de::DeserializeOwned>(bytes: &[u8]) -> bool {
    let Some(read) = records::open::<T>(bytes) else { return false };
    assert_eq!(canonical::to_vec(&read).unwrap(), bytes);
    true
}

#[test]
fn abouts() {
    parse(&SAMPLES.abouts, record::<About>);
}

#[test]
fn policies() {
    parse(&SAMPLES.policies, record::<Policy>);
}

#[test]
fn cosignatures() {
    parse(&SAMPLES.cosignatures, record::<Cosignature>);
}

#[test]
fn heads_of_peers() {
    parse(&SAMPLES.heads, record::<PeerHead>);
}

#[test]
fn records_of_receipts() {
    parse(&SAMPLES.receipts, |bytes| {
        assert_eq!(ReceiptRecord::open(bytes), records::open(bytes));
        record::<ReceiptRecord>(bytes)
    });
}

#[test]
fn bodies_of_receipts() {
    parse(&SAMPLES.receipt_bodies, |bytes| {
        let Ok(body) = serde_json::from_slice::<ReceiptBody>(bytes) else { return false };
        let written = serde_json::to_vec(&body).unwrap();
        assert_eq!(serde_json::from_slice::<ReceiptBody>(&written).unwrap(), body);
        true
    });
}

#[test]
fn headers_of_receipts() {
    parse_text(&SAMPLES.receipt_headers, |text| {
        let claimed = jws::claimed_payload(text).map(serde_json::from_value::<ReceiptHeader>);
        claimed.is_ok_and(|header| header.is_ok())
    });
}

/// What a glance refuses is no entry, and what it does not refuse is one; terms are read of every entry.
#[test]
fn entries() {
    parse(&SAMPLES.entries, |bytes| {
        let opened = Entry::open(bytes);
        assert_eq!(Glance::open(bytes).is_ok(), opened.is_ok());
        let Ok(entry) = opened else { return false };
        assert_eq!(entry.to_bytes().unwrap(), bytes);
        true
    });
}

#[test]
fn terms_of_entries() {
    parse(&SAMPLES.entries, |bytes| {
        let found = terms(bytes, SAMPLES.own.who.id);
        if let Ok(entry) = Entry::open(bytes) {
            let read = found.as_ref().unwrap();
            assert_eq!((read.at, &read.terms[0]), (entry.at, &Term::Type(entry.t)));
        }
        found.is_some()
    });
}

/// One that is read was signed as it stands: it is one of those that were signed.
fn signed(text: &str, open: impl Fn(&str) -> Option<Descriptor>) -> bool {
    let Some(said) = open(text) else { return false };
    let known = SAMPLES.descriptors.iter().map(|own| open(std::str::from_utf8(own).unwrap()).unwrap());
    assert!(known.into_iter().any(|own| own == said), "{text}");
    true
}

#[test]
fn descriptors() {
    parse_text(&SAMPLES.descriptors, |text| signed(text, |text| Descriptor::open(text, noon()).ok()));
}

#[test]
fn descriptors_as_of_their_own_day() {
    parse_text(&SAMPLES.descriptors, |text| signed(text, |text| Descriptor::open_as_issued(text).ok()));
}

#[test]
fn key_sets() {
    parse(&SAMPLES.key_sets, |bytes| {
        let Ok(set) = serde_json::from_slice::<KeySet>(bytes) else { return false };
        let written = canonical::to_vec(&set).unwrap();
        assert_eq!(serde_json::from_slice::<KeySet>(&written).unwrap(), set);
        true
    });
}

/// One that holds was signed as it stands, but for its disclosures; a descriptor is such a statement, too.
#[test]
fn statements() {
    parse_text(&SAMPLES.statements, |text| {
        if report(text, &SAMPLES.key_set, noon()).is_err() {
            return false;
        }
        let signed = |text: &[u8]| text.split(|byte| *byte == b'~').next().unwrap_or_default().to_vec();
        assert!(SAMPLES.all.iter().any(|own| signed(own) == signed(text.as_bytes())), "{text}");
        true
    });
}

/// What is read has one canonical form, which reads as the same; what the strict reader reads, the other one does.
#[test]
fn strict_json() {
    parse(&SAMPLES.json, |bytes| {
        let Ok(value) = canonical::parse_strict(bytes) else { return false };
        assert_eq!(canonical::parse_any(bytes).as_ref(), Ok(&value));
        let written = canonical::to_vec(&value).unwrap();
        assert_eq!(canonical::to_vec(&canonical::parse_any(&written).unwrap()).unwrap(), written);
        true
    });
}

#[test]
fn any_json() {
    parse(&SAMPLES.json, |bytes| {
        let Ok(value) = canonical::parse_any(bytes) else { return false };
        let written = canonical::to_vec(&value).unwrap();
        assert_eq!(canonical::to_vec(&canonical::parse_any(&written).unwrap()).unwrap(), written);
        true
    });
}
