//! The plain-JWS statements (wire §1): agreement, countersignature, status, filing and its answer, statistics,
//! coded answer, withdrawal, purge receipt. They hold no field about a person; `tests/it/forms.rs` lists their fields.

mod filing;
mod recall;

pub use self::filing::{FilingAnswerForm, FilingForm, StatisticsForm};
pub use self::recall::{PurgeReceiptForm, WithdrawalForm};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::domain::agreement::{Act, Terms};
use crate::domain::date::CivilDate;
use crate::domain::digest::Digest;
use crate::domain::lead::status::RecipientStatus;
use crate::domain::node::NodeId;

/// An agreement as its proposer signs it; the proposer's signature counts as his countersignature.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgreementForm {
    /// The proposer.
    pub iss: NodeId,
    /// The day it was signed, seconds.
    pub iat: i64,
    /// What is agreed.
    pub terms: Terms,
}

/// One party's signature under the terms with that digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountersignatureForm {
    /// The party.
    pub iss: NodeId,
    /// The day it was signed, seconds.
    pub iat: i64,
    /// The agreement.
    pub agreement: Uuid,
    /// Its version.
    pub version: u32,
    /// The digest of its canonical terms.
    pub digest: Digest,
}

/// One party's word about an agreement as a whole (中止, 恢复, 终止, 确认终止).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgreementStatusForm {
    /// The party.
    pub iss: NodeId,
    /// The day it was signed, seconds.
    pub iat: i64,
    /// The agreement.
    pub agreement: Uuid,
    /// Its number among the party's own, from 1.
    pub number: u32,
    /// What it says.
    pub act: Act,
}

/// An officer's answer to a lead received (签收, 受理, 不予受理, 核查, 比中 …).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerForm {
    /// The node that answers.
    pub iss: NodeId,
    /// The day it was signed, seconds.
    pub iat: i64,
    /// The lead that it answers.
    pub sub: Uuid,
    /// The version of the lead that it answers.
    pub ver: u32,
    /// The answer.
    pub answer: RecipientStatus,
    /// Why, as a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// `iat` of a statement: the start of the day in China, seconds (order comes from the version).
pub fn day(now: Timestamp) -> i64 {
    CivilDate::of(now).start().seconds()
}
