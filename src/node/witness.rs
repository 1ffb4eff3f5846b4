//! Witnessing other nodes' logs: each head must contain the one we saw before, and only then is it cosigned.
//!
//! Invariant: a head is durable here, and in our log, before our cosignature on it leaves; another head of the
//! same size raises an alarm with both as proof, once a day for each log.

use super::draft::{Draft, leave};
use super::register::Registered;
use super::{Error, Node, Signed, key};
use crate::audit::{EntryType, Incomplete};
use crate::clock::Timestamp;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::batch::{Consistency, Head};
use crate::exchange::message::Epoch;
use crate::peer::identity::PeerCertificate;
use crate::store::db::Tx;
use crate::store::witness::{self as store, HeadRow};
use crate::store::{peer as peers, state};
use crate::tlog::checkpoint::{Checkpoint, Opened};
use crate::tlog::cosignature::cosign;
use crate::tlog::note::{Note, NoteSignature};
use crate::tlog::proof::verify_consistency;
use crate::tlog::witness::{AddCheckpoint, Declined, worth_seeing};

/// How a checkpoint stands to the newest head that we saw of its log.
enum Standing {
    /// It is that head.
    Known,
    /// It contains everything we saw of its epoch, and more; or it is the first of a new epoch.
    Newer {
        /// The counter of the epoch.
        counter: u32,
        /// How many entries it covers.
        size: u64,
        /// Its root.
        root: Digest,
    },
    /// Nothing ties them together (a receipt was lost: the next batch will), it is not its log's, or it is of an
    /// epoch that a later one closed.
    Untied,
    /// Its log signed both: of one size, with different roots; or of two epochs with one number.
    Split,
}

async fn standing(
    tx: &mut Tx,
    peer: &Registered,
    checkpoint: &str,
    proofs: &[Consistency],
) -> Result<Standing, Error> {
    let Some((epoch, key_then)) = peer.log_key(origin_of(checkpoint))? else { return Ok(Standing::Untied) };
    let known = [key_then];
    let Ok(Opened { checkpoint, .. }) = Checkpoint::open(checkpoint.as_bytes(), &known) else {
        return Ok(Standing::Untied);
    };
    if !worth_seeing(&checkpoint) {
        return Ok(Standing::Untied);
    }
    let Checkpoint { size, root, .. } = checkpoint;
    let newer = Standing::Newer { counter: epoch.counter, size, root };
    let seen = match seen_of(tx, peer.descriptor.iss, &checkpoint.origin, epoch).await? {
        Seen::Nothing => return Ok(newer),
        Seen::Closed => return Ok(Standing::Untied),
        Seen::OtherEpoch(_) => return Ok(Standing::Split),
        Seen::Head(seen) => seen,
    };
    if seen.size == size {
        return Ok(if seen.root == root { Standing::Known } else { Standing::Split });
    }
    let Some(proof) = proofs.iter().find(|proof| proof.from == seen.size) else {
        return Ok(Standing::Untied);
    };
    let holds = verify_consistency(seen.size, &seen.root, size, &root, &proof.proof).is_ok();
    Ok(if holds { newer } else { Standing::Untied })
}

/// What we saw of a peer's log in one of its epochs.
enum Seen {
    /// Nothing, nor of any later one.
    Nothing,
    /// This head last.
    Head(HeadRow),
    /// A later epoch: this one is closed.
    Closed,
    /// Another epoch with the same number, up to this size: two nodes speak under one name.
    OtherEpoch(u64),
}

async fn seen_of(tx: &mut Tx, log: NodeId, origin: &str, epoch: Epoch) -> Result<Seen, Error> {
    Ok(match store::newest_head(tx, key(log)).await? {
        None => Seen::Nothing,
        Some(newest) if newest.counter < epoch.counter => {
            tracing::warn!(peer.id = %log, %epoch, "{log} was restored: its log goes on in epoch {epoch}, and it may ask for what it lost");
            Seen::Nothing
        }
        Some(newest) if newest.counter > epoch.counter => Seen::Closed,
        Some(newest) if origin_of(&newest.note) != origin => Seen::OtherEpoch(newest.size),
        Some(newest) => Seen::Head(newest),
    })
}

