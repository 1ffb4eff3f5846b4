//! Changes of the own keys and certificates, told to peers, and those of peers, taken from them.
//!
//! A node tells its newest descriptor to every peer before it sends anything else, and again after whatever
//! went wrong. What a peer tells is taken if a key signed it that the register holds already, and if it
//! changes no more than that key may change (`exchange::succession`). So a change waits in no queue: whoever
//! was away for a while learns it first.

use super::{Error, Node, key};
use crate::audit::words::AlarmKind;
use crate::audit::{EntryType, Incomplete};
use crate::clock::Timestamp;
use crate::domain::date::CivilDate;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::descriptor::Descriptor;
use crate::exchange::succession::{Announcement, follows};
use crate::node::deliver::Step;
use crate::node::keys::Seed;
use crate::node::open::{Presence, SIGNING_DAYS};
use crate::node::register::Registered;
use crate::peer::identity::PeerCertificate;
use crate::peer::transport::{PeerAddress, SHORT_ANSWER, Transport};
use crate::statement::keys::{ACCEPT_DAYS, KeyRecord, SigningKey};
use crate::store::db::Tx;
use crate::store::peer::{self as store, PeerRow};
use crate::store::state;

/// The alarm about a peer that says something of itself that its keys may not say.
pub(super) const REFUSED: &str = AlarmKind::AnnouncementRefused.code();

/// The fact that holds what the key before the present one signed last.
const ANNOUNCED: &str = "announced";

/// For how many days a retired key may still be found on statements: whatever signs in this moment is done
/// long before.
const HANDOVER_DAYS: i64 = 7;
const UNREADABLE: Error = Error::Unreadable("not an announcement of one or two descriptors");

/// How a node hands over to its next signing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handover {
    /// The old key announces the new one; peers take it by themselves.
    Ordinary,
    /// The old key is compromised since then: it announces nothing, and operators compare fingerprints again.
    Emergency(Timestamp),
}

impl Node {
    /// Announces the key of `seed` as the next one: the signed descriptor that names both. On return it is in
    /// the log, and (unless the old key is compromised) peers will be told. The caller stores the seed.
    pub async fn hand_over(
        &self,
        seed: &Seed,
        handover: Handover,
        presence: Presence,
    ) -> Result<(Descriptor, String), Error> {
        let now = self.now();
        let old = self.keys().signing();
        let next =
            SigningKey::from_seed(self.id(), seed).map_err(|_| Error::Unreadable("a seed makes no key"))?;
        let today = CivilDate::of(now);
        let mut said = self.describe(presence)?;
        said.signing_keys = said
            .signing_keys
            .into_iter()
            .map(|record| match handover {
                _ if record.kid() != old.kid() => record,
                Handover::Ordinary => record.retired(today.plus_days(HANDOVER_DAYS)),
                Handover::Emergency(since) => record.retired(today).compromised(since),
            })
            .collect();
        let (until, accept) = (today.plus_days(SIGNING_DAYS), today.plus_days(SIGNING_DAYS + ACCEPT_DAYS));
        let record = KeyRecord::new(self.id(), next.verifying_key(), today, until, accept);
        said.signing_keys.push(record.map_err(|_| Error::Corrupt("signing key"))?);
        let signer = if handover == Handover::Ordinary { old } else { &next };
        let signed = said.sign(signer)?;
        let mut tx = self.db.node.begin().await?;
        state::forget_fact(&mut tx, ANNOUNCED).await?;
        let code = if handover == Handover::Ordinary {
            state::settle_fact(&mut tx, ANNOUNCED, &signed).await?;
            "handed_over"
        } else {
            "compromised"
        };
        self.log_keys(&mut tx, (Some(self.operator()), self.id()), &signed, code).await?;
        tx.commit().await?;
        self.sequence_soon();
        Ok((said, signed))
    }

    /// Signs with the key of `seed` from now on, and tells peers `descriptor`; false if that is so already.
    pub fn follow(&self, seed: &Seed, descriptor: &str) -> Result<bool, Error> {
        let descriptor = descriptor.trim();
        let next =
            SigningKey::from_seed(self.id(), seed).map_err(|_| Error::Unreadable("a seed makes no key"))?;
        let said =
            Descriptor::open(descriptor, self.now()).map_err(|_| Error::Unreadable("not a descriptor"))?;
        if said.iss != self.id() || !said.signing_keys.iter().any(|record| record.kid() == next.kid()) {
            return Err(Error::Unreadable("the descriptor does not name the signing key"));
        }
        if self.descriptor() == Some(descriptor) && self.keys().signing().kid() == next.kid() {
            return Ok(false);
        }
        self.keys().succeed(next, descriptor.to_owned());
        self.wake_everyone();
        Ok(true)
    }

    /// What this node tells its peers of itself; none if it has no descriptor.
    pub async fn announcement(&self) -> Result<Option<Announcement>, Error> {
        let Some(newest) = self.descriptor() else { return Ok(None) };
        let mut tx = self.db.node.snapshot().await?;
        let announced = state::fact(&mut tx, ANNOUNCED).await?.filter(|announced| announced != newest);
        let descriptors = announced.into_iter().chain([newest.to_owned()]).collect();
        Ok(Some(Announcement { descriptors }))
    }

