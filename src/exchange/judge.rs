//! Judging one message: stored, void, or refused with a code (wire §3, "checks in order"). Statements
//! about agreements are judged in `agreement`, filings and statistics in `filing`, withdrawals and purge receipts
//! in `recall`.
//!
//! Order: statement signature and key → basis → disclosed ⊆ allowed → schema, genotype. The judge
//! sees only what [`View`] shows, and tells it what later messages of the same batch may rest on.

mod agreement;
mod filing;
mod lead;
mod recall;
mod view;

pub use self::lead::Read;
pub use self::view::{Held, Hierarchy, View};

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

use super::agreement::{AgreementStatement, typ_of};
use super::forms::{
    AnswerForm, FilingAnswerForm, FilingForm, PurgeReceiptForm, StatisticsForm, WithdrawalForm,
};
use super::inbox::{Content as Sent, OpenedItem};
use super::message::{Basis, Header, Kind};
use super::problem::ItemCode;
use crate::domain::access::{BasisKind, Content, Errand, Refusal, Side, passes};
use crate::domain::agreement::{Agreement, Role, VersionKey};
use crate::domain::claim::Claim;
use crate::domain::digest::Digest;
use crate::domain::lead::codes::LeadKind;
use crate::domain::lead::status::{DeclineReason, Outcome, RecipientStatus};
use crate::domain::node::NodeId;
use crate::statement::keys::KeyError;
use crate::statement::{StatementError, jws};

/// Versions stay below it: a withdrawal names the versions under a number.
const LAST_VERSION: u32 = u32::MAX - 1;

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
    /// A statement about an agreement.
    Agreement(Box<AgreementStatement>),
    /// A statement about an agreement that is kept already, whichever signature it came under.
    Repeated,
    /// A lead, as presented to us.
    Lead(ReceivedLead),
    /// An officer's answer to a lead of ours.
    Answer(AnswerForm),
    /// The owner takes back what it shared.
    Withdrawal(WithdrawalForm, String),
    /// A recipient purged what we shared.
    PurgeReceipt(PurgeReceiptForm, String),
    /// A party files an agreement with us.
    Filing(FilingForm, String),
    /// Our upper node answers a filing.
    FilingAnswer(FilingAnswerForm, String),
    /// A node below us tells what it gave.
    Statistics(StatisticsForm, String),
}

/// A lead as presented to us.
pub struct ReceivedLead {
    /// The public id.
    pub sub: Uuid,
    /// The version.
    pub ver: u32,
    /// The digest of its statement, without the disclosures.
    pub statement: Digest,
    /// What it is about.
    pub kind: LeadKind,
    /// The SD-JWT with its disclosures.
    pub presentation: String,
    /// The person's references.
    pub person_refs: Vec<String>,
    /// The roles under which it was disclosed.
    pub roles: Vec<Role>,
    /// The claims that it discloses.
    pub claims: BTreeMap<Claim, Value>,
    /// The agreement under which it came, and its version.
    pub under: (Uuid, VersionKey),
    /// How long that agreement lets us keep it, days.
    pub retention_days: u32,
}

/// Judges a message. Stored agreements and versions enter the view for the messages after it.
pub fn judge(item: &OpenedItem, view: &mut View) -> Verdict {
    let read = view.keys.get(&view.peer).map(|keys| Read::of(item, keys, view.now)).unwrap_or_default();
    judge_read(item, read, view)
}

/// Judges a message whose statement was read before, under the keys of the sender that the view has.
pub fn judge_read(item: &OpenedItem, read: Read, view: &mut View) -> Verdict {
    let (statement, person_refs) = match &item.content {
        Sent::Void(code) => return Verdict::Void(*code),
        Sent::Statement(statement, refs) => (statement, refs),
    };
    let Some((kind, _)) = item.header.known() else { return Verdict::Refused(ItemCode::UnknownKind) };
    // Signatures of an agreement go on every chain; whatever can be called back has its one lane.
    let anywhere = matches!(kind, Kind::Agreement | Kind::Countersignature | Kind::AgreementStatus);
    if !anywhere && item.header.lane != kind.lane() {
        return Verdict::Refused(ItemCode::Schema);
    }
    let plain = kind != Kind::Lead;
    if plain && (!person_refs.is_empty() || item.header.person_refs_digest.is_some()) {
        return Verdict::Refused(ItemCode::Schema);
    }
    let judged = match kind {
        Kind::Agreement | Kind::Countersignature | Kind::AgreementStatus => {
            agreement::step(&item.header, kind, statement, view)
        }
        Kind::Lead => lead::judge(item, read, view),
        Kind::Answer => judge_answer(&item.header, statement, view),
        Kind::Withdrawal => recall::withdrawal(&item.header, statement, view),
        Kind::PurgeReceipt => recall::purge_receipt(&item.header, statement, view),
        Kind::Filing => filing::filing(&item.header, statement, view),
        Kind::FilingAnswer => filing::answer(&item.header, statement, view),
        Kind::Statistics => filing::statistics(&item.header, statement, view),
    };
    match judged {
        Ok(record) => Verdict::Stored(Box::new(record)),
        Err(code) => Verdict::Refused(code),
    }
}

