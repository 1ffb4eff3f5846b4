//! What a node that lies does to its own log: it changes what it likes, and signs everything again.

use guitu::audit::entry::{Entry, EntryType};
use guitu::audit::trust::epoch_of;
use guitu::domain::digest::Digest;
use guitu::exchange::message::Header;
use guitu::tlog::checkpoint::Checkpoint;
use guitu::tlog::note::Note;

use crate::harness::exports::Export;
use crate::harness::two_logs::{Identity, Tree};

/// The entries, to be changed.
pub(crate) fn entries(export: &Export) -> Vec<Entry> {
    export.entries.iter().map(|bytes| Entry::open(bytes).unwrap()).collect()
}

/// Makes a whole log of other entries: places, tree, heads and signatures are new; cosignatures that no
/// longer fit are left out.
pub(crate) fn rebuild(export: &mut Export, who: &Identity, entries: Vec<Entry>) {
    let mut tree = Tree::default();
    let sizes: Vec<u64> = export.checkpoints.iter().map(|note| head(note).size).collect();
    let old = std::mem::take(&mut export.checkpoints);
    export.entries.clear();
    let last = entries.len() as u64;
    for (leaf, mut entry) in (0..).zip(entries) {
        entry.leaf = leaf;
        let bytes = entry.to_bytes().unwrap();
        tree.append(&bytes);
        export.entries.push(bytes);
        if sizes.contains(&(leaf + 1)) || leaf + 1 == last {
            // Under the origin that the log had then.
            let epoch = epoch_of(who.id, &entry.log_origin).unwrap();
            let then = who.in_epoch(epoch.counter);
            export.checkpoints.push(tree.head(&entry.log_origin).sign(&then.log).unwrap().to_string());
        }
    }
    export.about.size = last;
    export.cosignatures.retain(|said| {
        let same = |notes: &[String]| notes.iter().map(|note| head(note)).find(|head| head.size == said.size);
        same(&old) == same(&export.checkpoints)
    });
}

/// The head in a note.
pub(crate) fn head(note: &str) -> Checkpoint {
    Note::parse(note.as_bytes()).unwrap().text().parse().unwrap()
}

/// How many entries of the log of `who` the heads that `other` has seen cover.
pub(crate) fn covered(who: &Identity, other: &Export) -> usize {
    let notes = other.heads.iter().filter(|said| said.peer == who.id).map(|said| head(&said.note));
    let sizes = notes.filter(|head| head.origin == who.origin()).map(|head| head.size);
    usize::try_from(sizes.max().unwrap()).unwrap()
}

/// Swaps what the message at `index` carried, and makes its chain fit again.
pub(crate) fn swap_payload(entries: &mut [Entry], index: usize) {
    let lane = |header: &Header| (header.from, header.to, header.lane, header.epoch);
    let first = entries[index].body.header.clone().unwrap();
    let mut prev = None;
    for entry in &mut entries[index..] {
        let Some(header) = entry.body.header.as_mut().filter(|header| lane(header) == lane(&first)) else {
            continue;
        };
        match prev {
            None => header.statement_digest = Digest::of(b"another payload"),
            Some(x) => header.prev = x,
        }
        let x = header.seal().unwrap().1;
        (prev, entry.body.x) = (Some(x), Some(x));
    }
}

/// The index of the `pick`th entry that fits, below `end`.
pub(crate) fn nth(entries: &[Entry], end: usize, pick: usize, fits: fn(&Entry) -> bool) -> usize {
    let found: Vec<usize> = (0..end.min(entries.len())).filter(|at| fits(&entries[*at])).collect();
    found[pick % found.len()]
}

pub(crate) fn is_message(entry: &Entry) -> bool {
    entry.t.is_message()
}

pub(crate) fn is_read(entry: &Entry) -> bool {
    entry.t == EntryType::Read
}
