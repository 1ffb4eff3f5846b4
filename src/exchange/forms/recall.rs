//! The forms that call data back, and that say that they are gone.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::domain::date::CivilDate;
use crate::domain::lead::status::WithdrawReason;
use crate::domain::node::NodeId;
use crate::domain::purge::PurgeCause;

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
