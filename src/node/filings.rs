//! Filings (备案) as they stand: what this node has to file or filed, and what the nodes below filed with it.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use uuid::Uuid;

use super::upper::{answer_of, digest_of};
use super::{Error, Node, dossiers, key, node_of};
use crate::clock::Timestamp;
use crate::domain::agreement::{
    Agreement, Dossier, Filing, FilingFault, FilingState, ReturnReason, VersionKey,
};
use crate::domain::date::CivilDate;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::statement::jws;
use crate::store::agreement as agreements;
use crate::store::db::Tx;
use crate::store::filing::{self as store, FilingRow};

/// A filing, own or of a node below.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FilingView {
    /// The agreement.
    pub agreement: Uuid,
    /// A version that everybody has signed: the newest, one before it that was in force, or the one that was filed here.
    pub version: u32,
    /// The digest of its terms.
    pub digest: Digest,
    /// Whose filing.
    pub party: NodeId,
    /// With whom; none: the party has no upper node and is exempt.
    pub upper: Option<NodeId>,
    /// How often it was filed.
    pub number: u32,
    /// `exempt`, `due`, `overdue`, `filed`, `acknowledged` or `returned`.
    pub state: &'static str,
    /// The last day, while it is to be filed.
    pub by: Option<CivilDate>,
    /// Why it was returned last.
    pub reason: Option<ReturnReason>,
}

impl Node {
    /// Every filing that this node owes or made, and those of the nodes below. Holds no case data.
    pub async fn filings(&self) -> Result<Vec<FilingView>, Error> {
        let mut tx = self.db.node.snapshot().await?;
        let ids = agreements::all(&mut tx).await?;
        let known = dossiers::load(&mut tx, &ids).await?;
        let upper = self.upper_of(&mut tx, self.id).await?;
        let rows = store::find(&mut tx, &ids).await?;
        let signed = signed_at(&mut tx, &ids).await?;
        let mut views = Vec::new();
        for dossier in known.values() {
            let owed = self.owed(dossier);
            for (at, agreement) in owed.iter().enumerate() {
                let filing = made(&signed, agreement, self.id, upper, &rows)?;
                let over =
                    matches!(filing.state_at(self.now()), FilingState::Acknowledged | FilingState::Exempt);
                if !over || at + 1 == owed.len() {
                    views.push(view(agreement, &filing, self.now()));
                }
            }
        }
        for ((digest, party), row) in below(&rows, key(self.id))? {
            let version = VersionKey { version: number(row.version)?, digest };
            let agreement = known.get(&row.agreement).and_then(|dossier| dossier.version(version));
            let agreement = agreement.ok_or(Error::Corrupt("filing"))?;
            let filing = made(&signed, &agreement, party, Some(self.id), &rows)?;
            views.push(view(&agreement, &filing, self.now()));
        }
        views.sort_by_key(|view| (view.agreement, view.version, view.party));
        Ok(views)
    }

    /// Those of [`Node::filings`] that are overdue (逾期).
    pub async fn overdue_filings(&self) -> Result<Vec<FilingView>, Error> {
        let mut views = self.filings().await?;
        views.retain(|view| view.state == "overdue");
        Ok(views)
    }

    /// The first version of an agreement that this node has still to file; if there is none, the newest.
    pub(super) async fn next_filing(&self, tx: &mut Tx, id: Uuid) -> Result<(Agreement, Filing), Error> {
        let dossier = dossiers::one(tx, id).await?;
        dossier.newest_signed().ok_or(FilingFault::NotSigned)?;
        let upper = self.upper_of(tx, self.id).await?;
        let (rows, signed) = (store::find(tx, &[id]).await?, signed_at(tx, &[id]).await?);
        let mut next = None;
        for agreement in self.owed(&dossier) {
            let filing = made(&signed, &agreement, self.id, upper, &rows)?;
            let state = filing.state_at(self.now());
            next = Some((agreement, filing));
            if !matches!(state, FilingState::Filed | FilingState::Acknowledged) {
                break;
            }
        }
        Ok(next.ok_or(FilingFault::NotAParty)?)
    }

