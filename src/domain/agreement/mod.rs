//! Cooperation agreements (合作协议): what was signed, by whom, and whether it is in force.
//!
//! Knows terms, parties and dates; must not know leads, keys or formats: signatures are verified
//! and terms canonicalised above. Invariant: an [`Agreement`] holds terms that pass their check,
//! and is in force only when every party has countersigned and its dates say so.

mod check;
mod state;
mod terms;

#[cfg(test)]
pub(in crate::domain) mod samples {
    //! Agreements for the tests of the room.
    pub(in crate::domain) use super::state::tests::signed;
    pub(in crate::domain) use super::terms::tests::terms;
}

pub use self::check::{TermsError, TermsFault};
pub use self::state::{Agreement, CountersignRefused, NotCovered, NotInForce, State};
pub use self::terms::{Party, Terms};

codes! {
    /// What a party is to the cases of an agreement.
    pub enum Role {
        Origin = "origin" "拐出地",
        Transit = "transit" "中转地",
        Destination = "destination" "拐入地",
        Upper = "upper" "上级",
    }
}
