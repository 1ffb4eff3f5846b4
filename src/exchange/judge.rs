//! Judging one message: stored, void, or refused with a code (wire §3, "checks in order"). Withdrawals and
//! purge receipts are judged in `recall`.
//!
//! Order: statement signature and key → basis → disclosed ⊆ allowed → schema, genotype. The judge
//! sees only what [`View`] shows, and tells it what later messages of the same batch may rest on.

mod recall;

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;
use uuid::Uuid;

use super::forms::{AgreementForm, AnswerForm, CountersignatureForm, PurgeReceiptForm, WithdrawalForm};
use super::inbox::{Content, OpenedItem};
use super::message::{Basis, Header, Kind};
use super::problem::ItemCode;
use super::schema;
use crate::clock::Timestamp;
use crate::domain::access::{Received, Refusal, admissible};
use crate::domain::agreement::{Agreement, Terms};
use crate::domain::claim::Claim;
use crate::domain::digest::Digest;
use crate::domain::lead::codes::{Classification, LeadKind};
use crate::domain::lead::status::{DeclineReason, Outcome, RecipientStatus};
use crate::domain::node::NodeId;
use crate::statement::keys::KeySet;
use crate::statement::{StatementError, canonical, jws, sd_jwt};

/// Most person references beside one statement.
const MAX_PERSON_REFS: usize = 8;

/// What the receiver knows that a judgement rests on.
pub struct View {
    /// The receiving node.
    pub me: NodeId,
    /// The sender.
    pub peer: NodeId,
    /// The receiver's own clock.
    pub now: Timestamp,
    /// The keys of every registered node.
    pub keys: HashMap<NodeId, KeySet>,
    /// The agreements that the messages name, as far as they are known.
    pub agreements: HashMap<(Uuid, u32), Agreement>,
    /// The highest version held of each lead that the messages bring, with its owner.
    pub held: HashMap<Uuid, (NodeId, u32)>,
    /// What the sender took back of its leads: versions under that number are refused.
    pub withdrawn: HashMap<Uuid, u32>,
    /// Our leads that were shared with the sender: the version it got, and what it answered last.
    pub shared: HashMap<Uuid, (u32, RecipientStatus)>,
}

/// What becomes of a message.
pub enum Verdict {
    /// It is stored.
    Stored(Box<Record>),
    /// It came void.
    Void(ItemCode),
    /// It is refused; nothing of it is stored.
    Refused(ItemCode),
}

/// What a stored message brings.
pub enum Record {
    /// An agreement proposed.
    Agreement(Box<Terms>, Digest, String),
    /// A party's countersignature.
    Countersignature(CountersignatureForm, String),
    /// A lead, as presented to us.
    Lead(ReceivedLead),
    /// An officer's answer to a lead of ours.
    Answer(AnswerForm),
    /// The owner takes back what it shared.
    Withdrawal(WithdrawalForm, String),
    /// A recipient purged what we shared.
    PurgeReceipt(PurgeReceiptForm, String),
}

/// A lead as presented to us.
pub struct ReceivedLead {
    /// The public id.
    pub sub: Uuid,
    /// The version.
    pub ver: u32,
    /// What it is about.
    pub kind: LeadKind,
    /// The SD-JWT with its disclosures.
    pub presentation: String,
    /// The person's references.
    pub person_refs: Vec<String>,
    /// The claims that it discloses.
    pub claims: BTreeMap<Claim, Value>,
    /// The agreement under which it came: id and version.
    pub under: (Uuid, u32),
    /// How long that agreement lets us keep it, days.
    pub retention_days: u32,
}

/// Judges a message. Stored agreements and versions enter the view for the messages after it.
pub fn judge(item: &OpenedItem, view: &mut View) -> Verdict {
    let (statement, person_refs) = match &item.content {
        Content::Void(code) => return Verdict::Void(*code),
        Content::Statement(statement, refs) => (statement, refs),
    };
    let plain = item.header.kind != Kind::Lead;
    if plain && (!person_refs.is_empty() || item.header.person_refs_digest.is_some()) {
        return Verdict::Refused(ItemCode::Schema);
    }
    let judged = match item.header.kind {
        Kind::Agreement => judge_agreement(&item.header, statement, view),
        Kind::Countersignature => judge_countersignature(&item.header, statement, view),
        Kind::Lead => judge_lead(&item.header, statement, person_refs, view),
        Kind::Answer => judge_answer(&item.header, statement, view),
        Kind::Withdrawal => recall::withdrawal(&item.header, statement, view),
        Kind::PurgeReceipt => recall::purge_receipt(&item.header, statement, view),
    };
    match judged {
        Ok(record) => Verdict::Stored(Box::new(record)),
        Err(code) => Verdict::Refused(code),
    }
}

