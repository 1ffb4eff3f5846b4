//! Names of persons: by cues, by the likeliest reading of each sentence, by their form, and wherever
//! else in the document a found name stands.
//!
//! Invariant: nothing here touches what is marked as a region, a public body or a figure.

mod aliases;
mod context;
mod foreign;
mod likely;
mod peoples;
mod spread;
mod surnames;
mod vocabulary;

use super::found::{Found, Marks};
use super::text::Text;

/// Finds names outside of `guard`.
pub(super) fn find(text: &Text, guard: &Marks, found: &mut Vec<Found>) {
    aliases::find(text, guard, found);
    foreign::find(text, guard, found);
    peoples::find(text, guard, found);
    likely::find(text, guard, found);
}

pub(super) use spread::spread;
