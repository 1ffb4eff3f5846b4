//! Judging a lead: what its statement shows by itself, and what the receiver's state says to it.
//!
//! Invariant: reading rests on the message and the sender's keys alone, so it may happen before it is the message's
//! turn; whatever rests on agreements and on what is held is judged after it.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

use super::{Held, LAST_VERSION, ReceivedLead, Record, View, known_agreement, refusal_code, statement_code};
use crate::clock::Timestamp;
use crate::domain::access::{Received, admissible};
use crate::domain::agreement::{Agreement, Role};
use crate::domain::claim::Claim;
use crate::domain::digest::Digest;
use crate::domain::lead::codes::{Classification, LeadKind};
use crate::domain::node::NodeId;
use crate::exchange::inbox::{Content, OpenedItem};
use crate::exchange::message::{Header, Kind};
use crate::exchange::problem::ItemCode;
use crate::exchange::schema;
use crate::statement::keys::KeySet;
use crate::statement::{StatementError, canonical, jws, sd_jwt};

/// Most person references beside one statement.
const MAX_PERSON_REFS: usize = 8;

/// What the statement of a message shows by itself; nothing if it is no lead. Holds case data: no `Debug`.
#[derive(Default)]
pub struct Read(Option<Result<Statement, ItemCode>>);

/// A lead whose signature and form hold.
struct Statement {
    owner: NodeId,
    sub: Uuid,
    ver: u32,
    kind: LeadKind,
    classification: Classification,
    digest: Digest,
    claims: BTreeMap<Claim, Value>,
    /// Whether each claim has its shape, and none is a genotype.
    schema: Result<(), ItemCode>,
}

impl Read {
    /// Reads the message under the sender's keys, first received at `at`.
    pub fn of(item: &OpenedItem, keys: &KeySet, at: Timestamp) -> Self {
        match &item.content {
            Content::Statement(statement, refs) if item.header.kind.known() == Some(&Kind::Lead) => {
                Self(Some(read(&item.header, statement, refs, keys, at)))
            }
            _ => Self(None),
        }
    }

    /// The lead that it names, if its statement holds; whoever reads no lead is told nothing.
    pub fn lead(&self) -> Option<Option<Uuid>> {
        self.0.as_ref().map(|read| read.as_ref().ok().map(|statement| statement.sub))
    }
}

fn read(
    header: &Header,
    statement: &str,
    person_refs: &[String],
    keys: &KeySet,
    at: Timestamp,
) -> Result<Statement, ItemCode> {
    let verified = sd_jwt::verify(statement, jws::typ::LEAD, keys, at).map_err(lead_code)?;
    let plain = verified.plain;
    if plain.iss != header.from {
        return Err(ItemCode::ForeignIssuer);
    }
    if plain.ver >= LAST_VERSION {
        return Err(ItemCode::Schema);
    }
    let claims = named(verified.claims)?;
    if verified.statement_digest != header.statement_digest || !claims.keys().eq(header.disclosed.iter()) {
        return Err(ItemCode::StatementMismatch);
    }
    check_person_refs(header, person_refs)?;
    Ok(Statement {
        owner: plain.iss,
        sub: plain.sub,
        ver: plain.ver,
        kind: plain.kind.parse().map_err(|_| ItemCode::Schema)?,
        classification: plain.classification.parse().map_err(|_| ItemCode::Schema)?,
        digest: verified.statement_digest,
        schema: schema::check(&claims),
        claims,
    })
}

pub(super) fn judge(item: &OpenedItem, read: Read, view: &mut View) -> Result<Record, ItemCode> {
    let (Some(read), Content::Statement(presentation, person_refs)) = (read.0, &item.content) else {
        return Err(ItemCode::KeyUnknown);
    };
    let lead = read?;
    let (agreement, roles) = check_basis(&item.header, &lead, view)?;
    lead.schema?;
    if view.withdrawn.get(&lead.sub).is_some_and(|below| lead.ver < *below) {
        return Err(ItemCode::Withdrawn);
    }
    let next = Held { ver: lead.ver, statement: Some(lead.digest) };
    view.held.get(&lead.sub).map_or(Ok(()), |held| held.check_next(next))?;
    view.held.insert(lead.sub, next);
    view.carry(agreement.terms().id, agreement.key());
    view.hold(lead.sub, &roles, lead.claims.keys().copied());
    let terms = agreement.terms();
    Ok(Record::Lead(ReceivedLead {
        sub: lead.sub,
        ver: lead.ver,
        statement: lead.digest,
        kind: lead.kind,
        presentation: presentation.clone(),
        person_refs: person_refs.clone(),
        roles,
        claims: lead.claims,
        under: (terms.id, agreement.key()),
        retention_days: terms.retention_days,
    }))
}

/// The claims by their closed names; an unknown name is no claim of a lead.
fn named(claims: BTreeMap<String, Value>) -> Result<BTreeMap<Claim, Value>, ItemCode> {
    let claims = claims.into_iter();
    claims.map(|(name, value)| Ok((name.parse().map_err(|_| ItemCode::Schema)?, value))).collect()
}

fn check_person_refs(header: &Header, refs: &[String]) -> Result<(), ItemCode> {
    let shaped = |text: &String| {
        text.len() == 22 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    if refs.len() > MAX_PERSON_REFS || !refs.iter().all(shaped) {
        return Err(ItemCode::Schema);
    }
    let digest = if refs.is_empty() { None } else { canonical::digest(refs).ok() };
    if digest == header.person_refs_digest { Ok(()) } else { Err(ItemCode::StatementMismatch) }
}

/// The agreement and the roles under which a lead may be kept.
fn check_basis(header: &Header, lead: &Statement, view: &View) -> Result<(Agreement, Vec<Role>), ItemCode> {
    let purpose = header.purpose.ok_or(ItemCode::WrongBasis)?;
    let (agreement, roles) = known_agreement(header, view)?;
    admissible(&Received {
        owner: lead.owner,
        sender: view.peer,
        recipient: view.me,
        agreement: &agreement,
        carried: view.carried.get(&agreement.terms().id).copied(),
        already: view.already.get(&lead.sub),
        roles,
        disclosed: &lead.claims,
        purpose,
        kind: lead.kind,
        classification: lead.classification,
        active_alert: false,
        now: view.now,
    })
    .map_err(refusal_code)?;
    Ok((agreement, roles.to_vec()))
}

/// A lead that another node signed is refused as such; only the owner sends its case record.
fn lead_code(error: StatementError) -> ItemCode {
    use crate::statement::keys::KeyError;
    match error {
        StatementError::IssuerMismatch | StatementError::Key(KeyError::NotOfIssuer) => {
            ItemCode::ForeignIssuer
        }
        other => statement_code(other),
    }
}
