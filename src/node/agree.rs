//! Agreements: proposed and countersigned by the nodes, known with the signatures seen so far.

use std::collections::HashMap;

use serde::Deserialize;
use uuid::Uuid;

use super::draft::{Draft, leave};
use super::officer::Officer;
use super::views::AgreementView;
use super::{Error, Node, key};
use crate::audit::{EntryType, Incomplete};
use crate::clock::uuid_v4;
use crate::domain::agreement::{Agreement, Party, Terms};
use crate::domain::date::CivilDate;
use crate::domain::digest::Digest;
use crate::domain::lead::codes::{LeadKind, Purpose};
use crate::domain::node::NodeId;
use crate::domain::profile::Profile;
use crate::domain::unit::Duty;
use crate::exchange::forms::{AgreementForm, CountersignatureForm, day};
use crate::exchange::message::{Basis, Kind, Lane, Unsequenced};
use crate::statement::{canonical, jws};
use crate::store::db::Tx;
use crate::store::{agreement as store, outbox};

/// What a proposer writes; id, version and proposer are the node's.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// The parties.
    pub parties: Vec<Party>,
    /// What leads may be used for.
    pub purposes: Vec<Purpose>,
    /// Which leads may travel.
    pub kinds: Vec<LeadKind>,
    /// The disclosure profile; none: the default matrix.
    #[serde(default)]
    pub profile: Option<Profile>,
    /// The first day.
    pub valid_from: CivilDate,
    /// The last day.
    pub valid_until: CivilDate,
    /// How long what was received is kept, days.
    pub retention_days: u32,
    /// The digest of the signed letter.
    pub text_digest: Digest,
}

/// The agreements as known, by id and version.
pub type Known = HashMap<(Uuid, u32), Agreement>;

impl Node {
    /// Proposes an agreement to its other parties. When this returns, it is durable and on its way.
    pub async fn propose(
        &self,
        officer: Option<&Officer>,
        proposal: Proposal,
    ) -> Result<AgreementView, Error> {
        if let Some(officer) = officer {
            officer.require(&[Duty::Approver])?;
        }
        let terms = Terms {
            id: uuid_v4(self.entropy.as_ref()),
            version: 1,
            parties: proposal.parties,
            purposes: proposal.purposes,
            kinds: proposal.kinds,
            profile: proposal.profile.unwrap_or_else(Profile::default_matrix),
            valid_from: proposal.valid_from,
            valid_until: proposal.valid_until,
            retention_days: proposal.retention_days,
            text_digest: proposal.text_digest,
            proposer: self.id,
        };
        let digest = terms_digest(&terms)?;
        let agreement = Agreement::proposed(terms.clone(), digest).map_err(Error::Terms)?;
        let agreement = agreement.countersign(self.id).map_err(|_| Error::Corrupt("proposer"))?;
        let form = AgreementForm { iss: self.id, iat: day(self.now()), terms };
        let statement = jws::sign(self.keys.signing(), jws::typ::AGREEMENT, &form)?;
        let mut tx = self.db.node.begin().await?;
        store::add(&mut tx, form.terms.id, i64::from(form.terms.version), digest, &statement).await?;
        self.tell_parties(&mut tx, &agreement, Kind::Agreement, &statement).await?;
        self.log_signature(&mut tx, officer, digest).await?;
        tx.commit().await?;
        self.sequence().await?;
        Ok(self.agreement_view(&agreement))
    }

    /// Countersigns the terms with that digest. When this returns, the signature is durable and on its way
    /// to every other party.
    pub async fn countersign(
        &self,
        officer: Option<&Officer>,
        id: Uuid,
        version: u32,
        digest: Digest,
    ) -> Result<AgreementView, Error> {
        if let Some(officer) = officer {
            officer.require(&[Duty::Approver])?;
        }
        let mut tx = self.db.node.begin().await?;
        let mut known = load(&mut tx, &[id]).await?;
        let agreement = known.remove(&(id, version)).ok_or(Error::NotFound)?;
        if agreement.digest() != digest {
            return Err(Error::Conflict);
        }
        let agreement = agreement.countersign(self.id).map_err(|refused| match refused.code() {
            "already_countersigned" => Error::Exists,
            _ => Error::Forbidden,
        })?;
        let form =
            CountersignatureForm { iss: self.id, iat: day(self.now()), agreement: id, version, digest };
        let statement = jws::sign(self.keys.signing(), jws::typ::COUNTERSIGNATURE, &form)?;
        store::countersign(&mut tx, id, i64::from(version), key(self.id), &statement).await?;
        self.tell_parties(&mut tx, &agreement, Kind::Countersignature, &statement).await?;
        self.log_signature(&mut tx, officer, digest).await?;
        tx.commit().await?;
        self.sequence().await?;
        Ok(self.agreement_view(&agreement))
    }

