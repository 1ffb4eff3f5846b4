//! Sharing: what goes to whom, decided by `access`, queued with the record's transaction.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::draft::{Draft, leave};
use super::lead_seal::{OpenLead, open_version};
use super::officer::Officer;
use super::publish::about;
use super::texts::judged_again;
use super::views::LeadView;
use super::{Error, Node, dossiers, key, node_of};
use crate::audit::EntryType;
use crate::clock::{Timestamp, random, uuid_v4};
use crate::domain::access::{Already, Permit, Refusal, Request, permit};
use crate::domain::agreement::{Agreement, Role};
use crate::domain::claim::Claim;
use crate::domain::lead::Lead;
use crate::domain::lead::status::{RecipientStatus, Status, Step};
use crate::domain::node::NodeId;
use crate::domain::purge::due;
use crate::domain::unit::Duty;
use crate::exchange::message::{Basis, Kind, Unsequenced};
use crate::exchange::outbox::{Renewal, renewal};
use crate::exchange::presentation::{Facts, SignedLead, present_only};
use crate::statement::canonical;
use crate::store::agreement::Under;
use crate::store::db::Tx;
use crate::store::lead::{self as leads, ShareRow};
use crate::store::renewal as again;

pub(super) const SHARERS: &[Duty] = &[Duty::Drafter, Duty::Approver, Duty::Liaison];

impl Node {
    /// Shares an approved lead under an agreement: with `recipients`, or with every party that the
    /// lead's places give a role. When this returns, the messages are durable, in the log, and on
    /// their way; each recipient gets exactly what `access` permits.
    pub async fn share(
        &self,
        officer: &Officer,
        id: Uuid,
        agreement: Uuid,
        recipients: Option<Vec<NodeId>>,
    ) -> Result<LeadView, Error> {
        officer.require(SHARERS)?;
        let mut tx = self.db.node.begin().await?;
        leads::lock(&mut tx, id).await?;
        let mut open = self.open_lead(&mut tx, id).await?;
        let (old, old_status) = (open.row.ver, open.status);
        open.status = old_status.after(Step::Share { basis_in_force: true })?;
        let agreement = current(&mut tx, agreement, self.now()).await?.ok_or(Error::NotFound)?;
        let signed = self.signed_version(&mut tx, &open).await?;
        let shares = leads::shares(&mut tx, id).await?;
        let mut sent = 0;
        for (peer, chosen) in candidates(self.id, &agreement, recipients) {
            let held = shares.iter().find(|share| share.peer == key(peer));
            match permit(&self.request(peer, &agreement, &signed.facts, already(held)?.as_ref())) {
                Ok(permit) => {
                    let attempt = Attempt { held, attempts: 1 };
                    self.queue(&mut tx, &open, &signed, &agreement, &permit, attempt).await?;
                    sent += 1;
                }
                Err(Refusal::NoRole) if !chosen => {}
                Err(refusal) => return Err(refusal.into()),
            }
        }
        if sent == 0 {
            return Err(Refusal::NoRole.into());
        }
        self.note(&mut tx, EntryType::Share, about(officer, &open)).await?;
        self.save(&mut tx, &mut open, old, old_status).await?;
        let view = self.finish_view(&mut tx, &open).await?;
        self.commit_sequenced(tx).await?;
        Ok(view)
    }

    /// Sends the new version of a lead to everyone who holds an old one, under today's basis. Whoever may
    /// not have it now gets it once its basis allows it; whoever never may keeps what it has.
    pub(super) async fn reshare(
        &self,
        tx: &mut Tx,
        open: &OpenLead,
        signed: &SignedLead,
    ) -> Result<Status, Error> {
        let shares = leads::shares(tx, open.row.id).await?;
        let ids: Vec<Uuid> = shares.iter().map(|share| share.under.agreement).collect();
        let known = dossiers::load(tx, &ids).await?;
        for share in &shares {
            let Some(agreement) = known.get(&share.under.agreement).and_then(|it| it.current(self.now()))
            else {
                continue;
            };
            let (peer, held) = (node_of(share.peer)?, already(Some(share))?);
            let permit = permit(&self.request(peer, &agreement, &signed.facts, held.as_ref()));
            match renewal(status(share)?, permit) {
                Renewal::Now(permit) => {
                    let attempt = Attempt { held: Some(share), attempts: 1 };
                    self.queue(tx, open, signed, &agreement, &permit, attempt).await?;
                }
                Renewal::Later => again::put(tx, open.row.id, share.peer, self.now().0, 0).await?,
                Renewal::Never => {}
            }
        }
        Ok(open.status.after(Step::Share { basis_in_force: true })?)
    }