/// A plain statement under its own issuer's key, whoever carried it.
fn plain<T: serde::de::DeserializeOwned>(
    header: &Header,
    kind: Kind,
    statement: &str,
    view: &View,
) -> Result<(T, NodeId), ItemCode> {
    let peeked = jws::peek(statement).map_err(|_| ItemCode::StatementInvalid)?;
    let keys = view.keys.get(&peeked.iss).ok_or(ItemCode::KeyUnknown)?;
    let verified = jws::verify(statement, typ_of(kind), keys, view.now).map_err(statement_code)?;
    if verified.digest != header.statement_digest || !header.disclosed.is_empty() {
        return Err(ItemCode::StatementMismatch);
    }
    let form = serde_json::from_value(verified.payload).map_err(|_| ItemCode::Schema)?;
    Ok((form, verified.iss))
}

fn judge_answer(header: &Header, statement: &str, view: &mut View) -> Result<Record, ItemCode> {
    let (form, iss): (AnswerForm, _) = plain(header, Kind::Answer, statement, view)?;
    if iss != header.from {
        return Err(ItemCode::ForeignIssuer);
    }
    let (agreement, _) = known_agreement(header, view)?;
    passes(&Errand {
        sender: view.peer,
        recipient: view.me,
        basis: BasisKind::Agreement,
        agreement: &agreement,
        content: Content::Answer,
        open_return: false,
        side: Side::Receiver { carried: view.carried.get(&agreement.terms().id).copied() },
        now: view.now,
    })
    .map_err(refusal_code)?;
    let (ver, status) = view.shared.get_mut(&form.sub).ok_or(ItemCode::RecordUnknown)?;
    if !status.holds() {
        return Err(ItemCode::Withdrawn);
    }
    let version = form.ver <= *ver && form.ver > 0;
    if !version || !status.leads_to(form.answer) || !is_reasoned(form.answer, form.reason.as_deref()) {
        return Err(ItemCode::Schema);
    }
    *status = form.answer;
    view.carry(agreement.terms().id, agreement.key());
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

/// The version of the agreement that the header rests on, and the roles that it claims for us.
fn known_agreement<'a>(header: &'a Header, view: &View) -> Result<(Agreement, &'a [Role]), ItemCode> {
    let Some(Basis::Agreement { roles, .. }) = header.basis.known() else {
        return Err(ItemCode::WrongBasis);
    };
    Ok((cited(header, view)?, roles))
}

/// The version of the agreement that the header cites, in force or ended.
fn cited(header: &Header, view: &View) -> Result<Agreement, ItemCode> {
    let cited = header.basis.known().and_then(Basis::agreement);
    let (id, version, digest) = cited.ok_or(ItemCode::WrongBasis)?;
    let known = view.dossiers.get(&id).and_then(|dossier| dossier.version(VersionKey { version, digest }));
    known.ok_or(ItemCode::AgreementNotYetKnown)
}

/// The code of an access refusal.
pub fn refusal_code(refusal: Refusal) -> ItemCode {
    refusal.code().parse().unwrap_or(ItemCode::WrongBasis)
}

const fn statement_code(error: StatementError) -> ItemCode {
    match error {
        StatementError::Key(key) if key.is_retryable() => ItemCode::KeyUnknown,
        // What the issuer says anew, it signs with the key that it has now.
        StatementError::Key(KeyError::Expired | KeyError::Compromised) => ItemCode::KeyNotValid,
        _ => ItemCode::StatementInvalid,
    }
}
