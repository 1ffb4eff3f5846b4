//! The log, written as one bundle for an auditor.
//!
//! Reads one snapshot, a page at a time, and decides nothing about what it reads. Invariant: whatever
//! else goes on, entries, tree and checkpoints in the bundle are of one instant.

use std::io::Write;

use thiserror::Error as ThisError;

use super::{Error, Node, key, node_of};
use crate::audit::bundle::records::{About, Cosignature, PeerHead, Policy, ReceiptRecord, quorum};
use crate::audit::bundle::{BundleError, Manifest, Part, Writer};
use crate::audit::verify::TAIL_MS;
use crate::statement::canonical;
use crate::store::db::{DbError, Tx};
use crate::store::peer::PeerRow;
use crate::store::{log, peer, witness};
use crate::tlog::checkpoint::Checkpoint;

/// How many short rows are read at once.
const PAGE: i64 = 1_000;

/// How many receipts are read at once; one may have hundreds of kilobytes.
const RECEIPTS: i64 = 32;

/// Why there is no bundle.
#[derive(Debug, ThisError)]
pub enum ExportError {
    /// The node's records cannot be read.
    #[error(transparent)]
    Node(#[from] Error),
    /// The output failed (environment), or a stored record fits no bundle (our fault).
    #[error(transparent)]
    Bundle(#[from] BundleError),
}

impl From<DbError> for ExportError {
    fn from(error: DbError) -> Self {
        Self::Node(error.into())
    }
}

/// What was exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportSummary {
    /// How many entries.
    pub size: u64,
    /// The signed manifest's content: when, and each file's records, length and digest.
    pub manifest: Manifest,
}

impl Node {
    /// Writes the bundle of the node's log to `out`. On return it is complete, signed and flushed; on an
    /// error, what was written so far is no bundle.
    pub async fn export(&self, out: &mut (impl Write + Send)) -> Result<ExportSummary, ExportError> {
        let descriptor = self.descriptor().ok_or(Error::Unreadable("the node has no descriptor yet"))?;
        let mut tx = self.databases().node.snapshot().await?;
        let head = log::head(&mut tx).await?;
        let size = head.size.cast_unsigned();
        let about = About { log_origin: self.log_origin(), made_at: self.now(), node: self.id(), size };
        let peers = peer::all(&mut tx).await?;
        let mut writer = Writer::new(out, about)?;
        put_keys(&mut writer, descriptor, &peers)?;
        self.put_checkpoints(&mut tx, &mut writer).await?;
        put_cosignatures(&mut tx, &mut writer).await?;
        put_heads(&mut tx, &mut writer, &peers).await?;
        put_entries(&mut tx, &mut writer, head.size).await?;
        put_receipts(&mut tx, &mut writer).await?;
        tx.rollback().await?;
        Ok(ExportSummary { size, manifest: writer.finish(self.keys().log())? })
    }

