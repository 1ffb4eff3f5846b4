//! The log's formats against implementations that nobody here wrote, and against mutation.

#![allow(clippy::unwrap_used, reason = "the tests' own builders; a failure here is a failed test")]

mod notes;
mod tiles;
mod trees;

use std::collections::HashMap;
use std::sync::LazyLock;

use guitu::domain::digest::Digest;
use guitu::tlog::tree::{Coord, Frontier, Node, leaf_hash};

/// The size of the log that all these tests look at.
const SIZE: u64 = 2_100;

/// A log of `SIZE` entries: its nodes in the order they were completed, and the root at each size.
struct Log {
    nodes: Vec<Node>,
    places: HashMap<Coord, Digest>,
    roots: Vec<Digest>,
}

static LOG: LazyLock<Log> = LazyLock::new(|| {
    let (mut frontier, mut nodes) = (Frontier::default(), Vec::new());
    let mut roots = vec![frontier.root()];
    for index in 0..SIZE {
        frontier.append(leaf_hash(&entry(index)), &mut nodes).unwrap();
        roots.push(frontier.root());
    }
    let places = nodes.iter().map(|node| (node.at, node.hash)).collect();
    Log { nodes, places, roots }
});

impl Log {
    fn at(&self, at: Coord) -> Option<Digest> {
        self.places.get(&at).copied()
    }

    fn root(&self, size: u64) -> Digest {
        self.roots[usize::try_from(size).unwrap()]
    }

    /// Nodes of the tree when it had `size` leaves; later ones are not there yet.
    fn as_of(&self, size: u64) -> impl Fn(Coord) -> Option<Digest> {
        move |at| ((at.index + 1) << at.level <= size).then(|| self.at(at)).flatten()
    }
}

fn entry(index: u64) -> Vec<u8> {
    format!("entry {index}").into_bytes()
}