    /// What access asks, towards one recipient, now.
    pub(super) fn request<'a>(
        &self,
        peer: NodeId,
        agreement: &'a Agreement,
        facts: &'a Facts,
        already: Option<&'a Already>,
    ) -> Request<'a> {
        Request {
            owner: self.id,
            sender: self.id,
            peer,
            agreement,
            purpose: facts.purpose,
            kind: facts.kind,
            classification: facts.classification,
            places: &facts.places,
            already,
            active_alert: false,
            now: self.now(),
        }
    }

    /// What was signed of an opened lead at its version, its texts judged by the rules of today.
    pub(super) async fn signed_version(&self, tx: &mut Tx, open: &OpenLead) -> Result<SignedLead, Error> {
        let versions = leads::versions(tx, &[open.row.id]).await?;
        let row = versions.iter().find(|row| row.ver == open.row.ver).ok_or(Error::NotFound)?;
        let judged = judged_again(vec![((), open_version(row, &open.key)?)]).await?;
        judged.into_iter().next().map(|((), signed)| signed).ok_or(Error::NotFound)
    }

    /// Queues the message, and writes what the peer holds from now on. A narrowed peer gets no more than it was
    /// narrowed to.
    pub(super) async fn queue(
        &self,
        tx: &mut Tx,
        open: &OpenLead,
        signed: &SignedLead,
        agreement: &Agreement,
        permit: &Permit,
        attempt: Attempt<'_>,
    ) -> Result<(), Error> {
        let (peer, held) = (permit.peer(), attempt.held);
        let (id, version) = (agreement.terms().id, agreement.key());
        let claims = within(permit, held, signed)?;
        let presentation = present_only(signed, permit, &claims).map_err(|_| Error::Corrupt("claims"))?;
        let person_ref = held.map_or_else(|| person_ref(self), |share| share.person_ref.clone());
        let refs =
            canonical::digest(std::slice::from_ref(&person_ref)).map_err(|_| Error::Corrupt("references"))?;
        let said = Unsequenced {
            id: uuid_v4(self.entropy.as_ref()),
            to: peer,
            lane: Kind::Lead.lane(),
            kind: Kind::Lead,
            basis: Basis::Agreement {
                id,
                version: version.version,
                digest: version.digest,
                roles: permit.roles().to_vec(),
            },
            purpose: Some(signed.facts.purpose),
            statement_digest: presentation.digest(),
            disclosed: presentation.disclosed().to_vec(),
            person_refs_digest: Some(refs),
        };
        let mut drafts = self.signatures_for(tx, peer, said.lane, agreement).await?;
        let lead = Some((open.row.id, open.version()?));
        drafts.push(Draft::Send { said: Box::new(said), lead, attempts: attempt.attempts });
        leave(tx, &drafts).await?;
        let keep_until = due(self.now(), agreement.terms().retention_days).0;
        let before = already(held)?.unwrap_or_default();
        let mut roles = before.roles;
        roles.extend(permit.roles().iter().filter(|role| !held.is_some_and(|share| has_role(share, **role))));
        let claims: BTreeSet<Claim> = before.claims.into_iter().chain(claims).collect();
        let share = ShareRow {
            peer: key(peer),
            under: Under::of(id, version),
            roles: serde_json::to_string(&roles).map_err(|_| Error::Corrupt("roles"))?,
            claims: serde_json::to_string(&claims).map_err(|_| Error::Corrupt("claims"))?,
            ver: open.row.ver,
            person_ref,
            status: held.map_or(Ok(RecipientStatus::Pending), again)?.code().into(),
            kept: held.and_then(|share| share.kept.clone()),
            gone_below: 0,
            keep_until: Some(keep_until),
        };
        leads::put_share(tx, open.row.id, &share).await?;
        Ok(again::done(tx, open.row.id, key(peer)).await?)
    }
}

