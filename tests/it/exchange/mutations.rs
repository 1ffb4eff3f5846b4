//! Random changes to the bytes of a batch: no panic, and nothing stored that the sender did not say.

use guitu::exchange::judge::{Verdict, judge};
use proptest::prelude::*;
use proptest::sample::Index;

use super::batches::Wire;
use super::sender::{content, view};

/// What the receiver stores of these bytes, by number; nothing if the batch is refused.
fn stored(wire: &Wire, bytes: &[u8]) -> Vec<(u64, String)> {
    let Ok((batch, settled)) = wire.taken(bytes) else { return Vec::new() };
    let mut view = view();
    let fresh = batch.items.iter().skip(settled);
    fresh
        .filter_map(|item| match judge(item, &mut view) {
            Verdict::Stored(record) => Some((item.header.seq, content(&record))),
            Verdict::Void(_) | Verdict::Refused(_) => None,
        })
        .collect()
}

#[derive(Clone, Debug)]
enum Change {
    Byte(Index, u8),
    Drop(Index, usize),
    Repeat(Index, Index, usize),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Byte(at, with) => {
                let at = at.index(bytes.len());
                bytes[at] = *with;
            }
            Self::Drop(at, length) => {
                let at = at.index(bytes.len());
                bytes.drain(at..(at + length).min(bytes.len()));
            }
            Self::Repeat(from, to, length) => {
                let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
                let piece = bytes[from..(from + length).min(bytes.len())].to_vec();
                bytes.splice(to..to, piece);
            }
        }
    }
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => (any::<Index>(), prop_oneof![32_u8..127, any::<u8>()]).prop_map(|(at, with)| Change::Byte(at, with)),
        1 => (any::<Index>(), 1_usize..400).prop_map(|(at, length)| Change::Drop(at, length)),
        1 => (any::<Index>(), any::<Index>(), 1_usize..400).prop_map(|(from, to, length)| Change::Repeat(from, to, length)),
    ]
}

#[test]
fn the_untouched_batch_is_stored() {
    let wire = Wire::new(3, 5, 2);
    assert_eq!(stored(&wire, &wire.bytes()).len(), 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn changed_bytes_store_nothing_else(changes in prop::collection::vec(change(), 1..4)) {
        let wire = Wire::new(3, 5, 2);
        let bytes = wire.bytes();
        let whole = stored(&wire, &bytes);
        let mut changed = bytes;
        for change in &changes {
            change.apply(&mut changed);
        }
        for record in stored(&wire, &changed) {
            prop_assert!(whole.contains(&record));
        }
    }

    #[test]
    fn disclosures_of_one_message_do_not_pass_for_another(from in 0_usize..3, to in 0_usize..3, part in 1_usize..4) {
        let wire = Wire::new(3, 5, 2);
        let mut batch: serde_json::Value = serde_json::from_slice(&wire.bytes()).unwrap();
        let taken = batch["items"][from]["statement"].as_str().unwrap().split('~').nth(part).unwrap().to_owned();
        let mut statement = batch["items"][to]["statement"].as_str().unwrap().to_owned();
        statement.push_str(&(taken + "~"));
        batch["items"][to]["statement"] = statement.into();
        let kept = stored(&wire, &serde_json::to_vec(&batch).unwrap());
        prop_assert!(kept.iter().all(|(seq, _)| *seq != 3 + to as u64));
    }
}
