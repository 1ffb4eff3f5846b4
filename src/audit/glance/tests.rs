//! The quick reader and the full one say the same of every entry, honest or mangled.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::audit::entry::Incomplete;
use crate::audit::samples::{Party, header, message, noon};
use crate::exchange::message::{Basis, GENESIS};
use crate::exchange::problem::ItemCode;

fn entry(t: EntryType, body: Incomplete) -> Entry {
    Entry { t, at: noon(), leaf: 7, log_origin: Party::new("530900", 10).origin(), body }
}

fn basis() -> impl Strategy<Value = Basis> {
    let (id, digest) = (Uuid::from_u128(9), Digest::of(b"terms"));
    let roles = prop::collection::vec(prop::sample::select(Role::ALL), 0..3);
    prop_oneof![
        Just(Basis::Control),
        (any::<u32>(), roles).prop_map(move |(version, roles)| Basis::Agreement {
            id,
            version,
            digest,
            roles
        }),
        any::<u32>().prop_map(move |version| Basis::Residual { id, version, digest }),
    ]
}

fn outcome() -> impl Strategy<Value = Option<Outcome>> {
    let refused = prop::sample::select(ItemCode::ALL).prop_map(Outcome::Refused);
    prop::option::of(prop_oneof![Just(Outcome::Stored), Just(Outcome::Void), refused])
}

prop_compose! {
    fn message_entry()(
        basis in basis(), result in outcome(), seq in 1..1_u64 << 40, kind in prop::sample::select(Kind::ALL),
        disclosed in prop::collection::vec(prop::sample::select(Claim::ALL), 0..6),
        purpose in prop::option::of(prop::sample::select(Purpose::ALL)), refs: Option<[u8; 32]>,
        t in prop::sample::select(EntryType::ALL),
    ) -> Entry {
        let mut head = header(&Party::new("530900", 10), &Party::new("500000", 20), seq, GENESIS);
        (head.basis, head.kind, head.disclosed) = (basis.into(), kind.into(), disclosed);
        (head.purpose, head.person_refs_digest) = (purpose, refs.map(Digest));
        entry(t, message(&head, result))
    }
}

prop_compose! {
    fn other_entry()(
        t in prop::sample::select(EntryType::ALL), actor in prop::option::of("[a-zA-Z0-9_-]{22}"),
        code in prop::option::of("\\PC{0,12}"), numbers: [Option<u32>; 4], digest: Option<[u8; 32]>,
        purpose in prop::option::of(prop::sample::select(Purpose::ALL)), peer: bool, lane: bool,
    ) -> Entry {
        let [count, first, last, size] = numbers.map(|number| number.map(u64::from));
        let digest = digest.map(Digest);
        let party = Party::new("500000", 20);
        let (peer, epoch) = (peer.then_some(party.id), peer.then_some(party.epoch));
        let lane = lane.then_some(Lane::Normal);
        entry(t, Incomplete {
            actor, code, count, digest, epoch, first, lane, last, peer, purpose, reference: digest, size, x: digest,
            ..Incomplete::default()
        })
    }
}

/// What both readers say; they must agree.
fn both(bytes: &[u8]) -> Result<Glance<'_>, EntryError> {
    let (quick, slow) = (Glance::quickly(bytes), Glance::slowly(bytes));
    if let Some(quick) = quick {
        assert_eq!(Ok(&quick), slow.as_ref(), "{}", String::from_utf8_lossy(bytes));
    }
    slow
}

/// Texts that a careless reader of canonical JSON would take.
const PIECES: [&str; 16] = [
    " ",
    "0",
    "-",
    ".0",
    "1e3",
    "\\u0061",
    "\\\"",
    "\"",
    "null",
    "{}",
    "[]",
    ",",
    "\u{7f}",
    "é",
    "\"leaf\":7,",
    "00",
];

proptest! {
    #[test]
    fn both_readers_agree_on_messages(entry in message_entry()) {
        let bytes = entry.to_bytes().unwrap();
        prop_assert_eq!(both(&bytes).is_ok(), Entry::open(&bytes).is_ok());
        prop_assert!(Glance::quickly(&bytes).is_some(), "the common form is read quickly");
        let glance = both(&bytes).unwrap();
        let (start, length) = glance.message.as_ref().unwrap().place;
        let header = entry.body.header.unwrap().seal().unwrap().0;
        prop_assert_eq!(&bytes[start..start + length], header.as_bytes());
    }

    #[test]
    fn both_readers_agree_on_other_entries(entry in other_entry()) {
        let bytes = entry.to_bytes().unwrap();
        let said = both(&bytes);
        prop_assert_eq!(said.is_ok(), Entry::open(&bytes).is_ok());
        let plain = entry.body.code.iter().all(|code| !code.contains(['"', '\\']));
        prop_assert_eq!(Glance::quickly(&bytes).is_some(), plain && !entry.t.is_message());
    }

    #[test]
    fn both_readers_agree_on_mangled_entries(
        message in message_entry(), other in other_entry(), which: bool, at: prop::sample::Index,
        byte: u8, piece in prop::sample::select(&PIECES[..]), cut in 0..4_usize, kind in 0..3,
    ) {
        let mut bytes = if which { message } else { other }.to_bytes().unwrap();
        let at = at.index(bytes.len());
        match kind {
            0 => bytes[at] = byte,
            1 => drop(bytes.splice(at..(at + cut).min(bytes.len()), piece.bytes())),
            _ => drop(bytes.drain(at..(at + cut + 1).min(bytes.len()))),
        }
        prop_assert_eq!(both(&bytes).is_ok(), Entry::open(&bytes).is_ok());
    }

    #[test]
    fn both_readers_survive_anything(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(both(&bytes).is_err());
    }
}
