//! Reads the body of a receipt, nearly all of which is core entries.
//!
//! Invariant: it reads what the derived reader reads, because whatever it does not recognise is left to that.

use serde::Deserialize;

use crate::audit::cursor::Cursor;
use crate::clock::Timestamp;
use crate::domain::digest::Digest;
use crate::exchange::batch::Head;
use crate::exchange::chain::ChainEnd;
use crate::exchange::receipt::{CoreEntry, ReceiptBody};

/// What stands behind the core entries.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rest {
    settled: ChainEnd,
    checkpoint: String,
    proof: Vec<Digest>,
    cosignature: Option<String>,
    your_head: Option<Head>,
}

/// The body that `text` is; none if it is not of this format.
pub(super) fn read(text: &str) -> Option<ReceiptBody> {
    quickly(text).or_else(|| serde_json::from_str(text).ok())
}

/// The body, if it is as this program writes it.
pub(super) fn quickly(text: &str) -> Option<ReceiptBody> {
    let mut cursor = Cursor::new(text);
    let entries = cursor.member(br#""entries":"#, |cursor| cursor.list(|cursor| cursor.object(core)))?;
    let rest = format!("{{{}", cursor.rest.strip_prefix(',')?);
    let Rest { settled, checkpoint, proof, cosignature, your_head } = serde_json::from_str(&rest).ok()?;
    Some(ReceiptBody { entries, settled, checkpoint, proof, cosignature, your_head })
}

fn core(cursor: &mut Cursor<'_>) -> Option<CoreEntry> {
    Some(CoreEntry {
        at: Timestamp(cursor.member(br#""at":"#, Cursor::number)?.cast_signed()),
        epoch: cursor.member(br#""epoch":"#, Cursor::parsed)?,
        from: cursor.member(br#""from":"#, Cursor::parsed)?,
        lane: cursor.member(br#""lane":"#, Cursor::parsed)?,
        leaf: cursor.member(br#""leaf":"#, Cursor::number)?,
        log_origin: cursor.member(br#""log_origin":"#, Cursor::string)?.to_owned(),
        result: cursor.member(br#""result":"#, Cursor::parsed)?,
        seq: cursor.member(br#""seq":"#, Cursor::number)?,
        to: cursor.member(br#""to":"#, Cursor::parsed)?,
        x: cursor.member(br#""x":"#, Cursor::digest)?,
    })
}
