//! Witnessing other nodes' logs: each head must contain the one we saw before, and only then is it cosigned.
//!
//! Invariant: a head is durable here, and in our log, before our cosignature on it leaves; what contradicts it
//! afterwards raises an alarm with both heads as proof.

use super::draft::{Draft, leave};
use super::register::Registered;
use super::{Error, Node, Signed, key};
use crate::audit::{EntryType, Incomplete};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::batch::{Consistency, Head};
use crate::exchange::inbox::OpenedBatch;
use crate::exchange::message::log_origin;
use crate::peer::identity::PeerCertificate;
use crate::store::db::Tx;
use crate::store::{state, witness as store};
use crate::tlog::checkpoint::{Checkpoint, Opened};
use crate::tlog::cosignature::cosign;
use crate::tlog::note::{Note, NoteSignature};
use crate::tlog::proof::verify_consistency;
use crate::tlog::witness::{AddCheckpoint, Declined};

/// How a checkpoint stands to the newest head that we saw of its log.
enum Standing {
    /// It is that head.
    Known,
    /// It contains everything we saw, and more.
    Newer {
        /// How many entries it covers.
        size: u64,
        /// Its root.
        root: Digest,
    },
    /// Nothing ties them together (a receipt was lost: the next batch will), or it is not its log's.
    Untied,
    /// Its log signed both, and they cannot both be true.
    Contradiction(Declined),
}

async fn standing(
    tx: &mut Tx,
    peer: &Registered,
    checkpoint: &str,
    proofs: &[Consistency],
) -> Result<Standing, Error> {
    let known = [peer.log_key()?];
    let Ok(Opened { checkpoint: Checkpoint { size, root, .. }, .. }) =
        Checkpoint::open(checkpoint.as_bytes(), &known)
    else {
        return Ok(Standing::Untied);
    };
    let Some((seen, seen_root, _)) = store::newest_head(tx, key(peer.descriptor.iss)).await? else {
        return Ok(Standing::Newer { size, root });
    };
    if seen == size {
        let same = seen_root == root;
        return Ok(if same { Standing::Known } else { Standing::Contradiction(Declined::Split(seen)) });
    }
    let Some(proof) = proofs.iter().find(|proof| proof.from == seen) else { return Ok(Standing::Untied) };
    Ok(match verify_consistency(seen, &seen_root, size, &root, &proof.proof) {
        Ok(()) => Standing::Newer { size, root },
        Err(_) => Standing::Contradiction(Declined::Inconsistent),
    })
}

impl Node {
    /// Ties the checkpoint of a batch to the last head that we saw, and remembers it.
    pub(super) async fn see_head(
        &self,
        tx: &mut Tx,
        peer: &Registered,
        batch: &OpenedBatch,
    ) -> Result<Option<Draft>, Error> {
        store::take_turn(tx, key(peer.descriptor.iss)).await?;
        match standing(tx, peer, &batch.checkpoint, &batch.consistency).await? {
            Standing::Newer { size, root } => {
                self.remember(tx, peer.descriptor.iss, (size, root), &batch.checkpoint).await.map(Some)
            }
            Standing::Contradiction(why) => {
                self.contradicted(tx, peer.descriptor.iss, why, &batch.checkpoint).await.map(Some)
            }
            Standing::Known | Standing::Untied => Ok(None),
        }
    }

    async fn remember(
        &self,
        tx: &mut Tx,
        log: NodeId,
        (size, root): (u64, Digest),
        checkpoint: &str,
    ) -> Result<Draft, Error> {
        store::see_head(tx, key(log), size, root, checkpoint).await?;
        let body =
            Incomplete { peer: Some(log), size: Some(size), digest: Some(root), ..Incomplete::default() };
        Ok(Draft::note(EntryType::PeerHead, body))
    }

    /// A log signed two heads that exclude each other: both are kept, and people are told.
    async fn contradicted(
        &self,
        tx: &mut Tx,
        log: NodeId,
        why: Declined,
        checkpoint: &str,
    ) -> Result<Draft, Error> {
        tracing::error!(peer.id = %log, code = why.code(), "the log of {log} contradicts itself: {why}; ask its operator, and give both heads to the auditor");
        let seen = store::newest_head(tx, key(log)).await?.map_or_else(String::new, |(.., note)| note);
        let proof = format!("{seen}\n{checkpoint}");
        state::alarm(tx, self.now().0, why.code(), Some(key(log)), None, Some(&proof)).await?;
        let body = Incomplete {
            peer: Some(log),
            code: Some(why.code().into()),
            digest: Some(Digest::of(proof.as_bytes())),
            ..Incomplete::default()
        };
        Ok(Draft::note(EntryType::Alarm, body))
    }

