//! What use cases answer: the shapes that the office API shows. Owners' officers see raw values of
//! their own leads; of received leads there is only what was disclosed.

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::domain::access::Closed;
use crate::domain::claim::Claim;
use crate::domain::lead::Lead;
use crate::domain::lead::status::{RecipientStatus, Status};
use crate::domain::node::NodeId;
use crate::exchange::receipt::CoreEntry;
use crate::redaction::narrative::Kind;

/// An own lead.
#[derive(Serialize)]
pub struct LeadView {
    /// The internal id, for this API only.
    pub id: Uuid,
    /// The public id.
    pub sub: Uuid,
    /// The version; the `ETag`.
    pub version: u32,
    /// Where it stands.
    pub status: Status,
    /// The raw record.
    pub lead: Lead,
    /// What was made of its narrative; none if it has none.
    pub masking: Option<MaskingView>,
    /// Who holds it, and what they answered.
    pub recipients: Vec<RecipientView>,
}

/// How a lead's narrative stands, in numbers.
#[derive(Serialize)]
pub struct MaskingView {
    /// Masks.
    pub masks: usize,
    /// Doubtful stretches that stay until an officer masks them.
    pub doubts: usize,
    /// Lifts that wait for a second officer.
    pub waiting: usize,
    /// Corrections of the text before that found no place in this one.
    pub dropped: usize,
    /// What holds the lead back until somebody corrects it.
    pub held: Option<HeldView>,
}

/// An identifier that is left in a text, without its value.
#[derive(Serialize)]
pub struct HeldView {
    /// The claim that would tell it.
    pub claim: Claim,
    /// The code point in the claim's text.
    pub offset: usize,
    /// What it is.
    pub kind: Kind,
}

/// One recipient of an own lead.
#[derive(Serialize)]
pub struct RecipientView {
    /// The recipient.
    pub node: NodeId,
    /// The agreement under which it was shared last.
    pub agreement: Uuid,
    /// The version sent last.
    pub version: u32,
    /// What the recipient answered last.
    pub status: RecipientStatus,
    /// The claims it was given.
    pub claims: Vec<Claim>,
}

/// One page of a list, with the cursor of the next.
#[derive(Serialize)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Give this as `after` for the next page; none: this was the last for now.
    pub next: Option<i64>,
}

/// One row of the list of own leads: codes only.
#[derive(Serialize)]
pub struct LeadRow {
    /// The internal id, for this API only.
    pub id: Uuid,
    /// The public id.
    pub sub: Uuid,
    /// The version.
    pub version: u32,
    /// Where it stands.
    pub status: Status,
    /// What it is about.
    pub kind: crate::domain::lead::codes::LeadKind,
    /// How fast it wants an answer.
    pub priority: crate::domain::lead::codes::Priority,
}

/// A received lead: exactly what was disclosed.
#[derive(Serialize)]
pub struct ReceivedView {
    /// The public id.
    pub sub: Uuid,
    /// The version.
    pub version: u32,
    /// The owner.
    pub owner: NodeId,
    /// What it is about.
    pub kind: String,
    /// Where it stands here.
    pub status: RecipientStatus,
    /// The disclosed claims: field, precision and value.
    pub claims: Vec<ClaimView>,
    /// The names of the claims that exist and were not disclosed.
    pub closed: Vec<Claim>,
    /// The person's random references, ours alone.
    pub person_refs: Vec<String>,
    /// The index of the entry in our log that settled it.
    pub leaf: i64,
    /// Whether its owner's key was compromised when it came: ask the owner before acting on it.
    pub disputed: bool,
    /// Whether this node was restored since, and has not heard all again from the owner, who may have taken it back.
    pub unheard: bool,
}

/// A disclosed claim.
#[derive(Serialize)]
pub struct ClaimView {
    /// Its name.
    pub claim: Claim,
    /// The Chinese label.
    pub label: &'static str,
    /// The precision, as a word after the last dot of the name, if it has one.
    pub precision: Option<&'static str>,
    /// Its value.
    pub value: Value,
}

/// What one recipient would see of an own lead, claim by claim.
#[derive(Serialize)]
pub struct PreviewView {
    /// The recipient.
    pub node: NodeId,
    /// The agreement.
    pub agreement: Uuid,
    /// Why it would get nothing, as a code; none: it would get the open claims.
    pub refused: Option<&'static str>,
    /// The roles that the lead's places give it.
    pub roles: Vec<crate::domain::agreement::Role>,
    /// Whether, to this recipient, it would look like no other approved lead: a warning.
    pub alone: bool,
    /// What the narrative that it would get tells of closed claims: a warning.
    pub tells: Vec<PreviewTold>,
    /// Every claim; none if it would get nothing.
    pub claims: Vec<PreviewClaim>,
}

/// A closed claim that the narrative tells all the same.
#[derive(Serialize)]
pub struct PreviewTold {
    /// Its name.
    pub claim: Claim,
    /// The Chinese label.
    pub label: &'static str,
    /// Where in the masked narrative, in code points.
    pub at: usize,
}

/// One claim in a preview.
#[derive(Serialize)]
pub struct PreviewClaim {
    /// Its name.
    pub claim: Claim,
    /// The Chinese label.
    pub label: &'static str,
    /// Its value, if it is disclosed.
    pub value: Option<Value>,
    /// Why it is closed.
    pub closed: Option<Closed>,
}

/// What became of one message that carried a lead.
#[derive(Serialize)]
pub struct ReceiptView {
    /// The recipient.
    pub node: NodeId,
    /// The lane.
    pub lane: String,
    /// The number in the lane.
    pub seq: u64,
    /// The exchange digest, the same in both logs.
    pub x: String,
    /// `waiting`, `stored`, `void`, or `refused:CODE`.
    pub state: String,
    /// The receiver's own log entry, once its receipt is here.
    pub receipt: Option<CoreEntry>,
}

/// An agreement as this node knows it.
#[derive(Serialize)]
pub struct AgreementView {
    /// The agreement.
    pub id: Uuid,
    /// Its version.
    pub version: u32,
    /// The digest of its canonical terms.
    pub digest: crate::domain::digest::Digest,
    /// Where it stands now.
    pub state: &'static str,
    /// Who has countersigned.
    pub countersigned: Vec<NodeId>,
    /// What was agreed.
    pub terms: crate::domain::agreement::Terms,
}

/// One entry of the log, for the auditor.
#[derive(Serialize)]
pub struct EntryView {
    /// Its index.
    pub leaf: i64,
    /// The entry.
    pub entry: Value,
}
