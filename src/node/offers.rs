//! Offers: what could be shared under an agreement and was not, or not as far, when it came into force or was
//! widened. A list shares nothing; `offer` does.

use std::collections::HashMap;

use serde::Serialize;
use uuid::Uuid;

use super::lead_seal::open_version;
use super::officer::Officer;
use super::publish::listing;
use super::share::{already, current, given, status, within};
use super::unreadable::whole;
use super::{Error, Node, key};
use crate::audit::words::Listed;
use crate::audit::{EntryType, Incomplete};
use crate::domain::access::{Permit, permit};
use crate::domain::agreement::Agreement;
use crate::domain::claim::Claim;
use crate::domain::digest::Digest;
use crate::domain::lead::codes::LeadKind;
use crate::domain::lead::status::Status;
use crate::domain::node::NodeId;
use crate::domain::unit::Duty;
use crate::exchange::presentation::SignedLead;
use crate::store::db::Tx;
use crate::store::lead::{self as leads, LeadRow, ShareRow};

/// Leads that are looked at for one page.
const PAGE: i64 = 200;

codes! {
    /// Why a lead is offered.
    pub enum OfferReason {
        NotShared = "not_shared" "尚未共享",
        Widened = "widened" "可补充披露",
    }
}

/// A lead that could go to a recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OfferView {
    /// The internal id, for this API only.
    pub lead: Uuid,
    /// The public id.
    pub sub: Uuid,
    /// The version that would go.
    pub version: u32,
    /// What it is about.
    pub kind: LeadKind,
    /// The recipient.
    pub recipient: NodeId,
    /// Why it is offered.
    pub reason: OfferReason,
    /// What the recipient would see that it does not see now.
    pub claims: Vec<Claim>,
}

/// One page of offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OffersView {
    /// The digest of the terms under which they would go.
    pub digest: Digest,
    /// The offers.
    pub items: Vec<OfferView>,
    /// Give this as `after` for the next page; none: this was the last for now.
    pub next: Option<i64>,
}

impl Node {
    /// What could be shared under the agreement now, in the order of the leads' last edits after index `after`.
    /// One log entry.
    pub async fn offers(&self, officer: &Officer, agreement: Uuid, after: i64) -> Result<OffersView, Error> {
        officer.require(&[Duty::Drafter, Duty::Approver, Duty::Liaison])?;
        let mut tx = self.db.node.snapshot().await?;
        let agreement = current(&mut tx, agreement, self.now()).await?.ok_or(Error::NotFound)?;
        let rows = leads::feed(&mut tx, after, PAGE).await?;
        let full = i64::try_from(rows.len()) == Ok(PAGE);
        let next = rows.last().map(|(leaf, _)| *leaf).filter(|_| full);
        let approved = rows.into_iter().map(|(_, row)| row).filter(may_be_shared).collect();
        let items = self.offered(&mut tx, &agreement, approved).await?;
        let body = Incomplete { code: Some(Listed::Offers.code().into()), ..listing(officer, items.len()) };
        self.record(tx, EntryType::List, body).await?;
        Ok(OffersView { digest: agreement.digest(), items, next })
    }

    async fn offered(
        &self,
        tx: &mut Tx,
        agreement: &Agreement,
        rows: Vec<LeadRow>,
    ) -> Result<Vec<OfferView>, Error> {
        let signed = self.newest_signed_versions(tx, &rows).await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let mut offers = Vec::new();
        for party in agreement.terms().parties.iter().filter(|party| party.node != self.id) {
            let shares: HashMap<Uuid, ShareRow> =
                leads::shares_of(tx, key(party.node), &ids).await?.into_iter().collect();
            for row in &rows {
                let Some(lead) = signed.get(&row.id) else { continue };
                let held = shares.get(&row.id);
                let held_claims = already(held)?;
                let request = self.request(party.node, agreement, &lead.facts, held_claims.as_ref());
                let Ok(permit) = permit(&request) else { continue };
                let claims = news(&permit, held, lead)?;
                if !claims.is_empty() {
                    let reason = if holds(held)? { OfferReason::Widened } else { OfferReason::NotShared };
                    offers.push(OfferView {
                        lead: row.id,
                        sub: row.sub,
                        version: u32::try_from(row.ver).map_err(|_| Error::Corrupt("version"))?,
                        kind: lead.facts.kind,
                        recipient: party.node,
                        reason,
                        claims,
                    });
                }
            }
        }
        Ok(offers)
    }

    /// The signed versions at which these leads stand, leaving out what was erased or is damaged.
    async fn newest_signed_versions(
        &self,
        tx: &mut Tx,
        rows: &[LeadRow],
    ) -> Result<HashMap<Uuid, SignedLead>, Error> {
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let mut versions = leads::versions(tx, &ids).await?;
        versions.retain(|version| rows.iter().any(|row| row.id == version.lead && row.ver == version.ver));
        let keys: Vec<Uuid> = versions.iter().map(|version| version.data_key).collect();
        let keys = self.keystore.load(&keys).await?;
        let opened = versions.iter().filter_map(|version| {
            let key = keys.get(&version.data_key)?.as_ref().map_err(|refused| Error::from(*refused));
            whole(key.and_then(|key| Ok((version.lead, open_version(version, key)?))))
        });
        opened.collect()
    }
}

fn may_be_shared(row: &LeadRow) -> bool {
    row.status.parse().is_ok_and(|status: Status| matches!(status, Status::Approved | Status::Shared))
}

/// Whether the recipient still has what it was given.
fn holds(held: Option<&ShareRow>) -> Result<bool, Error> {
    held.map_or(Ok(false), |share| Ok(status(share)?.holds()))
}

/// What the recipient would see that it does not see now.
pub(super) fn news(
    permit: &Permit,
    held: Option<&ShareRow>,
    signed: &SignedLead,
) -> Result<Vec<Claim>, Error> {
    let mut claims = within(permit, held, signed)?;
    if let Some(share) = held
        && status(share)?.holds()
    {
        let seen = given(share)?;
        claims.retain(|claim| !seen.contains(claim));
    }
    Ok(claims)
}
