//! `GET /peer/v1/position`: how two nodes find each other's place after an outage or a restore.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::chain::ChainEnd;
use super::message::Lane;
use crate::domain::digest::Digest;

/// Most records of one page.
pub const MAX_RECORDS: usize = 500;

/// Both lanes of one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Lanes {
    /// The urgent lane.
    pub urgent: ChainEnd,
    /// The normal lane.
    pub normal: ChainEnd,
}

impl Lanes {
    /// The chain of a lane.
    pub const fn of(&self, lane: Lane) -> ChainEnd {
        match lane {
            Lane::Urgent => self.urgent,
            Lane::Normal => self.normal,
        }
    }
}

/// What the answering node has settled from the caller, and what it has sequenced for the caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// From the caller to the answering node: settled.
    pub received: Lanes,
    /// From the answering node to the caller: sequenced.
    pub sequenced: Lanes,
    /// The answering node's time, milliseconds since the epoch: the caller measures the skew.
    pub now: i64,
    /// The answering node's newest signed checkpoint (C2SP tlog-checkpoint), if it has one and knows that its log is
    /// whole.
    pub checkpoint: Option<String>,
    /// The newest checkpoint of the caller's log that the answering node followed it to, as the caller signed it.
    #[serde(default)]
    pub your_head: Option<String>,
    /// The same among those of at most `size` entries: whether what the caller has is the beginning of that log.
    #[serde(default)]
    pub your_earlier_head: Option<String>,
    /// The highest counter of the caller's epochs that the answering node knows of; 0 for none.
    #[serde(default)]
    pub your_counter: u32,
}

impl Position {
    /// The heads of the caller's log that the answering node holds.
    pub fn your_heads(&self) -> impl Iterator<Item = &str> {
        [&self.your_head, &self.your_earlier_head].into_iter().flatten().map(String::as_str)
    }
}

/// A record of the caller that the answering node holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HeldRecord {
    /// Its public id.
    #[schema(value_type = String)]
    pub sub: Uuid,
    /// The highest version held; none: the caller took it back, and it is gone.
    pub ver: Option<u32>,
    /// The digest of that version's statement, without its disclosures.
    #[schema(value_type = Option<String>)]
    pub digest: Option<Digest>,
    /// The caller took versions under this number back; 4294967295: all.
    pub below: Option<u32>,
}

/// A page of `GET /peer/v1/position/records`, by public id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HeldRecords {
    /// At most [`MAX_RECORDS`].
    pub items: Vec<HeldRecord>,
    /// Where the next page begins; none: this was the last.
    #[schema(value_type = Option<String>)]
    pub next: Option<Uuid>,
}

impl HeldRecords {
    /// Whether the page may follow `after`: every id is higher than the one before, and the next page begins behind the
    /// last.
    pub fn follows(&self, after: Uuid) -> bool {
        let mut last = after;
        let ascends = self.items.iter().all(|item| std::mem::replace(&mut last, item.sub) < item.sub);
        let is_last = |next: Uuid| self.items.last().is_some_and(|item| item.sub == next);
        ascends && self.items.len() <= MAX_RECORDS && self.next.is_none_or(is_last)
    }
}

/// The body of `POST /peer/v1/hello`, and of its answer: where whoever says it stands in what the other one sends. A node
/// that was restored stands before what it settled once; it is sent again from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// From the other node to this one: settled.
    pub received: Lanes,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn page(subs: &[u128], next: Option<u128>) -> HeldRecords {
        let item =
            |sub: &u128| HeldRecord { sub: Uuid::from_u128(*sub), ver: Some(1), digest: None, below: None };
        HeldRecords { items: subs.iter().map(item).collect(), next: next.map(Uuid::from_u128) }
    }

    #[test]
    fn a_page_leads_on_or_ends() {
        let after = Uuid::from_u128(5);
        for (page, follows) in [
            (page(&[], None), true),
            (page(&[6, 9], None), true),
            (page(&[6, 9], Some(9)), true),
            (page(&[], Some(9)), false),
            (page(&[6, 9], Some(10)), false),
            (page(&[6, 9], Some(6)), false),
            (page(&[5, 9], Some(9)), false),
            (page(&[9, 6], None), false),
            (page(&[6, 6], None), false),
        ] {
            assert_eq!(page.follows(after), follows, "{page:?}");
        }
        let many: Vec<u128> = (6..).take(MAX_RECORDS + 1).collect();
        assert!(!page(&many, None).follows(after));
    }

    proptest! {
        #[test]
        fn pages_of_anything_end(subs in prop::collection::btree_set(1..u128::MAX, 0..40), size in 1..9_usize) {
            let subs: Vec<u128> = subs.into_iter().collect();
            let mut after = Uuid::nil();
            for chunk in subs.chunks(size) {
                let page = page(chunk, chunk.last().copied());
                prop_assert!(page.follows(after) && !page.follows(Uuid::max()));
                after = page.next.unwrap();
            }
        }
    }
}
