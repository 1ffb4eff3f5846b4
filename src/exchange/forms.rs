//! The plain-JWS statements (wire §1): agreement, countersignature, status, coded answer, withdrawal, purge
//! receipt. They hold no field about a person; `tests/it/forms.rs` lists their fields.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::domain::agreement::{Act, Terms};
use crate::domain::date::CivilDate;
use crate::domain::digest::Digest;
use crate::domain::lead::status::{RecipientStatus, WithdrawReason};
use crate::domain::node::NodeId;
use crate::domain::purge::PurgeCause;

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

/// An owner takes back what it shared (撤回). Honoured even if what it names never came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithdrawalForm {
    /// The owner.
    pub iss: NodeId,
    /// The day it was signed, seconds.
    pub iat: i64,
    /// The lead.
    pub sub: Uuid,
    /// Versions under this number are withdrawn, from 2; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<u32>,
    /// Why.
    pub reason: WithdrawReason,
    /// The last day on which the purge receipt is due.
    pub deadline: CivilDate,
}

/// A recipient says that what it held is destroyed (清除回执).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PurgeReceiptForm {
    /// The recipient.
    pub iss: NodeId,
    /// The day it was signed, seconds.
    pub iat: i64,
    /// The lead.
    pub sub: Uuid,
    /// Versions under this number are gone, from 2; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<u32>,
    /// Why they went.
    pub cause: PurgeCause,
    /// When the live data went, milliseconds.
    pub live_erased_at: Timestamp,
    /// By when no copy of the key store holds their keys, milliseconds.
    pub copies_gone_by: Timestamp,
}

/// `iat` of a statement: the start of the day in China, seconds (order comes from the version).
pub fn day(now: Timestamp) -> i64 {
    CivilDate::of(now).start().seconds()
}
