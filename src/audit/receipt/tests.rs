//! Receipts that say in their signed header what their body does not.

use super::*;
use crate::audit::entry::EntryType;
use crate::audit::samples::{Log, Party, header, message, noon, receipt};
use crate::exchange::message::GENESIS;
use crate::exchange::receipt::Outcome;

/// A receipt of the second node for three messages of the first, with the header or body changed and signed again.
fn opened(
    header_change: impl FnOnce(&mut ReceiptHeader),
    body_change: impl FnOnce(&mut String),
) -> Result<(), ReceiptError> {
    let (own, peer) = (Party::new("530900", 10), Party::new("500000", 20));
    let mut theirs = Log::new(&peer);
    let (mut prev, mut sent, mut cores) = (GENESIS, Vec::new(), Vec::new());
    for seq in 1..=3 {
        let header = header(&own, &peer, seq, prev);
        let entry = theirs.push(EntryType::Received, message(&header, Some(Outcome::Stored)));
        cores.push(entry.core().unwrap());
        let (text, x) = header.seal().unwrap();
        prev = x;
        sent.push((seq, x, text));
    }
    let record = receipt(&own, &peer, cores, &theirs);
    let mut body = record.body;
    body_change(&mut body);
    let claimed = jws::claimed_payload(&record.header).unwrap();
    let mut header: ReceiptHeader = serde_json::from_value(claimed).unwrap();
    header.body = Digest::of(body.as_bytes());
    header_change(&mut header);
    let header = jws::sign(&peer.signing, jws::typ::RECEIPT, &header).unwrap();
    let messages: Vec<_> =
        sent.iter().map(|(seq, x, header)| SentMessage { seq: *seq, x: *x, header }).collect();
    let sent = Batch { from: own.id, to: peer.id, lane: Lane::Urgent, epoch: own.epoch, messages: &messages };
    let keys = peer.descriptor().key_set().unwrap();
    let keys = ReceiverKeys { signing: &keys, log: peer.log.verifier() };
    let received = Received { header: &header, body: &body, at: noon() };
    check(received, keys, &sent).map(drop)
}

#[test]
fn what_was_sent_is_receipted() {
    assert_eq!(opened(|_| {}, |_| {}), Ok(()));
    assert_eq!(opened(|_| {}, |body| body.push_str("  \n")), Ok(()));
}

#[test]
fn a_header_about_other_messages_than_its_body_is_refused() {
    let changes: [fn(&mut ReceiptHeader); 6] = [
        |header| header.last = (1 << 53) - 1,
        |header| header.last = 2,
        |header| header.first = 0,
        |header| header.lane = Lane::Normal,
        |header| header.to = "510000".parse().unwrap(),
        |header| header.epoch.counter += 1,
    ];
    for change in changes {
        assert_eq!(opened(change, |_| {}), Err(ReceiptError::OtherMessages));
    }
}

#[test]
fn a_padded_receipt_is_refused() {
    let padded = opened(|_| {}, |body| body.push_str(&" ".repeat(LONGEST.0)));
    assert_eq!(padded, Err(ReceiptError::Malformed));
}

#[test]
fn the_quick_reader_and_the_derived_one_say_the_same_of_every_mangled_body() {
    let mut text = String::new();
    opened(|_| {}, |body| text.clone_from(body)).unwrap();
    let derived = |text: &str| serde_json::from_str::<ReceiptBody>(text).ok();
    assert!(body::quickly(&text).is_some() && body::quickly(&text) == derived(&text));
    for (at, char) in text.char_indices() {
        let (before, after) = (&text[..at], &text[at + char.len_utf8()..]);
        for other in ["", "0", "a", "\"", "\\", ",", "{", " "] {
            let mangled = [before, other, after].concat();
            assert!(body::read(&mangled) == derived(&mangled), "{mangled}");
        }
    }
    let doubled = text.replacen(",\"settled\"", ",\"entries\":[],\"settled\"", 1);
    assert!(doubled != text && body::read(&doubled).is_none());
}
