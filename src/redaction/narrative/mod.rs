//! The narrative: everything in a free text that tells who someone is, found and masked.
//!
//! Pure and linear: fold the text, find what the caller knows, numbers, places, bodies, names; then
//! mask. Knows no lead and no recipient. Invariant: a decision is made on folded characters and always
//! maps back to whole code points of the original.

mod accounts;
mod addresses;
mod births;
mod bodies;
mod cues;
mod documents;
mod figures;
mod found;
mod glyphs;
mod lexicon;
mod masks;
mod names;
mod numbers;
mod plates;
mod regions;
mod runs;
mod text;
mod wraps;

pub use found::Kind;
pub use masks::{Redacted, Span};

use found::{Found, Marks};
use text::Text;

/// A text as a person typed it. It has no `Debug` and no wire encoding.
pub struct RawText(String);

impl RawText {
    /// The text.
    pub const fn new(text: String) -> Self {
        Self(text)
    }
}

pub struct Known;
impl Known { pub fn of_text(_t: &str) -> Self { Self } }

/// Masks what tells who someone is in `raw`. `known` are the values that the caller knows already.
pub fn redact(raw: &RawText, _known: &[Known]) -> Redacted {
    let original: Vec<char> = raw.0.chars().collect();
    let text = Text::fold(&original);
    let found = find(&text);
    masks::mask(&original, &text, &found)
}

fn find(text: &Text) -> Vec<Found> {
    let mut found = Vec::new();
    let mut figures = Marks::new(text.len());
    births::find(text, &mut figures, &mut found);
    numbers::find(text, &figures, &mut found);
    plates::find(text, &figures, &mut found);
    accounts::find(text, &figures, &mut found);
    documents::find(text, &figures, &mut found);
    let mut taken = Marks::new(text.len());
    for item in &found {
        taken.set(item.start, item.end);
    }
    let mut regions = Marks::new(text.len());
    let chains = regions::chains(text);
    let mut firm = Marks::new(text.len());
    for chain in &chains {
        regions.set(chain.start, chain.end);
        if chain.firm {
            firm.set(chain.start, chain.end);
        }
    }
    let mut public = Marks::new(text.len());
    bodies::mark_public(text, &chains, &mut public);
    let mut stay = firm;
    stay.add(&public);
    let before = found.len();
    addresses::find(text, &stay, &chains, &mut found);
    for item in found.iter().skip(before) {
        taken.set(item.start, item.end);
    }
    bodies::find(text, &regions, &public, &taken, &mut found);
    for item in &found {
        taken.set(item.start, item.end);
    }
    stay.add(&figures);
    stay.add(&taken);
    names::find(text, &stay, &mut found);
    names::spread(text, &stay, &mut found);
    found
}