    /// Cosigns a peer's checkpoint, if it is the newest head that we followed it to.
    pub(super) async fn cosign(
        &self,
        tx: &mut Tx,
        peer: &Registered,
        checkpoint: &str,
    ) -> Result<(Option<String>, Option<Head>), Error> {
        let newest = store::newest_head(tx, key(peer.descriptor.iss)).await?;
        let head = newest.as_ref().map(|(size, root, _)| Head { size: *size, root: *root });
        match standing(tx, peer, checkpoint, &[]).await? {
            Standing::Known => Ok((Some(self.cosignature(checkpoint)?), head)),
            _ => Ok((None, head)),
        }
    }

    fn cosignature(&self, checkpoint: &str) -> Result<String, Error> {
        let note = Note::parse(checkpoint.as_bytes()).map_err(|_| Error::Corrupt("checkpoint"))?;
        let seconds = self.now().seconds().cast_unsigned();
        let line = cosign(self.keys.cosigner(), &note, seconds).map_err(|_| Error::Corrupt("cosignature"))?;
        Ok(line.to_string())
    }

    /// Answers C2SP tlog-witness `add-checkpoint` from an active peer about its own log: the line of our
    /// cosignature, or why not. When this returns a line, the head is durable here and in our log.
    pub async fn add_checkpoint(
        &self,
        connection: &PeerCertificate,
        body: &[u8],
    ) -> Result<Result<String, Declined>, Error> {
        let Some(request) = std::str::from_utf8(body).ok().and_then(|text| text.parse().ok()) else {
            let mut tx = self.db.node.snapshot().await?;
            return self.admitted(&mut tx, connection).await.map(|_| Err(Declined::Malformed));
        };
        let request: AddCheckpoint = request;
        let mut tx = self.db.node.begin().await?;
        let peer = self.admitted(&mut tx, connection).await?;
        store::take_turn(&mut tx, key(connection.node)).await?;
        let seen = store::newest_head(&mut tx, key(connection.node)).await?;
        let draft = match self.judge_head(&peer, &request, seen.map(|(size, root, _)| (size, root))) {
            Ok(Checkpoint { size, .. }) if seen_already(size, request.old) => None,
            Ok(Checkpoint { size, root, .. }) => {
                Some(self.remember(&mut tx, connection.node, (size, root), &request.checkpoint).await?)
            }
            Err(why) if why.alarming() => {
                let draft = self.contradicted(&mut tx, connection.node, why, &request.checkpoint).await?;
                leave(&mut tx, &[draft]).await?;
                self.commit_sequenced(tx).await?;
                return Ok(Err(why));
            }
            Err(why) => return Ok(Err(why)),
        };
        if let Some(draft) = draft {
            leave(&mut tx, &[draft]).await?;
            self.commit_sequenced(tx).await?;
        }
        self.met(connection.node);
        Ok(Ok(self.cosignature(&request.checkpoint)?))
    }

    fn judge_head(
        &self,
        peer: &Registered,
        request: &AddCheckpoint,
        seen: Option<(u64, Digest)>,
    ) -> Result<Checkpoint, Declined> {
        if request.claimed()?.origin != log_origin(peer.descriptor.iss, peer.descriptor.epoch) {
            return Err(Declined::UnknownLog);
        }
        let key = peer.log_key().map_err(|_| Declined::UnknownLog)?;
        request.admit(&key, seen)
    }

    /// Keeps a witness's cosignature on our checkpoint, if it verifies; whether it does.
    pub(super) async fn keep_cosignature(
        &self,
        tx: &mut Tx,
        witness: &Registered,
        on: &Signed,
        line: &str,
    ) -> Result<bool, Error> {
        let mut note = Note::parse(on.note.as_bytes()).map_err(|_| Error::Corrupt("checkpoint"))?;
        let attached = NoteSignature::parse(line).and_then(|signature| note.attach(signature));
        let known = [witness.cosigner_key()?];
        let node = witness.descriptor.iss;
        if attached.is_err() || note.verify(&known).is_err() {
            tracing::warn!(peer.id = %node, "the cosignature of {node} does not verify");
            return Ok(false);
        }
        store::put_cosignature(tx, key(node), on.size, line).await?;
        Ok(true)
    }
}

/// Whether the head that was offered is the one that we saw last.
const fn seen_already(size: u64, old: u64) -> bool {
    size == old && size > 0
}
