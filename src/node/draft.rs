//! Drafts: what a business transaction leaves for the sequencer, committed with its rows or not at all.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Error, Node};
use crate::audit::{EntryType, Incomplete};
use crate::domain::digest::Digest;
use crate::exchange::message::{Header, Unsequenced};
use crate::exchange::receipt::Outcome;
use crate::store::db::Tx;
use crate::store::draft;

/// One draft.
#[derive(Serialize, Deserialize)]
#[serde(tag = "d", rename_all = "snake_case")]
pub enum Draft {
    /// A message to a peer, without its place.
    Send {
        /// What it says.
        said: Box<Unsequenced>,
        /// The lead and version that it carries.
        lead: Option<(Uuid, u32)>,
        /// Which attempt this is, from 1.
        attempts: u32,
    },
    /// What became of a peer's message.
    Settle {
        /// Its canonical header.
        header: String,
        /// Its exchange digest.
        x: Digest,
        /// What became of it.
        result: Outcome,
        /// The same header as read, if that happened in this process.
        #[serde(skip)]
        read: Option<Box<Header>>,
    },
    /// Anything else.
    Note {
        /// What it records.
        t: EntryType,
        /// What is known of it.
        body: Box<Incomplete>,
        /// The own lead and version that was edited, for the feed.
        edit: Option<(Uuid, u32)>,
    },
}

impl Draft {
    /// A message to a peer, sent for the first time.
    pub fn send(said: Unsequenced, lead: Option<(Uuid, u32)>) -> Self {
        Self::Send { said: Box::new(said), lead, attempts: 1 }
    }

    /// An entry that is not about a message.
    pub fn note(t: EntryType, body: Incomplete) -> Self {
        Self::Note { t, body: Box::new(body), edit: None }
    }
}

/// Leaves drafts for the sequencer, in order. They count once the transaction commits.
pub async fn leave(tx: &mut Tx, drafts: &[Draft]) -> Result<(), Error> {
    Ok(draft::add(tx, payloads(drafts)?).await?)
}

/// Drafts as they are stored.
pub(super) fn payloads(drafts: &[Draft]) -> Result<Vec<String>, Error> {
    let payload = |draft| serde_json::to_string(draft).map_err(|_| Error::Corrupt("draft"));
    drafts.iter().map(payload).collect()
}

/// A note as it is stored.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredNote {
    #[serde(rename = "d")]
    _d: NoteTag,
    t: EntryType,
    body: Box<Incomplete>,
    edit: Option<(Uuid, u32)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum NoteTag {
    Note,
}

/// Reads a stored draft. Most are notes, and to read one whose tag is known takes half as long.
pub(super) fn read(payload: &str) -> Result<Draft, Error> {
    if let Ok(StoredNote { t, body, edit, .. }) = serde_json::from_str(payload) {
        return Ok(Draft::Note { t, body, edit });
    }
    serde_json::from_str(payload).map_err(|_| Error::Corrupt("draft"))
}

impl Node {
    /// Leaves one entry that is not about a message.
    pub async fn note(&self, tx: &mut Tx, t: EntryType, body: Incomplete) -> Result<(), Error> {
        leave(tx, &[Draft::note(t, body)]).await
    }
}
