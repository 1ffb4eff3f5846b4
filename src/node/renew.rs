//! Sending again by itself: messages that a peer could not take yet, and leads whose basis changed on their way.
//!
//! Invariant: a lead that goes again goes as `access` allows it now, under the version then in force; one that may
//! not go yet is tried again until it may, or never may.

use uuid::Uuid;

use super::draft::{Draft, leave};
use super::share::{Attempt, already, current, status};
use super::{Error, Node, key};
use crate::clock::uuid_v4;
use crate::domain::access::permit;
use crate::domain::agreement::{Dossier, State};
use crate::domain::lead::status::Status;
use crate::domain::node::NodeId;
use crate::domain::purge::{PurgeCause, due};
use crate::exchange::judge::refusal_code;
use crate::exchange::message::{Basis, Header, Kind, Lane, Unsequenced};
use crate::exchange::outbox::pause;
use crate::store::db::Tx;
use crate::store::{chain, lead as leads, outbox, renewal};

impl Node {
    /// Puts whatever shall go to the peer again, and may, back into the queue as new messages.
    pub async fn send_again(&self, peer: NodeId) -> Result<(), Error> {
        let mut tx = self.db.node.begin().await?;
        let now = self.now().0;
        for (header, lead, _, attempts) in outbox::take_due(&mut tx, key(peer), now).await? {
            let header: Header = serde_json::from_str(&header).map_err(|_| Error::Corrupt("header"))?;
            match lead {
                Some(lead) => self.renew(&mut tx, peer, lead, attempts).await?,
                None => self.again(&mut tx, peer, header, attempts).await?,
            }
        }
        for (lead, renewals) in renewal::take_due(&mut tx, key(peer), now).await? {
            self.renew(&mut tx, peer, lead, renewals).await?;
        }
        self.commit_sequenced(tx).await
    }

    /// The same statement in a new message.
    async fn again(&self, tx: &mut Tx, peer: NodeId, header: Header, attempts: i64) -> Result<(), Error> {
        let (kind, basis) = header.known().ok_or(Error::Corrupt("header"))?;
        let mut basis = basis.clone();
        // The receiver may lack the signatures that an earlier message of this chain carried.
        if let (Basis::Agreement { id, version, digest, .. }, Kind::Answer) = (&mut basis, kind)
            && let Some(agreement) = current(tx, *id, self.now()).await?
        {
            if let Err(refusal) = agreement.may_send(self.now())
                && refusal_code(refusal.into()).passing()
            {
                let (epoch, at) =
                    (header.epoch.to_string(), self.now().plus(pause(next(attempts), self.entropy.as_ref())));
                let (lane, seq) = (header.lane.code(), header.seq.cast_signed());
                return Ok(outbox::retry_at(tx, key(peer), lane, &epoch, seq, at.0).await?);
            }
            (*version, *digest) = (agreement.terms().version, agreement.digest());
            chain::forget_agreement(tx, key(peer), header.lane, *id).await?;
            let signatures = self.signatures_for(tx, peer, header.lane, &agreement).await?;
            leave(tx, &signatures).await?;
        }
        let said = Unsequenced {
            id: uuid_v4(self.entropy.as_ref()),
            to: header.to,
            lane: header.lane,
            kind,
            basis,
            purpose: header.purpose,
            statement_digest: header.statement_digest,
            disclosed: header.disclosed,
            person_refs_digest: header.person_refs_digest,
        };
        leave(tx, &[Draft::Send { said: Box::new(said), lead: None, attempts: next(attempts) }]).await
    }

    /// The lead as it stands now, if its basis allows it now; later, if it may allow it then.
    async fn renew(&self, tx: &mut Tx, peer: NodeId, lead: Uuid, renewals: i64) -> Result<(), Error> {
        let later = |attempts| self.now().plus(pause(attempts, self.entropy.as_ref()));
        let open = match self.open_lead(tx, lead).await {
            Ok(open) => open,
            Err(Error::NotFound | Error::Erased) => return Ok(()),
            Err(error) => return Err(error),
        };
        let Some(share) = leads::shares(tx, lead).await?.into_iter().find(|share| share.peer == key(peer))
        else {
            return Ok(());
        };
        let attempts = next(renewals);
        let due = match open.status {
            // A correction goes by itself once it is approved.
            Status::Submitted => later(attempts),
            Status::Shared if !status(&share)?.holds() => return Ok(()),
            Status::Shared => match current(tx, share.agreement, self.now()).await? {
                None => return Ok(()),
                Some(agreement) => {
                    let signed = self.signed_version(tx, &open).await?;
                    let held = already(Some(&share))?;
                    match permit(&self.request(peer, &agreement, &signed.facts, held.as_ref())) {
                        Ok(permit) => {
                            chain::forget_agreement(tx, key(peer), Kind::Lead.lane(), share.agreement)
                                .await?;
                            let attempt = Attempt { held: Some(&share), attempts };
                            return self.queue(tx, &open, &signed, &agreement, &permit, attempt).await;
                        }
                        Err(refusal) if refusal_code(refusal).passing() => later(attempts),
                        Err(_) => return Ok(()),
                    }
                }
            },
            _ => return Ok(()),
        };
        Ok(renewal::put(tx, lead, key(peer), due.0, i64::from(attempts)).await?)
    }

    /// What a new statement about an agreement starts: what waits for it is tried at once; once it is terminated,
    /// what was received under it goes when its retention is over.
    pub(super) async fn after_step(&self, tx: &mut Tx, dossier: &Dossier) -> Result<(), Error> {
        let now = self.now();
        renewal::hasten(tx, dossier.id(), now.0).await?;
        let Some(agreement) = dossier.current(now) else { return Ok(()) };
        // What was judged before this step is judged again.
        for party in agreement.terms().parties.iter().filter(|party| party.node != self.id) {
            chain::recall(tx, key(party.node), Lane::Normal).await?;
        }
        if let State::Terminated { .. } = agreement.state_at(now) {
            let by = due(now, agreement.terms().retention_days);
            self.purge_received_under(tx, dossier.id(), PurgeCause::AgreementEnded, by).await?;
        }
        Ok(())
    }
}

fn next(attempts: i64) -> u32 {
    u32::try_from(attempts).unwrap_or(u32::MAX).saturating_add(1)
}
