//! What an officer sees before sharing: what each party of an agreement would get, and why not the rest (预览).
//!
//! Invariant: what is open here is what `share` would send now: the same version, the same permit, the same narrowing.
//! Whoever would get nothing is named with the reason.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

use super::lead_seal::OpenLead;
use super::officer::Officer;
use super::publish::about;
use super::share::{SHARERS, already, candidates, current, facts, kept};
use super::views::{PreviewClaim, PreviewTold, PreviewView};
use super::{Error, Node, key};
use crate::audit::EntryType;
use crate::domain::access::{Closed, Permit, Request, permit, why_closed};
use crate::domain::agreement::Agreement;
use crate::domain::claim::Claim;
use crate::domain::lead::status::{Status, StatusError};
use crate::domain::node::NodeId;
use crate::exchange::gate;
use crate::exchange::presentation::{Facts, SignedLead};
use crate::exchange::problem::ItemCode;
use crate::redaction::claims;
use crate::redaction::narrative::Hit;
use crate::redaction::telling::{is_news, told};
use crate::redaction::texts::gate as gate_of;
use crate::statement::sd_jwt;
use crate::store::db::Tx;
use crate::store::lead::{self as leads, ShareRow};

/// What a lead would say: its signed version, or what its next version will be.
struct Said {
    facts: Facts,
    values: BTreeMap<Claim, Value>,
    signed: Option<SignedLead>,
    /// What its narrative tells, whoever reads it.
    told: Vec<(Claim, Hit)>,
}

impl Said {
    fn new(facts: Facts, values: BTreeMap<Claim, Value>, signed: Option<SignedLead>) -> Self {
        let narrative = values.get(&Claim::NarrativeMasked).and_then(Value::as_str);
        let told = narrative.map(|text| told(&values, text)).unwrap_or_default();
        Self { facts, values, signed, told }
    }

    /// What the narrative, if it is disclosed, tells of claims that are not.
    fn tells_beside(&self, disclosed: &[Claim]) -> Vec<PreviewTold> {
        let reads = disclosed.contains(&Claim::NarrativeMasked);
        let news = self.told.iter().filter(|(claim, _)| reads && is_news(&self.values, *claim, disclosed));
        news.map(|(claim, hit)| PreviewTold { claim: *claim, label: claim.label(), at: hit.offset }).collect()
    }
}

impl Node {
    /// What each other party of an agreement would get of a lead if it were shared now, or approved as it is and
    /// shared: claim by claim, and why not the rest. The reading is logged.
    pub async fn preview(
        &self,
        officer: &Officer,
        id: Uuid,
        agreement: Uuid,
    ) -> Result<Vec<PreviewView>, Error> {
        officer.require(SHARERS)?;
        let mut tx = self.db.node.begin().await?;
        let open = self.open_lead(&mut tx, id).await?;
        let agreement = current(&mut tx, agreement, self.now()).await?.ok_or(Error::NotFound)?;
        let shares = leads::shares(&mut tx, id).await?;
        self.note(&mut tx, EntryType::Read, about(officer, &open)).await?;
        tx.commit().await?;
        let mut tx = self.db.node.snapshot().await?;
        let said = self.what_it_says(&mut tx, &open).await?;
        let mut views = Vec::new();
        for (peer, _) in candidates(self.id, &agreement, None) {
            let held = shares.iter().find(|share| share.peer == key(peer));
            views.push(self.preview_for(peer, &open, &said, &agreement, held)?);
        }
        let recipients = views.iter().filter(|view| view.refused.is_none()).map(|view| view.node);
        let alone = self.standing_alone(&mut tx, &open, &agreement, recipients).await?;
        tx.rollback().await?;
        for view in &mut views {
            view.alone = alone.contains(&view.node);
        }
        Ok(views)
    }

    async fn what_it_says(&self, tx: &mut Tx, open: &OpenLead) -> Result<Said, Error> {
        if matches!(open.status, Status::Approved | Status::Shared) {
            let signed = self.signed_version(tx, open).await?;
            let values = signed.disclosures.iter().map(|(claim, disclosure)| {
                let (_, value) = sd_jwt::disclosed(disclosure).map_err(|_| Error::Corrupt("disclosures"))?;
                Ok((*claim, value))
            });
            let values = values.collect::<Result<_, Error>>()?;
            return Ok(Said::new(signed.facts.clone(), values, Some(signed)));
        }
        let claims = claims(&open.lead, &self.texts_of(open).await?);
        let values = claims.iter().map(|(claim, value)| (claim, value.clone())).collect();
        Ok(Said::new(facts(open.lead.value()), values, None))
    }

    fn preview_for(
        &self,
        peer: NodeId,
        open: &OpenLead,
        said: &Said,
        agreement: &Agreement,
        held: Option<&ShareRow>,
    ) -> Result<PreviewView, Error> {
        let before = already(held)?;
        let request = self.request(peer, agreement, &said.facts, before.as_ref());
        let mut view = PreviewView {
            node: peer,
            agreement: agreement.terms().id,
            refused: may_be_shared(open.status).err().map(StatusError::code),
            roles: Vec::new(),
            alone: false,
            tells: Vec::new(),
            claims: Vec::new(),
        };
        match permit(&request) {
            _ if view.refused.is_some() => {}
            Err(refusal) => view.refused = Some(refusal.code()),
            Ok(permit) => {
                view.roles = permit.roles().to_vec();
                view.claims = shown(said, &request, &permit, held)?;
                let disclosed = view.claims.iter().filter(|claim| claim.closed.is_none());
                let disclosed: Vec<Claim> = disclosed.map(|claim| claim.claim).collect();
                let left = |signed| gate::held(signed, &disclosed, &gate_of(&open.lead)).is_some();
                if said.signed.as_ref().is_some_and(left) {
                    view.refused = Some(ItemCode::TextHeld.code());
                    view.claims.clear();
                } else {
                    view.tells = said.tells_beside(&disclosed);
                }
            }
        }
        Ok(view)
    }
}

/// A lead that was taken back, expired or erased goes to nobody any more.
const fn may_be_shared(status: Status) -> Result<(), StatusError> {
    match status {
        Status::Draft | Status::Submitted | Status::Approved | Status::Shared => Ok(()),
        _ => Err(StatusError::NotFromHere),
    }
}

fn shown(
    said: &Said,
    request: &Request<'_>,
    permit: &Permit,
    held: Option<&ShareRow>,
) -> Result<Vec<PreviewClaim>, Error> {
    let kept = kept(held)?;
    let one = |claim: &Claim| {
        let value = said.values.get(claim);
        let closed = why_closed(request, permit, *claim)
            .or_else(|| value.is_none().then_some(Closed::NotInVersion))
            .or_else(|| kept.as_ref().filter(|kept| !kept.contains(claim)).map(|_| Closed::Narrowed));
        let value = value.filter(|_| closed.is_none()).cloned();
        PreviewClaim { claim: *claim, label: claim.label(), value, closed }
    };
    Ok(Claim::ALL.iter().map(one).collect())
}