/// The first line of a checkpoint.
pub(super) fn origin_of(checkpoint: &str) -> &str {
    checkpoint.lines().next().unwrap_or_default()
}

impl Node {
    /// Ties a checkpoint that came along to the last head that we saw, and remembers it.
    pub(super) async fn see_head(
        &self,
        tx: &mut Tx,
        peer: &Registered,
        checkpoint: &str,
        consistency: &[Consistency],
    ) -> Result<Option<Draft>, Error> {
        let log = peer.descriptor.iss;
        peers::take_turn(tx, key(log)).await?;
        match standing(tx, peer, checkpoint, consistency).await? {
            Standing::Newer { counter, size, root } => {
                let note = checkpoint.to_owned();
                self.remember(tx, log, HeadRow { counter, size, root, note }).await.map(Some)
            }
            Standing::Split => self.split(tx, log, checkpoint).await,
            Standing::Known | Standing::Untied => Ok(None),
        }
    }

    async fn remember(&self, tx: &mut Tx, log: NodeId, head: HeadRow) -> Result<Draft, Error> {
        if !store::see_head(tx, key(log), &head).await? {
            return Err(Error::Corrupt("a head of this size is known"));
        }
        let (size, digest) = (Some(head.size), Some(head.root));
        let body = Incomplete { peer: Some(log), size, digest, ..Incomplete::default() };
        Ok(Draft::note(EntryType::PeerHead, body))
    }

    /// A log signed two heads of one size: both are kept as proof, and people are told.
    async fn split(&self, tx: &mut Tx, log: NodeId, checkpoint: &str) -> Result<Option<Draft>, Error> {
        let code = Declined::Split(0).code();
        tracing::error!(peer.id = %log, code, "the log of {log} signed two heads of one size: ask its operator, and keep the alarm's proof for the auditor");
        if state::alarmed(tx, code, key(log), self.now().0 - Timestamp::DAY).await? {
            return Ok(None);
        }
        let seen = store::newest_head(tx, key(log)).await?.map_or_else(String::new, |seen| seen.note);
        let proof = format!("{seen}\n{checkpoint}");
        state::alarm(tx, self.now().0, code, Some(key(log)), None, Some(&proof)).await?;
        let digest = Some(Digest::of(proof.as_bytes()));
        let body = Incomplete { peer: Some(log), code: Some(code.into()), digest, ..Incomplete::default() };
        Ok(Some(Draft::note(EntryType::Alarm, body)))
    }

    /// Cosigns a peer's checkpoint, if one came and it is the newest head that we followed it to; and that head.
    pub(super) async fn cosign(
        &self,
        tx: &mut Tx,
        peer: &Registered,
        checkpoint: Option<&str>,
    ) -> Result<(Option<String>, Option<Head>), Error> {
        let newest = store::newest_head(tx, key(peer.descriptor.iss)).await?;
        let head = newest.map(|seen| Head { size: seen.size, root: seen.root });
        let Some(checkpoint) = checkpoint else { return Ok((None, head)) };
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
        let mut tx = self.db.node.snapshot().await?;
        let judged = self.judge_head(&mut tx, connection, body).await?;
        tx.rollback().await?;
        match judged {
            Ok((request, Standing::Known)) => {
                self.sequence_rest().await?;
                Ok(Ok(self.cosignature(&request.checkpoint)?))
            }
            Ok(_) => self.take_head(connection, body).await,
            Err(why) if why.contradicts() => self.take_head(connection, body).await,
            Err(why) => Ok(Err(why)),
        }
    }

