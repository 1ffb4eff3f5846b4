//! The bodies that only this API knows. No `Debug`: they hold what officers type.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::schema::{digest, listed, month, region, uuid};
use crate::domain::agreement::{Act, MAX_PARTIES, Month, ReturnReason as FilingReturnReason};
use crate::domain::claim::Claim;
use crate::domain::digest::Digest;
use crate::domain::lead::status::{RecipientStatus, ReturnReason, WithdrawReason};
use crate::domain::node::NodeId;
use crate::domain::unit::Duty;
use crate::node::agree::Proposal;
use crate::node::offer::Chosen;

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

/// With whom an agreement is filed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FileAgreement {
    /// The upper node that the officer has in mind; left out: whichever it is.
    #[schema(schema_with = node)]
    #[serde(default)]
    pub upper: Option<NodeId>,
}

/// Why a filing is returned.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReturnFiling {
    /// The reason.
    #[schema(schema_with = filing_return_reason)]
    pub reason: FilingReturnReason,
}

/// Of which months statistics are told.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TellStatistics {
    /// The first month.
    #[schema(schema_with = month)]
    pub from: Month,
    /// The last month, which is over; at most 60 months in all.
    #[schema(schema_with = month)]
    pub until: Month,
}

/// What an approver shares of what was offered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ShareOffered {
    /// The digest of the terms under which it was offered.
    #[schema(schema_with = digest)]
    pub digest: Digest,
    /// Lead, version, recipient and claims of each, as offered.
    #[schema(schema_with = chosen)]
    pub offers: Vec<Chosen>,
}

/// A draft of an agreement.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DraftAgreement {
    /// The agreement that it amends; left out: none, it begins one.
    #[schema(schema_with = agreement)]
    #[serde(default)]
    pub amends: Option<Uuid>,
    /// What would be proposed.
    #[schema(schema_with = proposal)]
    pub proposal: Proposal,
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

fn filing_return_reason() -> Schema {
    listed!(FilingReturnReason)
}

fn node() -> Schema {
    crate::api::schema::or_null(region())
}

fn agreement() -> Schema {
    crate::api::schema::or_null(uuid())
}

fn proposal() -> Schema {
    crate::api::schema::named("Proposal")
}

fn chosen() -> Schema {
    let one = crate::api::schema::Fields::of("A lead that was offered.")
        .must("lead", uuid())
        .must("version", crate::api::schema::integer(1, u32::MAX.into()))
        .must("recipient", region())
        .must("claims", claims());
    crate::api::schema::bounded(one, 500)
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
    crate::api::schema::or_null(crate::api::schema::bounded(region(), MAX_PARTIES))
}

fn answer() -> Schema {
    listed!(RecipientStatus)
}
