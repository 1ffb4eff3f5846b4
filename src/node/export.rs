//! The log, written as one bundle for an auditor.
//!
//! Reads one snapshot, a page at a time, and decides nothing about what it reads. Invariant: whatever
//! else goes on, entries, tree and checkpoints in the bundle are of one instant.

use std::io::Write;
use std::time::Duration;

use thiserror::Error as ThisError;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{Error, Node, Officer, key, node_of};
use crate::audit::bundle::records::{About, Cosignature, PeerHead, Policy, ReceiptRecord, quorum};
use crate::audit::bundle::{BundleError, Manifest, Part, Writer};
use crate::audit::verify::TAIL_MS;
use crate::audit::{EntryType, Incomplete};
use crate::domain::node::NodeId;
use crate::domain::unit::Duty;
use crate::statement::canonical;
use crate::store::db::{DbError, Tx};
use crate::store::peer::PeerRow;
use crate::store::witness::ReceiptRow;
use crate::store::{log, peer, witness};

/// How many short rows are read at once.
const PAGE: i64 = 1_000;

/// How many receipts are read at once; one may have hundreds of kilobytes.
const RECEIPTS: i64 = 32;

/// Bytes that are worth handing on.
const PIECE: usize = 1 << 16;

/// Pieces that wait to be taken.
const WAITING: usize = 2;

/// How long one piece waits to be taken.
const PATIENCE: Duration = Duration::from_mins(1);

codes! {
    /// To which end something leaves the node as a file.
    pub enum ExportPurpose {
        Audit = "audit" "审计",
        Supervision = "supervision" "督导检查",
        Dispute = "dispute" "争议核查",
        Archive = "archive" "归档",
        Backup = "backup" "备份",
    }
}

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

/// Who hears how many entries of how many are out.
pub type Progress<'p> = &'p mut (dyn FnMut(u64, u64) + Send);

/// What goes out, piece by piece; the error is the last piece.
pub type Pieces = mpsc::Sender<Result<Vec<u8>, ExportError>>;

/// A bundle that is being written: what was not handed on yet, and to whom it goes.
struct Press<'p> {
    writer: Writer<&'p mut Vec<u8>>,
    out: &'p Pieces,
}

impl Press<'_> {
    fn put<T: serde::Serialize>(&mut self, part: Part, record: &T) -> Result<(), ExportError> {
        let bytes = canonical::to_vec(record).map_err(|_| BundleError::Refused(part))?;
        Ok(self.writer.record(part, &bytes)?)
    }

    /// Hands on what is written, once it is enough to be worth it.
    async fn hand_on(&mut self) -> Result<(), ExportError> {
        let written = &mut **self.writer.output();
        if written.len() < PIECE { Ok(()) } else { hand_on(self.out, std::mem::take(written)).await }
    }
}

/// Waits until the piece is taken: no more than [`WAITING`] of them lie in memory.
async fn hand_on(out: &Pieces, piece: Vec<u8>) -> Result<(), ExportError> {
    match timeout(PATIENCE, out.send(Ok(piece))).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(BundleError::Io(std::io::ErrorKind::BrokenPipe.into()).into()),
    }
}

impl Node {
    /// Logs that somebody exports the log, an auditor or the operator at the node itself, and to which end; or that
    /// the operator makes a backup. When this returns, the entry is in the log: it stands in the bundle that follows.
    pub async fn note_export(&self, officer: Option<&Officer>, purpose: ExportPurpose) -> Result<(), Error> {
        if let Some(officer) = officer {
            officer.require(&[Duty::Auditor])?;
        }
        let actor = officer.map_or_else(|| self.operator(), |officer| officer.pseudonym.clone());
        let body = Incomplete {
            actor: Some(actor),
            code: Some(purpose.code().into()),
            purpose: officer.and_then(|officer| officer.purpose),
            ..Incomplete::default()
        };
        let mut tx = self.db.node.begin().await?;
        self.note(&mut tx, EntryType::Export, body).await?;
        self.commit_sequenced(tx).await
    }

    /// Writes the bundle of the node's log to `out`. On return it is complete, signed and flushed; on an
    /// error, what was written so far is no bundle.
    pub async fn export(&self, out: &mut (impl Write + Send)) -> Result<ExportSummary, ExportError> {
        self.export_with(out, &mut |_, _| {}).await
    }

    /// Writes the bundle like [`Node::export`]; `progress` hears now and then how many entries of how many are out.
    pub async fn export_with(
        &self,
        out: &mut (impl Write + Send),
        progress: Progress<'_>,
    ) -> Result<ExportSummary, ExportError> {
        let (pieces, mut taken) = mpsc::channel(WAITING);
        let write = async move {
            while let Some(piece) = taken.recv().await {
                let piece: Vec<u8> = piece?;
                out.write_all(&piece).map_err(BundleError::from)?;
            }
            Ok(out.flush().map_err(BundleError::from)?)
        };
        let read = async move { self.press(&pieces, progress).await };
        let (written, summary): (Result<(), ExportError>, _) = tokio::join!(write, read);
        written.and(summary)
    }

