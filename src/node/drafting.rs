//! Drafts (草案) of agreements: drafters write one, an approver who wrote none of it proposes it.
//!
//! Invariant: a draft is on no chain. It leaves the node as a proposal only, and is gone then.

use std::collections::BTreeSet;

use serde::Serialize;
use uuid::Uuid;

use super::agree::Proposal;
use super::officer::Officer;
use super::views::AgreementView;
use super::{Error, Node, dossiers};
use crate::audit::{EntryType, Incomplete};
use crate::clock::uuid_v7;
use crate::domain::agreement::State;
use crate::domain::digest::Digest;
use crate::domain::lead::status::StatusError;
use crate::domain::unit::Duty;
use crate::store::agreement_draft::{self as store, AgreementDraftRow};
use crate::store::db::Tx;

const READERS: &[Duty] = &[Duty::Drafter, Duty::Approver];

/// A draft.
#[derive(Serialize)]
pub struct AgreementDraftView {
    /// Its id, for this API only.
    pub id: Uuid,
    /// The version of the draft itself; the `ETag`.
    pub version: u32,
    /// `draft`.
    pub state: &'static str,
    /// The agreement that it amends, if any.
    pub amends: Option<Uuid>,
    /// What would be proposed.
    pub proposal: Proposal,
}

impl Node {
    /// Writes a new draft, of an amendment if `amends` names an agreement. It may break rules: proposing it may not.
    pub async fn draft_agreement(
        &self,
        officer: &Officer,
        amends: Option<Uuid>,
        proposal: Proposal,
    ) -> Result<AgreementDraftView, Error> {
        officer.require(&[Duty::Drafter])?;
        let mut tx = self.db.node.begin().await?;
        let row = AgreementDraftRow {
            id: uuid_v7(self.now(), self.entropy.as_ref()),
            ver: 1,
            writers: json(&[officer.id])?,
            amends,
            previous: amended(&mut tx, amends).await?.map(|digest| digest.bytes().to_vec()),
            proposal: json(&proposal)?,
        };
        store::add(&mut tx, &row).await?;
        self.written(tx, officer, &row).await
    }

    /// Writes the next version of a draft that is at version `expected`.
    pub async fn edit_agreement_draft(
        &self,
        officer: &Officer,
        id: Uuid,
        expected: u32,
        proposal: Proposal,
    ) -> Result<AgreementDraftView, Error> {
        officer.require(&[Duty::Drafter])?;
        let mut tx = self.db.node.begin().await?;
        let mut row = store::find(&mut tx, id).await?.ok_or(Error::NotFound)?;
        let mut writers = writers(&row)?;
        writers.insert(officer.id);
        (row.ver, row.writers, row.proposal) = (i64::from(expected) + 1, json(&writers)?, json(&proposal)?);
        if !store::replace(&mut tx, &row).await? {
            return Err(Error::Conflict);
        }
        self.written(tx, officer, &row).await
    }

    /// Every draft, oldest first.
    pub async fn agreement_drafts(&self, officer: &Officer) -> Result<Vec<AgreementDraftView>, Error> {
        officer.require(READERS)?;
        let mut tx = self.db.node.snapshot().await?;
        store::all(&mut tx).await?.iter().map(view).collect()
    }

    /// One draft.
    pub async fn agreement_draft(&self, officer: &Officer, id: Uuid) -> Result<AgreementDraftView, Error> {
        officer.require(READERS)?;
        let mut tx = self.db.node.snapshot().await?;
        view(&store::find(&mut tx, id).await?.ok_or(Error::NotFound)?)
    }

    /// Throws a draft away that is at version `expected`.
    pub async fn drop_agreement_draft(
        &self,
        officer: &Officer,
        id: Uuid,
        expected: u32,
    ) -> Result<(), Error> {
        officer.require(READERS)?;
        let mut tx = self.db.node.begin().await?;
        store::find(&mut tx, id).await?.ok_or(Error::NotFound)?;
        if !store::remove(&mut tx, id, expected.into()).await? {
            return Err(Error::Conflict);
        }
        self.note(&mut tx, EntryType::Edit, edited(officer)).await?;
        tx.commit().await?;
        self.sequence_soon();
        Ok(())
    }

    /// Proposes a draft that is at version `expected`, as an approver who wrote no version of it; an amendment only of
    /// the version that it was written for. The draft is gone, in the same transaction.
    pub async fn propose_draft(
        &self,
        officer: &Officer,
        id: Uuid,
        expected: u32,
    ) -> Result<AgreementView, Error> {
        officer.require(&[Duty::Approver])?;
        let mut tx = self.db.node.begin().await?;
        let row = store::find(&mut tx, id).await?.ok_or(Error::NotFound)?;
        if writers(&row)?.contains(&officer.id) {
            return Err(StatusError::ApproverIsDrafter.into());
        }
        if !store::remove(&mut tx, id, expected.into()).await? {
            return Err(Error::Conflict);
        }
        if amended(&mut tx, row.amends).await?.map(|digest| digest.bytes().to_vec()) != row.previous {
            return Err(Error::Conflict);
        }
        let AgreementDraftView { amends, proposal, .. } = view(&row)?;
        match amends {
            None => self.propose_in(tx, Some(officer), proposal).await,
            Some(agreement) => self.amend_in(tx, officer, agreement, proposal).await,
        }
    }

    /// Logs what was written, and commits.
    async fn written(
        &self,
        mut tx: Tx,
        officer: &Officer,
        row: &AgreementDraftRow,
    ) -> Result<AgreementDraftView, Error> {
        self.note(&mut tx, EntryType::Edit, edited(officer)).await?;
        tx.commit().await?;
        self.sequence_soon();
        view(row)
    }
}

/// The version that an amendment would amend now, if any.
async fn amended(tx: &mut Tx, agreement: Option<Uuid>) -> Result<Option<Digest>, Error> {
    let Some(agreement) = agreement else { return Ok(None) };
    Ok(dossiers::one(tx, agreement).await?.amendable().map(|(_, previous)| previous))
}

fn writers(row: &AgreementDraftRow) -> Result<BTreeSet<Uuid>, Error> {
    serde_json::from_str(&row.writers).map_err(|_| Error::Corrupt("agreement draft"))
}

fn edited(officer: &Officer) -> Incomplete {
    let (actor, purpose) = (Some(officer.pseudonym.clone()), officer.purpose);
    Incomplete { actor, purpose, code: Some("agreement_draft".into()), ..Incomplete::default() }
}

fn json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|_| Error::Corrupt("agreement draft"))
}

fn view(row: &AgreementDraftRow) -> Result<AgreementDraftView, Error> {
    let corrupt = || Error::Corrupt("agreement draft");
    Ok(AgreementDraftView {
        id: row.id,
        version: u32::try_from(row.ver).map_err(|_| corrupt())?,
        state: State::Draft.code(),
        amends: row.amends,
        proposal: serde_json::from_str(&row.proposal).map_err(|_| corrupt())?,
    })
}
