//! Every code of a batch, reached by breaking one rule.

use std::collections::BTreeSet;

use guitu::cli::demo::agreements::{CHONGQING, LINCANG, SHUOZHOU};
use guitu::domain::digest::Digest;
use guitu::domain::node::NodeId;
use guitu::exchange::batch::{Batch, BatchHeader, Item, MAX_BYTES, MAX_ITEMS, MAX_SKEW};
use guitu::exchange::chain::ChainEnd;
use guitu::exchange::inbox::{BatchRefusal, Content, OpenedBatch, OpenedItem, Reception, open, place};
use guitu::exchange::message::{Epoch, GENESIS, Lane};
use guitu::exchange::problem::BatchCode;
use guitu::statement::jws;
use serde_json::value::RawValue;

use super::sender::{Draft, OPEN, key, keys, now};

const EPOCH: Epoch = Epoch { counter: 1, nonce: 7 };

/// A batch before it is signed, with the signer and the receiver's situation.
pub(super) struct Wire {
    header: BatchHeader,
    items: Vec<OpenedItem>,
    signer: NodeId,
    peer: NodeId,
    me: NodeId,
    end: ChainEnd,
    settled: Vec<Digest>,
}

impl Wire {
    /// The messages `first` to `last`, where the receiver has settled `settled` of ten.
    pub(super) fn new(first: usize, last: usize, settled: usize) -> Self {
        let chain = chain(10);
        let xs: Vec<Digest> = chain.iter().map(|item| item.x).collect();
        let x = |seq: usize| seq.checked_sub(1).map_or(GENESIS, |at| xs[at]);
        let header = BatchHeader {
            iss: LINCANG,
            iat: now().seconds(),
            to: CHONGQING,
            epoch: EPOCH,
            lane: Lane::Normal,
            first: first as u64,
            last: last as u64,
            first_prev: x(first - 1),
            last_x: x(last),
            made_at: now(),
        };
        let end = ChainEnd { epoch: (settled > 0).then_some(EPOCH), seq: settled as u64, x: x(settled) };
        let items = chain.into_iter().take(last).skip(first - 1).collect();
        Self { header, items, signer: LINCANG, peer: LINCANG, me: CHONGQING, end, settled: xs }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let header = jws::sign(&key(self.signer), jws::typ::BATCH, &self.header).unwrap();
        let items = self.items.iter().map(item).collect();
        let batch = Batch { header, items, checkpoint: None, consistency: Vec::new(), your_head: None };
        serde_json::to_vec(&batch).unwrap()
    }

    /// The opened batch and how many of its messages are settled already.
    pub(super) fn taken(&self, bytes: &[u8]) -> Result<(OpenedBatch, usize), BatchRefusal> {
        let keys = keys(self.peer);
        let reception = Reception { me: self.me, peer: self.peer, keys: &keys, now: now() };
        let batch = open(bytes, reception)?;
        let known = &self.settled[..usize::try_from(self.end.seq).unwrap()];
        let settled =
            place(&batch, self.end, |seq| known.get(usize::try_from(seq).ok()?.checked_sub(1)?).copied())?;
        Ok((batch, settled))
    }

    fn code(&self) -> Result<usize, BatchCode> {
        self.taken(&self.bytes()).map(|(_, settled)| settled).map_err(|refusal| refusal.code)
    }

    /// The same messages in another text, under a fresh signature.
    fn rewritten(mut self) -> Self {
        let mut prev = self.header.first_prev;
        for item in &mut self.items {
            item.header.prev = prev;
            item.header.sequenced_at = now().plus(1);
            (item.header_text, item.x) = item.header.seal().unwrap();
            prev = item.x;
        }
        self.header.last_x = prev;
        self
    }
}

fn chain(length: u64) -> Vec<OpenedItem> {
    let mut prev = GENESIS;
    (1..=length)
        .map(|seq| {
            let ver = u32::try_from(seq).unwrap();
            let item = Draft { ver, ..Draft::new() }.open(OPEN).placed(seq, prev);
            prev = item.x;
            item
        })
        .collect()
}

fn item(opened: &OpenedItem) -> Item {
    let header = RawValue::from_string(opened.header_text.clone()).unwrap();
    match &opened.content {
        Content::Statement(text, refs) => {
            Item { header, statement: Some(text.clone()), person_refs: refs.clone(), void: None }
        }
        Content::Void(code) => Item { header, statement: None, person_refs: Vec::new(), void: Some(*code) },
    }
}

