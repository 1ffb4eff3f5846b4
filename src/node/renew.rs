//! Sending again by itself: messages that a peer could not take yet, and leads whose basis changed on their way.
//!
//! Invariant: a lead that goes again goes as `access` allows it now, under the version then in force; one that may
//! not go yet is tried again until it may, or never may.

use uuid::Uuid;

use super::draft::{Draft, leave};
use super::share::{Attempt, already, current, status, within};
use super::{Error, Node, key};
use crate::clock::{Timestamp, uuid_v4};
use crate::domain::access::permit;
use crate::domain::agreement::{Dossier, State};
use crate::domain::lead::status::Status;
use crate::domain::node::NodeId;
use crate::domain::purge::{PurgeCause, due};
use crate::exchange::gate::held;
use crate::exchange::judge::refusal_code;
use crate::exchange::message::{Basis, Header, Kind, Lane, Unsequenced};
use crate::exchange::outbox::{Renewal, pause, renewal};
use crate::redaction::texts::gate;
use crate::store::db::Tx;
use crate::store::outbox::{self, DueRow};
use crate::store::{chain, lead as leads, renewal as again};

impl Node {
    /// Puts what shall go to the peer again, and may, back into the queue as new messages, some hundreds. Each by itself:
    /// one that fails is tried again later and holds up no other.
    pub async fn send_again(&self, peer: NodeId) -> Result<(), Error> {
        let now = self.now().0;
        let mut tx = self.db.node.snapshot().await?;
        let messages = outbox::due(&mut tx, key(peer), now).await?;
        let leads = again::due(&mut tx, key(peer), now).await?;
        tx.rollback().await?;
        for row in messages {
            if let Err(error) = self.message_again(peer, &row, now).await {
                let at = self.later(peer, &error, row.attempts);
                let mut tx = self.db.node.begin().await?;
                outbox::retry_at(&mut tx, row.peer, &row.lane, &row.epoch, row.seq, at.0).await?;
                tx.commit().await?;
            }
        }
        for (lead, renewals) in leads {
            if let Err(error) = self.lead_again(peer, (lead, renewals), now).await {
                let at = self.later(peer, &error, renewals);
                let mut tx = self.db.node.begin().await?;
                again::put(&mut tx, lead, key(peer), at.0, renewals.saturating_add(1)).await?;
                tx.commit().await?;
            }
        }
        self.sequence().await
    }

    /// When to try again what failed, which the operator is told once each time.
    fn later(&self, peer: NodeId, error: &Error, attempts: i64) -> Timestamp {
        tracing::warn!(peer.id = %peer, code = error.code(), "what goes to {peer} again waits: {error}");
        self.now().plus(pause(next(attempts), self.entropy.as_ref()))
    }

    async fn message_again(&self, peer: NodeId, row: &DueRow, now: i64) -> Result<(), Error> {
        let mut tx = self.db.node.begin().await?;
        if !outbox::take(&mut tx, row, now).await? {
            return Ok(());
        }
        if let Some(lead) = row.lead {
            self.renew(&mut tx, peer, lead, row.attempts).await?;
        } else {
            let header = serde_json::from_str(&row.header).map_err(|_| Error::Corrupt("header"))?;
            self.again(&mut tx, peer, header, row.attempts).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn lead_again(&self, peer: NodeId, (lead, renewals): (Uuid, i64), now: i64) -> Result<(), Error> {
        let mut tx = self.db.node.begin().await?;
        // The lead first, as whoever shares it does: neither waits for the other, and each sees what it was given.
        leads::lock(&mut tx, lead).await?;
        if again::take(&mut tx, lead, key(peer), now).await? {
            self.renew(&mut tx, peer, lead, renewals).await?;
        }
        Ok(tx.commit().await?)
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
            Status::Shared => match current(tx, share.under.agreement, self.now()).await? {
                None => return Ok(()),
                Some(agreement) => {
                    let signed = self.signed_version(tx, &open).await?;
                    let before = already(Some(&share))?;
                    let permit = permit(&self.request(peer, &agreement, &signed.facts, before.as_ref()));
                    match renewal(status(&share)?, permit) {
                        // Until somebody masks it.
                        Renewal::Now(permit)
                            if held(&signed, &within(&permit, Some(&share), &signed)?, &gate(&open.lead))
                                .is_some() =>
                        {
                            later(attempts)
                        }
                        Renewal::Now(permit) => {
                            chain::forget_agreement(tx, key(peer), Kind::Lead.lane(), share.under.agreement)
                                .await?;
                            let attempt = Attempt { held: Some(&share), attempts };
                            return self.queue(tx, &open, &signed, &agreement, &permit, attempt).await;
                        }
                        Renewal::Later => later(attempts),
                        Renewal::Never => return Ok(()),
                    }
                }
            },
            _ => return Ok(()),
        };
        Ok(again::put(tx, lead, key(peer), due.0, i64::from(attempts)).await?)
    }

    /// What a new statement about an agreement starts: what waits for it is tried at once; once it is terminated,
    /// what was received under it goes when its retention is over.
    pub(super) async fn after_step(&self, tx: &mut Tx, dossier: &Dossier) -> Result<(), Error> {
        let now = self.now();
        let parties: Vec<i64> = dossier.known_parties().map(key).collect();
        again::hasten(tx, dossier.id(), &parties, now.0).await?;
        let Some(agreement) = dossier.current(now) else { return Ok(()) };
        // What was judged before this step is judged again. In the same order by whoever does it.
        let mut others: Vec<i64> = agreement.terms().parties.iter().map(|party| key(party.node)).collect();
        others.retain(|party| *party != key(self.id));
        others.sort_unstable();
        for party in others {
            chain::recall(tx, party, Lane::Normal).await?;
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
