//! Proofs about the own log that an auditor takes away, to be checked by anyone without the node.
//!
//! Knows entries and heads. Invariant: only heads that the database holds are signed.

use serde::Serialize;

use super::proofs::{prove_leaf, prove_prefix, root_of};
use super::{Error, Node, Officer, Signed};
use crate::audit::words::Shown;
use crate::audit::{EntryType, Incomplete};
use crate::domain::digest::Digest;
use crate::domain::unit::Duty;
use crate::store::db::Tx;
use crate::store::{log, witness};
use crate::tlog::note::{Note, NoteSignature};
use crate::tlog::proof_file::ProofFile;
use crate::tlog::tree::leaf_hash;

/// Most cosignatures of one checkpoint that a proof carries.
const COSIGNATURES: i64 = 32;

/// That the log of one size is the beginning of the log of another. Hashes are hexadecimal, as `guitu verify
/// consistency` takes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GrowthView {
    /// The size of the older tree.
    pub size1: u64,
    /// Its root.
    pub root1: String,
    /// The size of the newer tree.
    pub size2: u64,
    /// Its root.
    pub root2: String,
    /// The hashes of the proof, in the order of RFC 6962.
    pub proof: Vec<String>,
    /// The signed checkpoint of the older size, if there was a head of it.
    pub checkpoint1: Option<String>,
    /// The signed checkpoint of the newer size, if there was a head of it.
    pub checkpoint2: Option<String>,
}

impl Node {
    /// The proof (C2SP tlog-proof) that the entry at index `leaf` is in the log: under the newest checkpoint that a
    /// witness cosigned, with every cosignature that is held on it; if none covers the entry, under the newest
    /// checkpoint. Its `extra` is the entry. For auditors; an entry itself.
    pub async fn prove_entry(&self, officer: &Officer, leaf: u64) -> Result<String, Error> {
        officer.require(&[Duty::Auditor])?;
        let mut tx = self.db.node.snapshot().await?;
        let (_, entry) =
            log::entries_at(&mut tx, &[leaf.cast_signed()]).await?.pop().ok_or(Error::NotFound)?;
        let signed = match witness::newest_cosigned(&mut tx, leaf.cast_signed()).await? {
            Some(size) => self.head_at(&mut tx, size).await?,
            None => self.checkpoint(&mut tx).await?,
        };
        let Signed { size, note, .. } = signed.ok_or(Error::Corrupt("head"))?;
        let mut checkpoint = Note::parse(note.as_bytes()).map_err(|_| Error::Corrupt("checkpoint"))?;
        for (_, _, line) in cosigned(&mut tx, size).await? {
            let line = NoteSignature::parse(&line).map_err(|_| Error::Corrupt("cosignature"))?;
            checkpoint.attach(line).map_err(|_| Error::Corrupt("cosignature"))?;
        }
        let path = prove_leaf(&mut tx, leaf, size).await?;
        let digest = Some(leaf_hash(entry.as_bytes()));
        self.proved(tx, officer, Incomplete { digest, size: Some(size), ..Incomplete::default() }).await?;
        Ok(ProofFile { extra: entry.into_bytes(), index: leaf, path, checkpoint }.to_string())
    }

    /// The proof that the log of `old` entries, at least one, is the beginning of the log of `new` entries; none:
    /// of the newest head. [`Error::NotFound`] if the log has not so many. For auditors; an entry itself.
    pub async fn prove_growth(
        &self,
        officer: &Officer,
        old: u64,
        new: Option<u64>,
    ) -> Result<GrowthView, Error> {
        officer.require(&[Duty::Auditor])?;
        let mut tx = self.db.node.snapshot().await?;
        let size = log::head(&mut tx).await?.size.cast_unsigned();
        let new = new.unwrap_or(size);
        if old == 0 || old > new || new > size {
            return Err(Error::NotFound);
        }
        let proof = prove_prefix(&mut tx, old, new).await?;
        let hex = |digest: &Digest| hex::encode(digest.bytes());
        let view = GrowthView {
            size1: old,
            root1: hex(&root_of(&mut tx, old).await?),
            size2: new,
            root2: hex(&root_of(&mut tx, new).await?),
            proof: proof.iter().map(hex).collect(),
            checkpoint1: self.head_at(&mut tx, old.cast_signed()).await?.map(|signed| signed.note),
            checkpoint2: self.head_at(&mut tx, new.cast_signed()).await?.map(|signed| signed.note),
        };
        self.proved(tx, officer, Incomplete { size: Some(new), ..Incomplete::default() }).await?;
        Ok(view)
    }

    /// The signed head of that size, if the log had one.
    async fn head_at(&self, tx: &mut Tx, size: i64) -> Result<Option<Signed>, Error> {
        let root = log::root_at(tx, size).await?;
        root.map(|root| self.sign_head(size.cast_unsigned(), root)).transpose()
    }

    /// Logs a proof before it leaves.
    async fn proved(&self, tx: Tx, officer: &Officer, about: Incomplete) -> Result<(), Error> {
        let (actor, code) = (Some(officer.pseudonym.clone()), Some(Shown::Proof.code().into()));
        self.record(tx, EntryType::Read, Incomplete { actor, code, purpose: officer.purpose, ..about }).await
    }
}

async fn cosigned(tx: &mut Tx, size: u64) -> Result<Vec<(i64, i64, String)>, Error> {
    let size = size.cast_signed();
    let mut lines = witness::cosignatures(tx, (size, i64::MIN), COSIGNATURES).await?;
    lines.retain(|(_, at, _)| *at == size);
    Ok(lines)
}