    /// Judges the request once more, alone, and stores what follows.
    async fn take_head(
        &self,
        connection: &PeerCertificate,
        body: &[u8],
    ) -> Result<Result<String, Declined>, Error> {
        let log = connection.node;
        let mut tx = self.db.node.begin().await?;
        peers::take_turn(&mut tx, key(log)).await?;
        let (draft, answer) = match self.judge_head(&mut tx, connection, body).await? {
            Ok((request, Standing::Newer { counter, size, root })) => {
                let note = request.checkpoint.clone();
                let draft = self.remember(&mut tx, log, HeadRow { counter, size, root, note }).await?;
                (Some(draft), Ok(self.cosignature(&request.checkpoint)?))
            }
            Ok((request, _)) => (None, Ok(self.cosignature(&request.checkpoint)?)),
            Err(why) if why.contradicts() => {
                let checkpoint = std::str::from_utf8(body).unwrap_or_default();
                (self.split(&mut tx, log, checkpoint).await?, Err(why))
            }
            Err(why) => (None, Err(why)),
        };
        leave(&mut tx, &Vec::from_iter(draft)).await?;
        self.commit_sequenced(tx).await?;
        self.met(log);
        Ok(answer)
    }

    /// What the request asks and how its head stands to what we saw; else why it is declined.
    async fn judge_head(
        &self,
        tx: &mut Tx,
        connection: &PeerCertificate,
        body: &[u8],
    ) -> Result<Result<(AddCheckpoint, Standing), Declined>, Error> {
        let peer = self.admitted(tx, connection).await?;
        let asked = || -> Result<(AddCheckpoint, String), Declined> {
            let text = std::str::from_utf8(body).map_err(|_| Declined::Malformed)?;
            let request: AddCheckpoint = text.parse()?;
            let origin = request.claimed()?.origin;
            Ok((request, origin))
        };
        let (request, origin) = match asked() {
            Ok(asked) => asked,
            Err(why) => return Ok(Err(why)),
        };
        let Some((epoch, log_key)) = peer.log_key(&origin)? else { return Ok(Err(Declined::UnknownLog)) };
        let seen = match seen_of(tx, connection.node, &origin, epoch).await? {
            Seen::Closed => return Ok(Err(Declined::UnknownLog)),
            Seen::OtherEpoch(size) => {
                return Ok(request.admit(&log_key, None).and(Err(Declined::Split(size))));
            }
            Seen::Nothing => None,
            Seen::Head(seen) => Some((seen.size, seen.root)),
        };
        Ok(request.admit(&log_key, seen).map(|Checkpoint { size, root, .. }| {
            let newer = Standing::Newer { counter: epoch.counter, size, root };
            (request, if seen == Some((size, root)) { Standing::Known } else { newer })
        }))
    }

    /// Our own checkpoint, as a receipt that we gave has it.
    pub(super) fn checkpoint_of(&self, note: &str) -> Result<Signed, Error> {
        let known = [self.keys.log().verifier().clone()];
        let opened = Checkpoint::open(note.as_bytes(), &known).map_err(|_| Error::Corrupt("checkpoint"))?;
        let Checkpoint { size, root, .. } = opened.checkpoint;
        Ok(Signed { size, root, note: note.to_owned() })
    }

    /// Keeps a witness's cosignature on our checkpoint, if it verifies; whether it does.
    pub(super) async fn keep_cosignature(
        &self,
        tx: &mut Tx,
        witness: &Registered,
        on: &Signed,
        line: &str,
    ) -> Result<bool, Error> {
        let node = witness.descriptor.iss;
        if !is_cosigned(witness, on, line)? {
            tracing::warn!(peer.id = %node, "the cosignature of {node} does not verify");
            return Ok(false);
        }
        store::put_cosignature(tx, key(node), self.epoch_at(on.size).counter, on.size, line).await?;
        Ok(true)
    }
}

/// Whether the line is the witness's cosignature on our checkpoint.
fn is_cosigned(witness: &Registered, on: &Signed, line: &str) -> Result<bool, Error> {
    let mut note = Note::parse(on.note.as_bytes()).map_err(|_| Error::Corrupt("checkpoint"))?;
    let known = [witness.cosigner_key()?];
    let attached = NoteSignature::parse(line).and_then(|signature| note.attach(signature));
    Ok(attached.is_ok() && note.verify(&known).is_ok())
}
