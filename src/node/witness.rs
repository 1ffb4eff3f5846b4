//! Following another node's log: each head must contain the one we saw before.

use super::register::Registered;
use super::{Error, Node, key};
use crate::domain::digest::Digest;
use crate::exchange::batch::{Consistency, Head};
use crate::store::db::Tx;
use crate::store::witness as store;
use crate::tlog::checkpoint::{Checkpoint, Opened};
use crate::tlog::cosignature::cosign;
use crate::tlog::note::Note;
use crate::tlog::proof::verify_consistency;

/// A head of a peer's log that contains everything we saw of it before.
pub struct Followed {
    /// How many entries it covers.
    pub size: u64,
    /// Its root.
    pub root: Digest,
    /// Whether we see it for the first time.
    pub fresh: bool,
}

/// Checks a peer's checkpoint against the newest head that we saw of it. None if nothing ties them
/// together (a receipt was lost: the next batch will), or if the checkpoint is not its log's.
pub async fn follow(
    tx: &mut Tx,
    peer: &Registered,
    checkpoint: &str,
    proofs: &[Consistency],
) -> Result<Option<Followed>, Error> {
    let known = [peer.log_key()?];
    let Ok(Opened { checkpoint: Checkpoint { size, root, .. }, .. }) =
        Checkpoint::open(checkpoint.as_bytes(), &known)
    else {
        return Ok(None);
    };
    let Some((seen, seen_root, _)) = store::newest_head(tx, key(peer.descriptor.iss)).await? else {
        return Ok(Some(Followed { size, root, fresh: true }));
    };
    if seen == size {
        return Ok((seen_root == root).then_some(Followed { size, root, fresh: false }));
    }
    let proof = proofs.iter().find(|proof| proof.from == seen);
    let holds =
        proof.is_some_and(|proof| verify_consistency(seen, &seen_root, size, &root, &proof.proof).is_ok());
    Ok(holds.then_some(Followed { size, root, fresh: true }))
}

impl Node {
    /// Cosigns a peer's checkpoint, if it is the newest head that we followed it to.
    pub(super) async fn cosign(
        &self,
        tx: &mut Tx,
        peer: &Registered,
        checkpoint: &str,
    ) -> Result<(Option<String>, Option<Head>), Error> {
        let newest = store::newest_head(tx, key(peer.descriptor.iss)).await?;
        let head = newest.as_ref().map(|(size, root, _)| Head { size: *size, root: *root });
        let followed = follow(tx, peer, checkpoint, &[]).await?.filter(|followed| !followed.fresh);
        let (Some(_), Ok(note)) = (followed, Note::parse(checkpoint.as_bytes())) else {
            return Ok((None, head));
        };
        let seconds = self.now().seconds().cast_unsigned();
        let line = cosign(self.keys.cosigner(), &note, seconds).map_err(|_| Error::Corrupt("cosignature"))?;
        Ok((Some(line.to_string()), head))
    }
}