/// A plain statement under its own issuer's key, whoever carried it.
fn plain<T: serde::de::DeserializeOwned>(
    header: &Header,
    statement: &str,
    typ: &str,
    view: &View,
) -> Result<(T, NodeId), ItemCode> {
    let peeked = jws::peek(statement).map_err(|_| ItemCode::StatementInvalid)?;
    let keys = view.keys.get(&peeked.iss).ok_or(ItemCode::KeyUnknown)?;
    let verified = jws::verify(statement, typ, keys, view.now).map_err(statement_code)?;
    if verified.digest != header.statement_digest || !header.disclosed.is_empty() {
        return Err(ItemCode::StatementMismatch);
    }
    let form = serde_json::from_value(verified.payload).map_err(|_| ItemCode::Schema)?;
    Ok((form, verified.iss))
}

fn judge_agreement(header: &Header, statement: &str, view: &mut View) -> Result<Record, ItemCode> {
    let (form, iss) = plain::<AgreementForm>(header, statement, jws::typ::AGREEMENT, view)?;
    require_control(header)?;
    let digest = canonical::digest(&form.terms).map_err(|_| ItemCode::Schema)?;
    let (id, version) = (form.terms.id, form.terms.version);
    if form.terms.proposer != iss {
        return Err(ItemCode::ForeignIssuer);
    }
    if form.terms.parties.iter().all(|party| party.node != view.me) {
        return Err(ItemCode::NotAParty);
    }
    if let Some(known) = view.agreements.get(&(id, version)) {
        if known.digest() != digest {
            return Err(ItemCode::AgreementConflict);
        }
    } else {
        let agreement = Agreement::proposed(form.terms.clone(), digest).map_err(|_| ItemCode::Schema)?;
        let agreement = agreement.countersign(iss).map_err(|_| ItemCode::NotAParty)?;
        view.agreements.insert((id, version), agreement);
    }
    Ok(Record::Agreement(Box::new(form.terms), digest, statement.to_owned()))
}

fn judge_countersignature(header: &Header, statement: &str, view: &mut View) -> Result<Record, ItemCode> {
    let (form, iss) = plain::<CountersignatureForm>(header, statement, jws::typ::COUNTERSIGNATURE, view)?;
    require_control(header)?;
    let known =
        view.agreements.get_mut(&(form.agreement, form.version)).ok_or(ItemCode::AgreementNotYetKnown)?;
    if known.digest() != form.digest {
        return Err(ItemCode::AgreementConflict);
    }
    if known.roles_given(iss).is_none() {
        return Err(ItemCode::NotAParty);
    }
    // A signature that is there already is not an error: every chain carries the whole set.
    if let Ok(more) = known.clone().countersign(iss) {
        *known = more;
    }
    Ok(Record::Countersignature(form, statement.to_owned()))
}

fn judge_lead(
    header: &Header,
    statement: &str,
    person_refs: &[String],
    view: &mut View,
) -> Result<Record, ItemCode> {
    let keys = view.keys.get(&view.peer).ok_or(ItemCode::KeyUnknown)?;
    let verified = sd_jwt::verify(statement, jws::typ::LEAD, keys, view.now).map_err(lead_code)?;
    let plain = &verified.plain;
    if plain.iss != header.from {
        return Err(ItemCode::ForeignIssuer);
    }
    let claims = named(&verified.claims)?;
    if verified.statement_digest != header.statement_digest || !claims.keys().eq(header.disclosed.iter()) {
        return Err(ItemCode::StatementMismatch);
    }
    check_person_refs(header, person_refs)?;
    let kind: LeadKind = plain.kind.parse().map_err(|_| ItemCode::Schema)?;
    let classification = plain.classification.parse().map_err(|_| ItemCode::Schema)?;
    check_basis(header, &claims, kind, classification, view)?;
    schema::check(&claims)?;
    if view.withdrawn.get(&plain.sub).is_some_and(|below| plain.ver < *below) {
        return Err(ItemCode::Withdrawn);
    }
    match view.held.get(&plain.sub) {
        Some((owner, _)) if *owner != header.from => return Err(ItemCode::ForeignIssuer),
        Some((_, held)) if *held > plain.ver => return Err(ItemCode::StaleVersion),
        _ => view.held.insert(plain.sub, (header.from, plain.ver)),
    };
    let terms = known_agreement(header, view)?.terms();
    Ok(Record::Lead(ReceivedLead {
        sub: plain.sub,
        ver: plain.ver,
        kind,
        presentation: statement.to_owned(),
        person_refs: person_refs.to_vec(),
        claims,
        under: (terms.id, terms.version),
        retention_days: terms.retention_days,
    }))
}