    /// Tells a peer what this node has become, and takes what the peer has become: moved once that is done, or
    /// refused for good. Idle if there is nothing to tell, or the peer is not active.
    pub async fn introduce(&self, transport: &dyn Transport, peer: NodeId) -> Result<Step, Error> {
        let Some(said) = self.announcement().await? else { return Ok(Step::Idle) };
        let mut tx = self.db.node.snapshot().await?;
        let registered = self.registered(&mut tx, peer).await?.filter(|peer| peer.active);
        tx.rollback().await?;
        let Some(Registered { descriptor, .. }) = registered else { return Ok(Step::Idle) };
        let address = PeerAddress { node: peer, base_url: descriptor.peer_url };
        let body = serde_json::to_vec(&said).map_err(|_| Error::Corrupt("announcement"))?;
        let Ok(answer) = transport.post(&address, "/peer/v1/keys", body, SHORT_ANSWER).await else {
            return Ok(Step::Failed);
        };
        match answer.status {
            200 => {
                let said = Announcement::read(&answer.body).ok_or(UNREADABLE)?;
                match self.take(peer, &said).await {
                    // The operators were told; what we hold of the peer stands until they take the change.
                    Err(Error::Succession(_)) => Ok(Step::Moved),
                    taken => taken.map(|()| Step::Moved),
                }
            }
            429 | 500.. => Ok(answer.retry_after.map_or(Step::Failed, Step::Asked)),
            status => {
                tracing::warn!(peer.id = %peer, status, "{peer} does not take our keys: HTTP {status}");
                Ok(Step::Moved)
            }
        }
    }

    /// Takes what the caller tells of itself; gives what this node is.
    pub async fn introduced(
        &self,
        connection: &PeerCertificate,
        bytes: &[u8],
    ) -> Result<Announcement, Error> {
        let said = Announcement::read(bytes).ok_or(UNREADABLE)?;
        let mut tx = self.db.node.snapshot().await?;
        self.admitted(&mut tx, connection).await?;
        tx.rollback().await?;
        self.take(connection.node, &said).await?;
        self.met(connection.node);
        Ok(self.announcement().await?.unwrap_or_default())
    }

    /// Takes the descriptors of a peer in their order, each under the keys of the one before. What they may not change
    /// changes nothing, and is an alarm.
    async fn take(&self, peer: NodeId, said: &Announcement) -> Result<(), Error> {
        let present = self.descriptor_of(peer).await?;
        if said.descriptors.last().is_none_or(|newest| *newest == present) {
            return Ok(());
        }
        let mut tx = self.db.node.begin().await?;
        store::take_turn(&mut tx, key(peer)).await?;
        let mut row = store::find(&mut tx, key(peer)).await?.ok_or(Error::PeerNotActive)?;
        let mut held = Registered::of(&row)?.descriptor;
        let mut outcome = Ok(None);
        for text in &said.descriptors {
            outcome = follows(&held, text, self.now());
            if let Ok(Some(next)) = &outcome {
                held = next.clone();
                row.descriptor.clone_from(text);
            }
        }
        // What came before the newest may be too old to be checked: it counts only if it leads there.
        if let Err(error) = outcome {
            let code = error.code();
            tracing::warn!(peer.id = %peer, code, "{peer} changed in a way that operators must take: {error}");
            tx.rollback().await?;
            self.raise(peer, REFUSED).await?;
            return Err(Error::Succession(error));
        }
        if row.descriptor == present {
            return Ok(());
        }
        row.fingerprint = held.fingerprint();
        row.changed_at = self.now().0;
        store::put(&mut tx, &row).await?;
        self.log_keys(&mut tx, (None, peer), &row.descriptor, "taken").await?;
        tx.commit().await?;
        self.sequence_soon();
        tracing::info!(peer.id = %peer, "{peer} has other keys, pins or another address from now on");
        Ok(())
    }

    /// Logs what an enrolment changes in a peer's keys; a key that is compromised is an alarm.
    pub(super) async fn log_key_changes(
        &self,
        tx: &mut Tx,
        before: Option<&PeerRow>,
        after: &PeerRow,
    ) -> Result<(), Error> {
        let Some(before) = before.map(Registered::of).transpose()? else { return Ok(()) };
        let next = Registered::of(after)?;
        if before.keys == next.keys {
            return Ok(());
        }
        let peer = next.descriptor.iss;
        let compromised = next.keys.keys().iter().any(|record| {
            let known = before.keys.keys().iter().find(|known| known.kid() == record.kid());
            record.compromised_since().is_some()
                && known.is_some_and(|known| known.compromised_since().is_none())
        });
        if compromised {
            state::alarm(
                tx,
                self.now().0,
                AlarmKind::KeyCompromised.code(),
                Some(key(peer)),
                None,
                Some(&after.fingerprint),
            )
            .await?;
        }
        let code = if compromised { "compromised" } else { "enrolled" };
        self.log_keys(tx, (Some(self.operator()), peer), &after.descriptor, code).await
    }

    /// Logs what became of a node's keys, and by whom; nobody if its peer said so by itself.
    async fn log_keys(
        &self,
        tx: &mut Tx,
        (actor, node): (Option<String>, NodeId),
        descriptor: &str,
        code: &str,
    ) -> Result<(), Error> {
        let (digest, code) = (Some(Digest::of(descriptor.as_bytes())), Some(code.into()));
        let body = Incomplete { actor, peer: Some(node), digest, code, ..Incomplete::default() };
        self.note(tx, EntryType::KeyChange, body).await
    }
}
