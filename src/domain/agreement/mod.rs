//! Cooperation agreements (合作协议): what was signed, by whom, and whether it is in force.
//!
//! Knows terms, parties and dates; must not know leads, keys or formats: signatures are verified
//! and terms canonicalised above. Invariant: an [`Agreement`] holds terms that pass their check, comes
//! from a [`Dossier`] only, and lets something travel only when every party has signed, its dates
//! say so, and no party has suspended or terminated it.

mod acts;
mod check;
mod dossier;
mod ending;
mod fault;
mod filing;
mod intake;
mod page;
mod said;
mod state;
mod statistics;
mod terms;

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;

pub use self::check::{MAX_PARTIES, TermsError, TermsFault};
pub use self::dossier::Dossier;
pub use self::ending::{Deadlines, Holding, PurgeState, purge_list};
pub use self::fault::StepFault;
pub use self::filing::{FILING_DAYS, Filing, FilingAnswer, FilingFault, FilingState, ReturnReason};
pub use self::intake::{Admission, MOST_OF_A_SIGNER};
pub use self::page::page;
pub use self::said::{Act, Draft, Said, Signed, VersionKey};
pub use self::state::{Agreement, NotCovered, NotInForce, Standing, State};
pub use self::statistics::{
    KindCounts, MOST_MONTHS, Month, MonthsFault, NotAMonth, SMALLEST, Statistics, StatisticsFault, statistics,
};
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