    /// The checkpoint of every head. Signing is deterministic, so these are the notes that went out.
    async fn put_checkpoints<W: Write>(
        &self,
        tx: &mut Tx,
        writer: &mut Writer<W>,
    ) -> Result<(), ExportError> {
        let mut from = 0;
        loop {
            let page = log::heads(tx, from, PAGE).await?;
            for (size, root) in &page {
                let log = self.log_at(size.cast_unsigned())?;
                let (origin, extensions) = (log.verifier().name().to_owned(), Vec::new());
                let head = Checkpoint { origin, size: size.cast_unsigned(), root: *root, extensions };
                let note = head.sign(&log).map_err(|_| Error::Corrupt("log key"))?;
                writer.record(Part::Checkpoints, note.to_string().as_bytes())?;
                from = size + 1;
            }
            if page.is_empty() {
                return Ok(());
            }
        }
    }
}

/// The node's own descriptor, its peers', and whom it wants as witnesses.
fn put_keys<W: Write>(writer: &mut Writer<W>, own: &str, peers: &[PeerRow]) -> Result<(), ExportError> {
    writer.record(Part::Keys, own.as_bytes())?;
    for peer in peers {
        writer.record(Part::Keys, peer.descriptor.as_bytes())?;
    }
    let active = peers.iter().filter(|peer| peer.status == "active");
    let witnesses = active.map(|peer| node_of(peer.node)).collect::<Result<Vec<_>, _>>()?;
    let policy = Policy { quorum: quorum(witnesses.len()) as u64, tail_ms: TAIL_MS, witnesses };
    put(writer, Part::Policy, &policy)
}

async fn put_cosignatures<W: Write>(tx: &mut Tx, writer: &mut Writer<W>) -> Result<(), ExportError> {
    for (peer, size, line) in witness::cosignatures(tx).await? {
        let said = Cosignature { line, peer: node_of(peer)?, size: size.cast_unsigned() };
        put(writer, Part::Cosignatures, &said)?;
    }
    Ok(())
}

async fn put_heads<W: Write>(
    tx: &mut Tx,
    writer: &mut Writer<W>,
    peers: &[PeerRow],
) -> Result<(), ExportError> {
    for peer in peers {
        let peer = node_of(peer.node)?;
        let mut after = (0, -1);
        loop {
            let page = witness::heads(tx, key(peer), after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = (i64::from(last.counter), last.size.cast_signed());
            for head in page {
                put(writer, Part::Heads, &PeerHead { note: head.note, peer })?;
            }
        }
    }
    Ok(())
}

async fn put_entries<W: Write>(tx: &mut Tx, writer: &mut Writer<W>, size: i64) -> Result<(), ExportError> {
    let mut next = 0;
    while next < size {
        let page = log::entries(tx, next, PAGE.min(size - next)).await?;
        for (leaf, entry) in &page {
            if *leaf != next {
                return Err(Error::Corrupt("log entries").into());
            }
            writer.record(Part::Entries, entry.as_bytes())?;
            next += 1;
        }
        if page.is_empty() {
            return Err(Error::Corrupt("log entries").into());
        }
    }
    Ok(())
}

async fn put_receipts<W: Write>(tx: &mut Tx, writer: &mut Writer<W>) -> Result<(), ExportError> {
    let mut offset = 0;
    loop {
        let page = witness::receipts(tx, RECEIPTS, offset).await?;
        if page.is_empty() {
            return Ok(());
        }
        offset += RECEIPTS;
        for row in page {
            put(writer, Part::Receipts, &ReceiptRecord { body: row.body, header: row.header })?;
        }
    }
}

fn put<W: Write, T: serde::Serialize>(
    writer: &mut Writer<W>,
    part: Part,
    record: &T,
) -> Result<(), ExportError> {
    let bytes = canonical::to_vec(record).map_err(|_| BundleError::Refused(part))?;
    Ok(writer.record(part, &bytes)?)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::sync::Arc;

    use zeroize::Zeroizing;

    use super::*;
    use crate::audit::entry::{Entry, EntryType, Incomplete};
    use crate::audit::trust::Trust;
    use crate::audit::verify::verify;
    use crate::clock::{ManualClock, SeededEntropy, Timestamp};
    use crate::domain::digest::Digest;
    use crate::node::keys::Seeds;
    use crate::node::open::{Presence, Settings};
    use crate::store::databases::Location;
    use crate::tlog::tree::{Frontier, leaf_hash};

    async fn open(folder: &std::path::Path, descriptor: Option<String>) -> Arc<Node> {
        let seed = |byte| Zeroizing::new([byte; 32]);
        let seeds =
            Seeds { signing: seed(1), log: seed(2), cosigning: seed(3), storage: seed(4), office: seed(5) };
        Node::open(Settings {
            id: "530900".parse().unwrap(),
            location: Location::Sqlite(folder.to_owned()),
            seeds,
            descriptor,
            withdrawal_days: 3,
            witnesses: Vec::new(),
            outside: None,
            clock: Arc::new(ManualClock::at(Timestamp(1_777_777_777_000))),
            entropy: Arc::new(SeededEntropy::new(1)),
        })
        .await
        .unwrap()
    }

    fn presence() -> Presence {
        Presence {
            name: "sample".into(),
            peer_url: "https://node.example/".into(),
            tls_ca: String::new(),
            tls_pins: vec![Digest::of(b"pin")],
            upper: None,
        }
    }

    /// Appends entries as a sequencer does.
    async fn append(node: &Node, count: u64) {
        let mut tx = node.databases().node.begin().await.unwrap();
        let head = log::take_turn(&mut tx).await.unwrap();
        let mut frontier = Frontier::from_bytes(&head.frontier).unwrap();
        let mut entries = Vec::new();
        for leaf in frontier.size()..frontier.size() + count {
            let (t, at, body) = (EntryType::Login, node.now(), Incomplete::default());
            let bytes = Entry { t, at, leaf, log_origin: node.log_origin(), body }.to_bytes().unwrap();
            frontier.append(leaf_hash(&bytes), &mut Vec::new()).unwrap();
            entries.push(String::from_utf8(bytes).unwrap());
        }
        log::append(&mut tx, head.size, entries).await.unwrap();
        log::advance(&mut tx, frontier.size().cast_signed(), &frontier.to_bytes()).await.unwrap();
        let (size, at) = (frontier.size().cast_signed(), node.now().0);
        log::put_head(&mut tx, size, frontier.root(), at).await.unwrap();
        tx.commit().await.unwrap();
    }

    #[tokio::test]
    async fn an_exported_log_verifies_and_grows() {
        let folder = tempfile::tempdir().unwrap();
        let fresh = open(folder.path(), None).await;
        let unnamed = fresh.export(&mut Vec::new()).await;
        assert!(matches!(unnamed, Err(ExportError::Node(Error::Unreadable(_)))));
        let descriptor = fresh.describe(presence()).unwrap();
        let trust = Trust::of(std::slice::from_ref(&descriptor)).unwrap();
        let node = open(folder.path(), Some(descriptor.sign(fresh.keys().signing()).unwrap())).await;
        for size in [0, 1, 1_500] {
            if size > 0 {
                append(&node, size).await;
            }
            let mut bundle = Vec::new();
            let summary = node.export(&mut bundle).await.unwrap();
            let report = verify(Cursor::new(&bundle), Some(&trust)).unwrap();
            assert!(report.holds(), "{:?}", report.findings);
            assert_eq!(report.size, summary.size);
        }
    }
}