    /// Hands the bundle of the node's log out in pieces, with a bounded part of it in memory. Whoever takes none
    /// for a minute gets no more.
    pub async fn export_to(&self, out: &Pieces) -> Result<ExportSummary, ExportError> {
        self.press(out, &mut |_, _| {}).await
    }

    async fn press(&self, out: &Pieces, progress: Progress<'_>) -> Result<ExportSummary, ExportError> {
        let descriptor = self.descriptor().ok_or(Error::Unreadable("the node has no descriptor yet"))?;
        let mut tx = self.databases().node.snapshot().await?;
        let head = log::head(&mut tx).await?;
        self.require_epoch(&head)?;
        let size = head.size.cast_unsigned();
        let about = About { log_origin: self.log_origin(), made_at: self.now(), node: self.id(), size };
        let peers = peer::all(&mut tx).await?;
        let mut rest = Vec::new();
        let mut press = Press { writer: Writer::new(&mut rest, about)?, out };
        put_keys(&mut press, descriptor, &peers, self.witness_set(&peers)?)?;
        self.put_checkpoints(&mut tx, &mut press).await?;
        put_cosignatures(&mut tx, &mut press).await?;
        put_heads(&mut tx, &mut press, &peers).await?;
        put_entries(&mut tx, &mut press, head.size, progress).await?;
        put_receipts(&mut tx, &mut press).await?;
        tx.rollback().await?;
        let manifest = press.writer.finish(self.keys().log())?;
        hand_on(out, rest).await?;
        Ok(ExportSummary { size, manifest })
    }

    /// The checkpoint of every head. Signing is deterministic, so these are the notes that went out.
    async fn put_checkpoints(&self, tx: &mut Tx, press: &mut Press<'_>) -> Result<(), ExportError> {
        let mut from = 0;
        loop {
            let page = log::heads(tx, from, PAGE).await?;
            for (size, root) in &page {
                let signed = self.sign_head(size.cast_unsigned(), *root)?;
                press.writer.record(Part::Checkpoints, signed.note.as_bytes())?;
                from = size + 1;
            }
            press.hand_on().await?;
            if page.is_empty() {
                return Ok(());
            }
        }
    }
}

/// The node's own descriptor, its peers', and whom it wants as witnesses.
fn put_keys(
    press: &mut Press<'_>,
    own: &str,
    peers: &[PeerRow],
    witnesses: Vec<NodeId>,
) -> Result<(), ExportError> {
    press.writer.record(Part::Keys, own.as_bytes())?;
    for peer in peers {
        press.writer.record(Part::Keys, peer.descriptor.as_bytes())?;
    }
    let policy = Policy { quorum: quorum(witnesses.len()) as u64, tail_ms: TAIL_MS, witnesses };
    press.put(Part::Policy, &policy)
}

async fn put_cosignatures(tx: &mut Tx, press: &mut Press<'_>) -> Result<(), ExportError> {
    let mut after = (i64::MIN, i64::MIN);
    loop {
        let page = witness::cosignatures(tx, after, PAGE).await?;
        let Some((peer, size, _)) = page.last() else { return Ok(()) };
        after = (*size, *peer);
        for (peer, size, line) in page {
            let said = Cosignature { line, peer: node_of(peer)?, size: size.cast_unsigned() };
            press.put(Part::Cosignatures, &said)?;
        }
        press.hand_on().await?;
    }
}

async fn put_heads(tx: &mut Tx, press: &mut Press<'_>, peers: &[PeerRow]) -> Result<(), ExportError> {
    for peer in peers {
        let peer = node_of(peer.node)?;
        let mut after = (0, -1);
        loop {
            let page = witness::heads(tx, key(peer), after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = (i64::from(last.counter), last.size.cast_signed());
            for head in page {
                press.put(Part::Heads, &PeerHead { note: head.note, peer })?;
            }
            press.hand_on().await?;
        }
    }
    Ok(())
}

async fn put_entries(
    tx: &mut Tx,
    press: &mut Press<'_>,
    size: i64,
    progress: Progress<'_>,
) -> Result<(), ExportError> {
    let mut next = 0;
    while next < size {
        let page = log::entries(tx, next, PAGE.min(size - next)).await?;
        for (leaf, entry) in &page {
            if *leaf != next {
                return Err(Error::Corrupt("log entries").into());
            }
            press.writer.record(Part::Entries, entry.as_bytes())?;
            next += 1;
        }
        press.hand_on().await?;
        progress(next.cast_unsigned(), size.cast_unsigned());
        if page.is_empty() {
            return Err(Error::Corrupt("log entries").into());
        }
    }
    Ok(())
}

async fn put_receipts(tx: &mut Tx, press: &mut Press<'_>) -> Result<(), ExportError> {
    let mut after: Option<ReceiptRow> = None;
    loop {
        let page = witness::receipts(tx, after.as_ref(), RECEIPTS).await?;
        for row in &page {
            let (body, header) = (row.body.clone(), row.header.clone());
            press.put(Part::Receipts, &ReceiptRecord { body, header })?;
        }
        press.hand_on().await?;
        after = page.into_iter().last();
        if after.is_none() {
            return Ok(());
        }
    }
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
