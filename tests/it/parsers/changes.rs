//! How a text is mangled: a byte, a cut, something put in, a stretch twice.

use proptest::prelude::*;

/// One change of a text.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Byte(prop::sample::Index, u8),
    Cut(prop::sample::Index, usize),
    Insert(prop::sample::Index, Vec<u8>),
    Repeat(prop::sample::Index, usize),
}

/// Any of them, at any place.
pub(super) fn change() -> impl Strategy<Value = Change> {
    let words: Vec<&[u8]> = vec![
        b"\n",
        b"\n\n",
        b" ",
        b"0",
        b"+",
        b"=",
        b"-",
        b"\"",
        b"\\",
        b"{}",
        b",",
        b"\xe2\x80\x94 ",
        b"/x",
    ];
    let word = prop::sample::select(words).prop_map(<[u8]>::to_vec);
    let at = any::<prop::sample::Index>;
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        (at(), 1..40_usize).prop_map(|(at, length)| Change::Cut(at, length)),
        (at(), prop_oneof![word, prop::collection::vec(any::<u8>(), 1..5)])
            .prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (at(), 1..60_usize).prop_map(|(at, length)| Change::Repeat(at, length)),
    ]
}

/// `bytes` with these changes, one after the other.
pub(super) fn changed(mut bytes: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        if bytes.is_empty() {
            break;
        }
        let all = bytes.len();
        let place = |at: &prop::sample::Index, length: usize| {
            let first = at.index(all);
            first..(first + length).min(all)
        };
        match change {
            Change::Byte(at, byte) => bytes[place(at, 1).start] = *byte,
            Change::Cut(at, length) => drop(bytes.drain(place(at, *length))),
            Change::Insert(at, more) => drop(bytes.splice(place(at, 0), more.iter().copied())),
            Change::Repeat(at, length) => {
                let range = place(at, *length);
                let again = bytes[range.clone()].to_vec();
                drop(bytes.splice(range.end..range.end, again));
            }
        }
    }
    bytes
}