/// What access asks about a lead.
pub(super) fn facts(lead: &Lead) -> Facts {
    Facts {
        kind: lead.kind,
        purpose: lead.purpose,
        classification: lead.classification,
        places: lead.places.clone(),
    }
}

/// One more message about a lead to a peer.
pub(super) struct Attempt<'a> {
    /// What the peer was given before.
    pub(super) held: Option<&'a ShareRow>,
    /// How many messages this makes, in a row without success.
    pub(super) attempts: u32,
}

/// The newest version of an agreement that speaks for it now.
pub(super) async fn current(tx: &mut Tx, id: Uuid, now: Timestamp) -> Result<Option<Agreement>, Error> {
    Ok(dossiers::load(tx, &[id]).await?.remove(&id).and_then(|dossier| dossier.current(now)))
}

/// The recipients to try, each once, and whether it was named by the officer.
pub(super) fn candidates(
    me: NodeId,
    agreement: &Agreement,
    named: Option<Vec<NodeId>>,
) -> Vec<(NodeId, bool)> {
    if let Some(nodes) = named {
        let nodes: BTreeSet<NodeId> = nodes.into_iter().collect();
        return nodes.into_iter().map(|node| (node, true)).collect();
    }
    let parties = agreement.terms().parties.iter().map(|party| party.node);
    // Everybody locks what belongs to peers in the same order.
    let others: BTreeSet<NodeId> = parties.filter(|node| *node != me).collect();
    others.into_iter().map(|node| (node, false)).collect()
}

/// What a peer holds of a lead.
pub(super) fn already(share: Option<&ShareRow>) -> Result<Option<Already>, Error> {
    let Some(share) = share else { return Ok(None) };
    let roles = serde_json::from_str(&share.roles).map_err(|_| Error::Corrupt("roles"))?;
    let claims = serde_json::from_str::<Vec<Claim>>(&share.claims).map_err(|_| Error::Corrupt("claims"))?;
    Ok(Some(Already { roles, claims: claims.into_iter().collect() }))
}

/// What a peer has of a lead, as far as it was not taken back.
pub(super) fn given(share: &ShareRow) -> Result<BTreeSet<Claim>, Error> {
    let claims = share.kept.as_deref().unwrap_or(&share.claims);
    serde_json::from_str(claims).map_err(|_| Error::Corrupt("claims"))
}

/// The claims that a permit opens and a narrowing left. A version that was signed before a claim existed has none.
pub(super) fn within(
    permit: &Permit,
    held: Option<&ShareRow>,
    signed: &SignedLead,
) -> Result<Vec<Claim>, Error> {
    let kept = kept(held)?;
    let open = permit.claims().iter().copied().filter(|claim| signed.disclosures.contains_key(claim));
    Ok(open.filter(|claim| kept.as_ref().is_none_or(|kept| kept.contains(claim))).collect())
}

/// What a narrowed recipient was left; none: it was not narrowed.
pub(super) fn kept(held: Option<&ShareRow>) -> Result<Option<BTreeSet<Claim>>, Error> {
    held.filter(|share| share.kept.is_some()).map(given).transpose()
}

pub(super) fn status(share: &ShareRow) -> Result<RecipientStatus, Error> {
    share.status.parse().map_err(|_| Error::Corrupt("status"))
}

/// Where a lead stands at a peer that gets it again: whoever purged it starts anew.
fn again(share: &ShareRow) -> Result<RecipientStatus, Error> {
    let status = status(share)?;
    Ok(if status.holds() { status } else { RecipientStatus::Pending })
}

fn has_role(share: &ShareRow, role: Role) -> bool {
    serde_json::from_str::<Vec<Role>>(&share.roles).is_ok_and(|roles| roles.contains(&role))
}

/// 128 random bits: never derived from anything about the person.
fn person_ref(node: &Node) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random::<16>(node.entropy.as_ref()))
}