    /// Every agreement that this node knows.
    pub async fn agreements(&self) -> Result<Vec<AgreementView>, Error> {
        let mut tx = self.db.node.snapshot().await?;
        let ids: Vec<Uuid> = store::all(&mut tx).await?.into_iter().map(|(id, _, _)| id).collect();
        let mut known: Vec<Agreement> = load(&mut tx, &ids).await?.into_values().collect();
        known.sort_by_key(|agreement| (agreement.terms().id, agreement.terms().version));
        Ok(known.iter().map(|agreement| self.agreement_view(agreement)).collect())
    }

    fn agreement_view(&self, agreement: &Agreement) -> AgreementView {
        AgreementView {
            id: agreement.terms().id,
            version: agreement.terms().version,
            digest: agreement.digest(),
            state: agreement.state_at(self.now()).code(),
            countersigned: agreement.countersigned().iter().copied().collect(),
            terms: agreement.terms().clone(),
        }
    }

    async fn tell_parties(
        &self,
        tx: &mut Tx,
        agreement: &Agreement,
        kind: Kind,
        statement: &str,
    ) -> Result<(), Error> {
        let others = agreement.terms().parties.iter().map(|party| party.node).filter(|node| *node != self.id);
        let mut drafts = Vec::new();
        for peer in others {
            drafts.push(self.control(tx, peer, kind.lane(), kind, statement).await?);
        }
        leave(tx, &drafts).await
    }

    /// A control message that carries a plain statement.
    pub(super) async fn control(
        &self,
        tx: &mut Tx,
        to: NodeId,
        lane: Lane,
        kind: Kind,
        statement: &str,
    ) -> Result<Draft, Error> {
        let statement_digest = Digest::of(statement.as_bytes());
        outbox::put_statement(tx, statement_digest, statement).await?;
        let said = Unsequenced {
            id: uuid_v4(self.entropy.as_ref()),
            to,
            lane,
            kind,
            basis: Basis::Control,
            purpose: None,
            statement_digest,
            disclosed: Vec::new(),
            person_refs_digest: None,
        };
        Ok(Draft::send(said, None))
    }

    /// The whole set of an agreement's signatures for a chain that has not carried it yet.
    pub(super) async fn signatures_for(
        &self,
        tx: &mut Tx,
        peer: NodeId,
        lane: Lane,
        agreement: &Agreement,
    ) -> Result<Vec<Draft>, Error> {
        let (id, version) = (agreement.terms().id, i64::from(agreement.terms().version));
        if !crate::store::chain::carry_agreement(tx, key(peer), lane, id, version).await? {
            return Ok(Vec::new());
        }
        let mut drafts = Vec::new();
        for (_, stored, statement) in store::find(tx, &[id]).await? {
            if stored == version {
                drafts.push(self.control(tx, peer, lane, Kind::Agreement, &statement).await?);
            }
        }
        for (_, stored, _, statement) in store::countersignatures(tx, &[id]).await? {
            if stored == version {
                drafts.push(self.control(tx, peer, lane, Kind::Countersignature, &statement).await?);
            }
        }
        Ok(drafts)
    }

    async fn log_signature(
        &self,
        tx: &mut Tx,
        officer: Option<&Officer>,
        digest: Digest,
    ) -> Result<(), Error> {
        let actor = officer.map(|officer| officer.pseudonym.clone());
        self.note(tx, EntryType::Sign, Incomplete { actor, digest: Some(digest), ..Incomplete::default() })
            .await
    }
}

/// The digest of the canonical terms.
pub fn terms_digest(terms: &Terms) -> Result<Digest, Error> {
    canonical::digest(terms).map_err(|_| Error::Unreadable("the terms have no canonical form"))
}

/// These agreements in all their versions, with the signatures seen so far. What is stored was verified.
pub async fn load(tx: &mut Tx, ids: &[Uuid]) -> Result<Known, Error> {
    let mut known = Known::new();
    for (_, _, statement) in store::find(tx, ids).await? {
        let payload = jws::claimed_payload(&statement)?;
        let form: AgreementForm = serde_json::from_value(payload).map_err(|_| Error::Corrupt("agreement"))?;
        let (id, version, iss) = (form.terms.id, form.terms.version, form.iss);
        let digest = terms_digest(&form.terms)?;
        let agreement = Agreement::proposed(form.terms, digest).map_err(|_| Error::Corrupt("agreement"))?;
        let agreement = agreement.countersign(iss).map_err(|_| Error::Corrupt("agreement"))?;
        known.insert((id, version), agreement);
    }
    for (id, version, node, statement) in store::countersignatures(tx, ids).await? {
        let version = u32::try_from(version).map_err(|_| Error::Corrupt("agreement"))?;
        let node = super::node_of(node)?;
        let form: CountersignatureForm = serde_json::from_value(jws::claimed_payload(&statement)?)
            .map_err(|_| Error::Corrupt("countersignature"))?;
        // Only a signature under these very terms counts.
        if let Some(agreement) = known.get_mut(&(id, version))
            && agreement.digest() == form.digest
            && let Ok(more) = agreement.clone().countersign(node)
        {
            *agreement = more;
        }
    }
    Ok(known)
}
