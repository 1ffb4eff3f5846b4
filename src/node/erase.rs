//! Erasing own leads (销毁): one officer asks on a legal basis, another grants it, and nothing can undo it.
//!
//! The grant makes the lead `purged` and takes it back from everyone who was given it, in one transaction: from then
//! on nobody sees it here, and nothing of it leaves. Then its data key is destroyed, its rows are emptied and the
//! files scrubbed; only once that is durable does the log say `erased`. Any instance finishes what another left, at
//! any point: each step may be repeated. What stays is a tombstone (public id, reference, times, basis) and what
//! the log has, which keeps verifying; the salt of its references went with the key.

use serde::Serialize;
use uuid::Uuid;

use super::draft::{Draft, leave};
use super::officer::Officer;
use super::publish::{about, listing};
use super::{Error, Node};
use crate::audit::words::Listed;
use crate::audit::{EntryType, Incomplete};
use crate::domain::date::CivilDate;
use crate::domain::digest::Digest;
use crate::domain::lead::Lead;
use crate::domain::lead::status::{Status, StatusError, Step, WithdrawReason};
use crate::domain::purge::{ErasureBasis, copies_gone_by};
use crate::domain::unit::{Duty, UnitType};
use crate::store::erasure::{self, ErasureRow};
use crate::store::{lead as leads, projection};

/// Most erasures that one step finishes, and that are listed.
const ROWS: i64 = 500;

/// The erasure of an own lead: no values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErasureView {
    /// The internal id.
    pub lead: Uuid,
    /// The public id.
    pub sub: Uuid,
    /// The legal basis.
    pub basis: ErasureBasis,
    /// How the log names the lead.
    #[serde(rename = "ref")]
    pub reference: Digest,
    /// When it was asked for, milliseconds.
    pub asked_at: i64,
    /// When another officer granted it, milliseconds.
    pub granted_at: Option<i64>,
    /// When the data and their key were gone, milliseconds.
    pub erased_at: Option<i64>,
    /// By when no copy of the key store has the key, milliseconds.
    pub copies_gone_by: Option<i64>,
}

impl Node {
    /// Asks that an own lead be erased on that basis. A repetition changes nothing; another basis takes the place of
    /// one that waits, and is an [`Error::Conflict`] once one was granted. When this returns, the wish is durable and
    /// in the log.
    pub async fn ask_erasure(
        &self,
        officer: &Officer,
        id: Uuid,
        basis: ErasureBasis,
    ) -> Result<ErasureView, Error> {
        officer.require(&[Duty::Drafter, Duty::Approver])?;
        let mut tx = self.db.node.begin().await?;
        leads::lock(&mut tx, id).await?;
        let asked = erasure::find(&mut tx, id).await?;
        if let Some(row) = asked.filter(|row| row.granted_at.is_some() || row.basis == basis.code()) {
            return same(&row, basis);
        }
        let open = self.open_lead(&mut tx, id).await?;
        self.check_basis(basis, open.lead.value())?;
        let row = ErasureRow {
            lead: id,
            sub: open.row.sub,
            basis: basis.code().into(),
            reference: open.reference().bytes().to_vec(),
            data_key: open.row.data_key,
            asked_by: officer.id,
            asked_at: self.now().0,
            actor: None,
            granted_at: None,
            erased_at: None,
            copies_gone_by: None,
        };
        if !erasure::ask(&mut tx, &row).await? {
            return Err(Error::Conflict);
        }
        let body = Incomplete { code: Some(basis.code().into()), ..about(officer, &open) };
        self.note(&mut tx, EntryType::Submit, body).await?;
        self.commit_sequenced(tx).await?;
        view(&row)
    }

    /// Grants the erasure that somebody else asked for on that basis, as an approver of the unit that handles the
    /// lead, or of the joint office. When this returns, the lead is out of reach for good, and its recipients are
    /// told; `erased_at` says whether the files are scrubbed already. A repetition changes nothing.
    pub async fn grant_erasure(
        &self,
        officer: &Officer,
        id: Uuid,
        basis: ErasureBasis,
    ) -> Result<ErasureView, Error> {
        officer.require(&[Duty::Approver])?;
        let mut tx = self.db.node.begin().await?;
        leads::lock(&mut tx, id).await?;
        let asked = erasure::find(&mut tx, id).await?;
        if let Some(row) = asked.as_ref().filter(|row| row.granted_at.is_some()) {
            return same(row, basis);
        }
        let mut open = self.open_lead(&mut tx, id).await?;
        let asked = asked.ok_or(StatusError::NotFromHere)?;
        if asked.asked_by == officer.id {
            return Err(StatusError::ApproverIsDrafter.into());
        }
        if ![open.lead.value().handling_unit, UnitType::JointOffice].contains(&officer.unit) {
            return Err(Error::Forbidden);
        }
        same(&asked, basis)?;
        self.check_basis(basis, open.lead.value())?;
        let (old, old_status, reason) = (open.row.ver, open.status, told_as(basis));
        let ended = old_status.after(Step::Withdraw(reason)).unwrap_or(old_status);
        open.status = ended.after(Step::Purge)?;
        self.save(&mut tx, &mut open, old, old_status).await?;
        let reference = open.reference();
        if !erasure::grant(&mut tx, id, &officer.pseudonym, reference.bytes(), self.now().0).await? {
            return Err(Error::Conflict);
        }
        let body = Incomplete { code: Some(basis.code().into()), ..about(officer, &open) };
        self.note(&mut tx, EntryType::Approve, body.clone()).await?;
        if old_status != Status::Withdrawn {
            self.tell_holders(&mut tx, &open, reason).await?;
            let code = Some(reason.code().into());
            self.note(&mut tx, EntryType::Withdrawn, Incomplete { code, ..body }).await?;
        }
        self.commit_sequenced(tx).await?;
        if let Err(error) = self.finish_erasures().await {
            tracing::warn!(code = error.code(), "an erasure will be finished later: {error}");
        }
        let mut tx = self.db.node.snapshot().await?;
        view(&erasure::find(&mut tx, id).await?.ok_or(Error::Corrupt("erasure"))?)
    }