    /// The versions that this node files, in order: the newest that is signed, and those before it that were in force.
    fn owed(&self, dossier: &Dossier) -> Vec<Agreement> {
        let newest = dossier.newest_signed().map(|newest| newest.key());
        let owed = |it: &Agreement| Some(it.key()) == newest || it.was_in_force(self.now());
        dossier.versions().filter(|it| it.roles_given(self.id).is_some() && owed(it)).collect()
    }

    /// The newest filing of these terms by a node below, with the agreement.
    pub(super) async fn filing_below(
        &self,
        tx: &mut Tx,
        digest: Digest,
        party: NodeId,
    ) -> Result<(Agreement, Filing), Error> {
        let ids = agreements::all(tx).await?;
        let rows = store::find(tx, &ids).await?;
        let row = below(&rows, key(self.id))?.remove(&(digest, party)).ok_or(Error::NotFound)?;
        let version = VersionKey { version: number(row.version)?, digest };
        let agreement = dossiers::one(tx, row.agreement).await?.version(version);
        let agreement = agreement.ok_or(Error::Corrupt("filing"))?;
        let signed = signed_at(tx, &[row.agreement]).await?;
        let filing = made(&signed, &agreement, party, Some(self.id), &rows)?;
        Ok((agreement, filing))
    }
}

/// When the last signature of each version was given: the start of that day in China, as its signer says, but not after
/// it came.
type SignedAt = HashMap<(Uuid, VersionKey), Timestamp>;

/// A party's filing of a version as the rows have it.
fn made(
    signed: &SignedAt,
    agreement: &Agreement,
    party: NodeId,
    upper: Option<NodeId>,
    rows: &[FilingRow],
) -> Result<Filing, Error> {
    let signed_at = signed.get(&(agreement.terms().id, agreement.key()));
    let signed_at = signed_at.ok_or(Error::Corrupt("agreement"))?;
    let filing = Filing::of(agreement, party, upper, *signed_at)?;
    let mut answers = Vec::new();
    for row in rows.iter().filter(|row| row.party == key(party) && Some(row.upper) == upper.map(key)) {
        if digest_of(row)? == agreement.digest() {
            answers.push(answer_of(row)?);
        }
    }
    Ok(filing.with(&answers))
}

async fn signed_at(tx: &mut Tx, ids: &[Uuid]) -> Result<SignedAt, Error> {
    let mut signed = SignedAt::new();
    for statement in dossiers::statements(tx, ids).await? {
        let Some(version) = statement.version() else { continue };
        let day = jws::claimed_payload(&statement.text)?.get("iat").and_then(serde_json::Value::as_i64);
        let said = day.ok_or(Error::Corrupt("agreement"))?.saturating_mul(Timestamp::SECOND);
        let last = signed.entry((statement.agreement, version)).or_insert(Timestamp(0));
        *last = (*last).max(Timestamp(said));
    }
    for (id, version, digest, came) in store::signatures(tx, ids).await? {
        let digest = Digest::try_from(digest.as_slice()).map_err(|_| Error::Corrupt("agreement"))?;
        let version = VersionKey { version: number(version)?, digest };
        signed.entry((id, version)).and_modify(|last| *last = (*last).min(Timestamp(came)));
    }
    Ok(signed)
}

/// By terms and party, the last row of what was filed with `upper`.
fn below(rows: &[FilingRow], upper: i64) -> Result<BTreeMap<(Digest, NodeId), &FilingRow>, Error> {
    let mine = rows.iter().filter(|row| row.upper == upper);
    mine.map(|row| Ok(((digest_of(row)?, node_of(row.party)?), row))).collect()
}

fn number(version: i64) -> Result<u32, Error> {
    u32::try_from(version).map_err(|_| Error::Corrupt("filing"))
}

/// A filing as the office shows it.
pub(super) fn view(agreement: &Agreement, filing: &Filing, now: Timestamp) -> FilingView {
    let state = filing.state_at(now);
    let (by, reason) = match state {
        FilingState::Due { by } | FilingState::Overdue { since: by } => (Some(by), None),
        FilingState::Returned { reason, by } => (Some(by), Some(reason)),
        FilingState::Exempt | FilingState::Filed | FilingState::Acknowledged => (None, None),
    };
    FilingView {
        agreement: agreement.terms().id,
        version: agreement.terms().version,
        digest: agreement.digest(),
        party: filing.party(),
        upper: filing.upper(),
        number: filing.number(),
        state: state.code(),
        by,
        reason,
    }
}