fn judge_answer(header: &Header, statement: &str, view: &mut View) -> Result<Record, ItemCode> {
    let (form, iss) = plain::<AnswerForm>(header, statement, jws::typ::ANSWER, view)?;
    if iss != header.from {
        return Err(ItemCode::ForeignIssuer);
    }
    let agreement = known_agreement(header, view)?;
    let in_force = agreement.in_force(view.now, Agreement::RECEIPT_TOLERANCE_MS);
    in_force.map_err(|error| error.code().parse().unwrap_or(ItemCode::WrongBasis))?;
    let (ver, status) = view.shared.get_mut(&form.sub).ok_or(ItemCode::RecordUnknown)?;
    if !status.holds() {
        return Err(ItemCode::Withdrawn);
    }
    let version = form.ver <= *ver && form.ver > 0;
    if !version || !status.leads_to(form.answer) || !is_reasoned(form.answer, form.reason.as_deref()) {
        return Err(ItemCode::Schema);
    }
    *status = form.answer;
    Ok(Record::Answer(form))
}

/// Whether the reason is a code of the answer's closed list: a plain statement has no room for prose.
fn is_reasoned(answer: RecipientStatus, reason: Option<&str>) -> bool {
    match (answer, reason) {
        (RecipientStatus::Declined, Some(reason)) => reason.parse::<DeclineReason>().is_ok(),
        (RecipientStatus::Concluded, Some(reason)) => reason.parse::<Outcome>().is_ok(),
        (RecipientStatus::Declined | RecipientStatus::Concluded, None) | (_, Some(_)) => false,
        (_, None) => true,
    }
}

/// The claims by their closed names; an unknown name is no claim of a lead.
fn named(claims: &BTreeMap<String, Value>) -> Result<BTreeMap<Claim, Value>, ItemCode> {
    claims
        .iter()
        .map(|(name, value)| Ok((name.parse().map_err(|_| ItemCode::Schema)?, value.clone())))
        .collect()
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

fn check_basis(
    header: &Header,
    disclosed: &BTreeMap<Claim, Value>,
    kind: LeadKind,
    classification: Classification,
    view: &View,
) -> Result<(), ItemCode> {
    let (Basis::Agreement { roles, .. }, Some(purpose)) = (&header.basis, header.purpose) else {
        return Err(ItemCode::WrongBasis);
    };
    let agreement = known_agreement(header, view)?;
    admissible(&Received {
        sender: view.peer,
        recipient: view.me,
        agreement,
        roles,
        disclosed,
        purpose,
        kind,
        classification,
        active_alert: false,
        now: view.now,
    })
    .map_err(refusal_code)
}

/// The agreement that the header rests on, known here under the same digest.
fn known_agreement<'a>(header: &Header, view: &'a View) -> Result<&'a Agreement, ItemCode> {
    match header.basis {
        Basis::Agreement { .. } => cited(header, view),
        Basis::Control | Basis::Residual { .. } => Err(ItemCode::WrongBasis),
    }
}

/// The agreement that the header cites, in force or ended.
fn cited<'a>(header: &Header, view: &'a View) -> Result<&'a Agreement, ItemCode> {
    let (id, version, digest) = header.basis.agreement().ok_or(ItemCode::WrongBasis)?;
    let agreement = view.agreements.get(&(id, version)).ok_or(ItemCode::AgreementNotYetKnown)?;
    if agreement.digest() != digest {
        return Err(ItemCode::AgreementConflict);
    }
    if agreement.roles_given(view.peer).is_none() || agreement.roles_given(view.me).is_none() {
        return Err(ItemCode::NotAParty);
    }
    Ok(agreement)
}

fn require_control(header: &Header) -> Result<(), ItemCode> {
    if header.basis == Basis::Control && header.purpose.is_none() {
        Ok(())
    } else {
        Err(ItemCode::WrongBasis)
    }
}

/// The code of an access refusal.
pub fn refusal_code(refusal: Refusal) -> ItemCode {
    refusal.code().parse().unwrap_or(ItemCode::WrongBasis)
}

const fn statement_code(error: StatementError) -> ItemCode {
    match error {
        StatementError::Key(key) if key.is_retryable() => ItemCode::KeyUnknown,
        _ => ItemCode::StatementInvalid,
    }
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
