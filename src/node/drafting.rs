//! Drafts (草案) of agreements: a drafter writes one, an approver who did not write it proposes it.
//!
//! Invariant: a draft is on no chain. It leaves the node as a proposal only, and is gone then.

use serde::Serialize;
use uuid::Uuid;

use super::agree::Proposal;
use super::officer::Officer;
use super::views::AgreementView;
use super::{Error, Node};
use crate::audit::{EntryType, Incomplete};
use crate::clock::uuid_v7;
use crate::domain::agreement::State;
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
        let tx = self.db.node.begin().await?;
        let id = uuid_v7(self.now(), self.entropy.as_ref());
        let row = AgreementDraftRow { id, ver: 1, drafter: officer.id, amends, proposal: json(&proposal)? };
        self.write_draft(tx, officer, row).await
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
        let AgreementDraftRow { amends, .. } = store::find(&mut tx, id).await?.ok_or(Error::NotFound)?;
        let ver = i64::from(expected) + 1;
        let row = AgreementDraftRow { id, ver, drafter: officer.id, amends, proposal: json(&proposal)? };
        self.write_draft(tx, officer, row).await
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

    /// Proposes a draft that is at version `expected`, as an approver who did not write it. The draft is gone, in the
    /// same transaction.
    pub async fn propose_draft(
        &self,
        officer: &Officer,
        id: Uuid,
        expected: u32,
    ) -> Result<AgreementView, Error> {
        officer.require(&[Duty::Approver])?;
        let mut tx = self.db.node.begin().await?;
        let row = store::find(&mut tx, id).await?.ok_or(Error::NotFound)?;
        if row.drafter == officer.id {
            return Err(StatusError::ApproverIsDrafter.into());
        }
        if !store::remove(&mut tx, id, expected.into()).await? {
            return Err(Error::Conflict);
        }
        let AgreementDraftView { amends, proposal, .. } = view(&row)?;
        match amends {
            None => self.propose_in(tx, Some(officer), proposal).await,
            Some(agreement) => self.amend_in(tx, officer, agreement, proposal).await,
        }
    }

    async fn write_draft(
        &self,
        mut tx: Tx,
        officer: &Officer,
        row: AgreementDraftRow,
    ) -> Result<AgreementDraftView, Error> {
        if !store::put(&mut tx, &row).await? {
            return Err(Error::Conflict);
        }
        self.note(&mut tx, EntryType::Edit, edited(officer)).await?;
        tx.commit().await?;
        self.sequence_soon();
        view(&row)
    }
}

fn edited(officer: &Officer) -> Incomplete {
    let actor = Some(officer.pseudonym.clone());
    Incomplete { actor, code: Some("agreement_draft".into()), ..Incomplete::default() }
}

fn json(proposal: &Proposal) -> Result<String, Error> {
    serde_json::to_string(proposal).map_err(|_| Error::Corrupt("agreement draft"))
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
