//! The bodies that only this API knows. No `Debug`: they hold what officers type.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::schema::{digest, listed, region, uuid};
use crate::domain::agreement::Act;
use crate::domain::claim::Claim;
use crate::domain::digest::Digest;
use crate::domain::lead::status::{RecipientStatus, ReturnReason, WithdrawReason};
use crate::domain::node::NodeId;
use crate::domain::unit::Duty;

/// A log-in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LogIn {
    /// The log-in name.
    #[schema(max_length = 64)]
    pub user: String,
    /// The password.
    #[schema(max_length = 128)]
    pub password: String,
}

/// A session of 15 minutes.
#[derive(Serialize, ToSchema)]
pub(super) struct Session {
    /// The bearer token.
    pub token: String,
    /// When it ends, RFC 3339.
    pub expires_at: String,
    /// What the officer may do.
    #[schema(schema_with = duties)]
    pub duties: Vec<Duty>,
}

/// Why a lead goes back to its drafter.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SendBack {
    /// The reason.
    #[schema(schema_with = return_reason)]
    pub reason: ReturnReason,
}

/// With whom a lead is shared.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Share {
    /// The agreement in force that it rests on.
    #[schema(schema_with = uuid)]
    pub agreement: Uuid,
    /// The recipients; left out: every party that has a role in the lead.
    #[schema(schema_with = recipients)]
    #[serde(default)]
    pub recipients: Option<Vec<NodeId>>,
}

/// What a party says about an agreement as a whole.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeAgreement {
    /// What it says.
    #[schema(schema_with = act)]
    pub act: Act,
}

/// Why a lead is taken back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Withdraw {
    /// The reason.
    #[schema(schema_with = withdraw_reason)]
    pub reason: WithdrawReason,
}

/// What one recipient keeps of a lead.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Narrow {
    /// The recipient.
    #[schema(schema_with = region)]
    pub recipient: NodeId,
    /// The claims that it keeps: some, and not all, of those that it has.
    #[schema(schema_with = claims)]
    pub keep: Vec<Claim>,
    /// The reason.
    #[schema(schema_with = withdraw_reason)]
    pub reason: WithdrawReason,
}

/// An answer to a lead received.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    /// The answer.
    #[schema(schema_with = answer)]
    pub answer: RecipientStatus,
    /// Why, as a code: of the reasons to decline, or of the outcomes of a conclusion.
    #[schema(max_length = 64)]
    #[serde(default)]
    pub reason: Option<String>,
}

/// Which text is countersigned.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Countersign {
    /// The version that the officer read.
    #[schema(minimum = 1)]
    pub version: u32,
    /// The digest of the terms that the officer read.
    #[schema(schema_with = digest)]
    pub digest: Digest,
}

type Schema = utoipa::openapi::RefOr<utoipa::openapi::Schema>;

fn duties() -> Schema {
    crate::api::schema::list(listed!(Duty))
}

fn act() -> Schema {
    listed!(Act)
}

fn return_reason() -> Schema {
    listed!(ReturnReason)
}

fn withdraw_reason() -> Schema {
    listed!(WithdrawReason)
}

fn claims() -> Schema {
    crate::api::schema::bounded(listed!(Claim), Claim::ALL.len())
}

fn recipients() -> Schema {
    crate::api::schema::or_null(crate::api::schema::bounded(region(), 32))
}

fn answer() -> Schema {
    listed!(RecipientStatus)
}
