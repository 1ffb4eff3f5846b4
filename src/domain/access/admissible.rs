//! The receiver's half of the decision: was anything disclosed that should not have been?

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Already, Refusal, Scope, Side, rows, scope};
use crate::clock::Timestamp;
use crate::domain::agreement::{Agreement, Role, VersionKey};
use crate::domain::claim::Claim;
use crate::domain::lead::codes::{Classification, LeadKind, Purpose};
use crate::domain::node::NodeId;
use crate::domain::profile::Row;
use crate::domain::region::{Level, RegionCode};

/// What a receiver looks at before it keeps a lead.
#[derive(Clone, Copy)]
pub struct Received<'a> {
    /// The node that signed the lead.
    pub owner: NodeId,
    /// The node it came from.
    pub sender: NodeId,
    /// The node that received it.
    pub recipient: NodeId,
    /// The agreement that is cited, as the receiver knows it.
    pub agreement: &'a Agreement,
    /// The highest version of the agreement under which this chain carried anything before.
    pub carried: Option<VersionKey>,
    /// What the receiver holds of this lead already, by role.
    pub already: Option<&'a Already>,
    /// The roles that the sender says the recipient has in this lead.
    pub roles: &'a [Role],
    /// The claims that were disclosed, verified under the owner's signature.
    pub disclosed: &'a BTreeMap<Claim, Value>,
    /// What the recipient may use the lead for.
    pub purpose: Purpose,
    /// What the lead is about.
    pub kind: LeadKind,
    /// Its secrecy classification.
    pub classification: Classification,
    /// Whether the receiver knows an active alert about this case.
    pub active_alert: bool,
    /// The receiver's own clock, which may differ by [`Agreement::RECEIPT_TOLERANCE_MS`].
    pub now: Timestamp,
}

/// Whether a received lead may be kept. A claim is allowed if the narrower row of the claimed roles
/// opens its ladder at least that far beside what is held already, or if it is a place inside the
/// recipient's own territory. A place must not be finer than its claim says.
pub fn admissible(received: &Received<'_>) -> Result<(), Refusal> {
    let given = scope(&Scope {
        agreement: received.agreement,
        owner: received.owner,
        sender: received.sender,
        recipient: received.recipient,
        purpose: received.purpose,
        kind: received.kind,
        classification: received.classification,
        side: Side::Receiver { carried: received.carried },
        now: received.now,
    })?;
    if received.roles.is_empty() || !received.roles.iter().all(|role| given.contains(role)) {
        return Err(Refusal::NoRole);
    }
    match received.disclosed.iter().find(|(claim, value)| !allowed(received, **claim, value)) {
        Some((claim, _)) => Err(Refusal::OverDisclosure { claim: *claim }),
        None => Ok(()),
    }
}

fn allowed(received: &Received<'_>, claim: Claim, value: &Value) -> bool {
    let Some(row) = Row::of(claim) else { return false };
    let profile = &received.agreement.terms().profile;
    let open = rows::level_beside(profile, row, received.roles, received.already, received.active_alert);
    let within = row.level(claim) <= open;
    match row.place() {
        None => within,
        Some(_) if value.is_null() => within,
        Some(_) => place_code(value).is_some_and(|code| {
            let own = received.recipient.region().contains(code);
            row.level(claim) >= Some(fineness(code)) && (within || own)
        }),
    }
}

/// The code of a place claim `{"code": …, "year": …}`.
fn place_code(value: &Value) -> Option<RegionCode> {
    value.get("code")?.as_str()?.parse().ok()
}

/// The step of a place ladder that such a code fills.
const fn fineness(code: RegionCode) -> usize {
    match code.level() {
        Level::Province => 0,
        Level::Prefecture => 1,
        Level::County => 2,
    }
}