type Case = (&'static str, Wire, Result<usize, BatchCode>);

fn case(what: &'static str, change: impl FnOnce(&mut Wire), code: Result<usize, BatchCode>) -> Case {
    let mut wire = Wire::new(3, 5, 2);
    change(&mut wire);
    (what, wire, code)
}

fn skewed(what: &'static str, ms: i64, code: Result<usize, BatchCode>) -> Case {
    case(what, |wire| wire.header.made_at = now().plus(ms), code)
}

fn address_cases() -> Vec<Case> {
    vec![
        case(
            "signed by another node",
            |wire| (wire.signer, wire.header.iss) = (SHUOZHOU, SHUOZHOU),
            Err(BatchCode::SignatureInvalid),
        ),
        case("for another node", |wire| wire.header.to = SHUOZHOU, Err(BatchCode::NotForMe)),
        case("received by another node", |wire| wire.me = SHUOZHOU, Err(BatchCode::NotForMe)),
        case(
            "a message for another node",
            |wire| resealed(wire, |item| item.header.to = SHUOZHOU),
            Err(BatchCode::NotFromPeer),
        ),
        case(
            "a message of another node",
            |wire| resealed(wire, |item| item.header.from = SHUOZHOU),
            Err(BatchCode::NotFromPeer),
        ),
        skewed("five minutes ahead", MAX_SKEW, Ok(0)),
        skewed("five minutes behind", -MAX_SKEW, Ok(0)),
        skewed("more than five minutes ahead", MAX_SKEW + 1, Err(BatchCode::ClockSkew)),
        skewed("more than five minutes behind", -MAX_SKEW - 1, Err(BatchCode::ClockSkew)),
        skewed("at the end of time", 1 << 52, Err(BatchCode::ClockSkew)),
    ]
}

fn resealed(wire: &mut Wire, change: impl FnOnce(&mut OpenedItem)) {
    let item = &mut wire.items[0];
    change(item);
    (item.header_text, item.x) = item.header.seal().unwrap();
}

fn chain_cases() -> Vec<Case> {
    let second = Epoch { counter: 2, nonce: 1 };
    let other = Epoch { counter: 1, nonce: 8 };
    vec![
        case("no messages", |wire| wire.items.clear(), Err(BatchCode::Malformed)),
        case("a message missing inside", |wire| drop(wire.items.remove(1)), Err(BatchCode::Gap)),
        case("two messages swapped", |wire| wire.items.swap(0, 1), Err(BatchCode::Gap)),
        case("the last message missing", |wire| drop(wire.items.pop()), Err(BatchCode::ChainBroken)),
        case(
            "a message of the other lane",
            |wire| resealed(wire, |item| item.header.lane = Lane::Urgent),
            Err(BatchCode::Gap),
        ),
        case(
            "a message of another epoch",
            |wire| resealed(wire, |item| item.header.epoch = other),
            Err(BatchCode::Gap),
        ),
        case(
            "another message before",
            |wire| resealed(wire, |item| item.header.prev = GENESIS),
            Err(BatchCode::ChainBroken),
        ),
        case("another last digest", |wire| wire.header.last_x = GENESIS, Err(BatchCode::ChainBroken)),
        case("another last number", |wire| wire.header.last = 6, Err(BatchCode::ChainBroken)),
        case(
            "the receiver stands elsewhere",
            |wire| wire.end.x = Digest::of(b"x"),
            Err(BatchCode::ChainBroken),
        ),
        case(
            "another epoch of the same count",
            |wire| wire.end.epoch = Some(other),
            Err(BatchCode::EpochUnknown),
        ),
        case("an older epoch", |wire| wire.end.epoch = Some(second), Err(BatchCode::EpochUnknown)),
        ("a later number than expected", Wire::new(4, 5, 2), Err(BatchCode::Gap)),
        ("all settled before", Wire::new(1, 2, 4), Ok(2)),
        ("half settled before", Wire::new(2, 5, 3), Ok(2)),
        ("the very first", Wire::new(1, 3, 0), Ok(0)),
        ("other content under settled numbers", Wire::new(1, 4, 2).rewritten(), Err(BatchCode::Equivocation)),
    ]
}

#[test]
fn each_broken_rule_has_its_code() {
    let mut seen = BTreeSet::new();
    for (what, wire, code) in address_cases().into_iter().chain(chain_cases()) {
        assert_eq!(wire.code(), code, "{what}");
        seen.extend(code.err());
    }
    // The first is the caller's: standing is checked before the body is read. The second has its test below. The third
    // is said to a peer that fetches.
    seen.extend([BatchCode::PeerNotActive, BatchCode::TooLarge, BatchCode::PositionUnknown]);
    assert_eq!(seen, BatchCode::ALL.iter().copied().collect());
}

#[test]
fn a_batch_from_another_peer_is_not_relayed() {
    let wire = Wire::new(3, 5, 2);
    let keys = keys(LINCANG);
    let reception = Reception { me: CHONGQING, peer: SHUOZHOU, keys: &keys, now: now() };
    assert_eq!(open(&wire.bytes(), reception).err(), Some(BatchCode::NotFromPeer.into()));
}

#[test]
fn sizes_are_bounded() {
    let mut wire = Wire::new(1, 1, 0);
    let too_long = vec![b' '; MAX_BYTES + 1];
    assert_eq!(wire.taken(&too_long).err(), Some(BatchCode::TooLarge.into()));
    let mut bytes = wire.bytes();
    bytes.resize(MAX_BYTES, b' ');
    assert!(wire.taken(&bytes).is_ok());
    wire.items = (0..=MAX_ITEMS).map(|_| chain(1).remove(0)).collect();
    assert_eq!(wire.code(), Err(BatchCode::TooLarge));
}

#[test]
fn a_refusal_says_where_the_receiver_stands() {
    let wire = Wire::new(4, 5, 2);
    assert_eq!(wire.taken(&wire.bytes()).err().unwrap().expected, Some(wire.end));
}

#[test]
fn a_restored_sender_opens_a_new_epoch_at_the_end_we_hold() {
    let restored = |counter, end: ChainEnd| {
        let mut wire = Wire::new(1, 2, 3);
        let opened = Epoch { counter, nonce: 9 };
        (wire.end, wire.header.epoch, wire.header.first_prev) = (end, opened, end.x);
        wire.items.iter_mut().for_each(|item| item.header.epoch = opened);
        wire.rewritten()
    };
    let end = Wire::new(4, 5, 3).end;
    assert_eq!(restored(2, end).code(), Ok(0));
    assert_eq!(restored(1, end).code(), Err(BatchCode::EpochUnknown));
    let mut elsewhere = restored(2, ChainEnd { x: Digest::of(b"lost"), ..end });
    elsewhere.end = end;
    assert_eq!(elsewhere.code(), Err(BatchCode::ChainBroken));
}