    /// What is to be erased and was, newest first. One log entry.
    pub async fn erasures(&self, officer: &Officer) -> Result<Vec<ErasureView>, Error> {
        officer.require(&[Duty::Drafter, Duty::Approver, Duty::Liaison, Duty::Auditor])?;
        let mut tx = self.db.node.snapshot().await?;
        let rows = erasure::all(&mut tx, ROWS).await?;
        let body = Incomplete { code: Some(Listed::Erasures.code().into()), ..listing(officer, rows.len()) };
        self.record(tx, EntryType::List, body).await?;
        rows.iter().map(view).collect()
    }

    /// Destroys what was granted. When this returns, the data and their keys are gone from the databases and their
    /// files, and the log says so. How many leads that were.
    pub(super) async fn finish_erasures(&self) -> Result<usize, Error> {
        let mut tx = self.db.node.snapshot().await?;
        let rows = erasure::unfinished(&mut tx, ROWS).await?;
        tx.rollback().await?;
        if rows.is_empty() {
            return Ok(0);
        }
        let ids: Vec<Uuid> = rows.iter().map(|row| row.lead).collect();
        let keys: Vec<Uuid> = rows.iter().map(|row| row.data_key).collect();
        self.entomb_keys(&keys)?;
        self.keystore.destroy(&keys).await?;
        let mut tx = self.db.node.begin().await?;
        erasure::strip(&mut tx, &ids).await?;
        tx.commit().await?;
        let mut tx = self.db.projections.begin().await?;
        projection::forget(&mut tx, &ids).await?;
        tx.commit().await?;
        self.keystore.scrub().await?;
        self.db.node.scrub(&["leads", "lead_versions", "idempotency"]).await?;
        self.db.projections.scrub(&["lead_index", "lead_places"]).await?;
        self.log_own_erased(&rows).await
    }

    /// One entry for each lead, by whoever granted it.
    async fn log_own_erased(&self, rows: &[ErasureRow]) -> Result<usize, Error> {
        let (now, ids) = (self.now(), rows.iter().map(|row| row.lead).collect::<Vec<_>>());
        let mut tx = self.db.node.begin().await?;
        let ours = erasure::done(&mut tx, &ids, now.0, copies_gone_by(now).0).await?;
        let mut drafts = Vec::with_capacity(ours.len());
        for row in rows.iter().filter(|row| ours.contains(&row.lead)) {
            let body = Incomplete {
                actor: row.actor.clone(),
                code: Some(row.basis.clone()),
                reference: Some(digest(row)?),
                ..Incomplete::default()
            };
            drafts.push(Draft::note(EntryType::Erased, body));
        }
        leave(&mut tx, &drafts).await?;
        self.commit_sequenced(tx).await?;
        Ok(ours.len())
    }

    /// A record whose own date has not come is not erased because its time is over.
    fn check_basis(&self, basis: ErasureBasis, lead: &Lead) -> Result<(), Error> {
        let over = || lead.expires_at.is_some_and(|last| last < CivilDate::of(self.now()));
        if basis == ErasureBasis::RetentionOver && !over() { Err(Error::Retained) } else { Ok(()) }
    }
}

/// What recipients are told of it.
const fn told_as(basis: ErasureBasis) -> WithdrawReason {
    match basis {
        ErasureBasis::ConsentWithdrawn => WithdrawReason::PersonObjects,
        _ => WithdrawReason::BasisEnded,
    }
}

/// The same wish once more; another one is a conflict.
fn same(row: &ErasureRow, basis: ErasureBasis) -> Result<ErasureView, Error> {
    if row.basis == basis.code() { view(row) } else { Err(Error::Conflict) }
}

fn digest(row: &ErasureRow) -> Result<Digest, Error> {
    Digest::try_from(row.reference.as_slice()).map_err(|_| Error::Corrupt("digest"))
}

fn view(row: &ErasureRow) -> Result<ErasureView, Error> {
    Ok(ErasureView {
        lead: row.lead,
        sub: row.sub,
        basis: row.basis.parse().map_err(|_| Error::Corrupt("erasure"))?,
        reference: digest(row)?,
        asked_at: row.asked_at,
        granted_at: row.granted_at,
        erased_at: row.erased_at,
        copies_gone_by: row.copies_gone_by,
    })
}
