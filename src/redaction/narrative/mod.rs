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
mod gate;
mod glyphs;
mod known;
mod lexicon;
#[cfg(test)]
mod linear;
mod masks;
mod names;
mod numbering;
mod numbers;
mod outgoing;
mod plates;
mod regions;
mod review;
mod runs;
mod speakers;
mod steps;
mod tagged;
mod tagger;
#[cfg(test)]
mod tests;
mod text;
mod wraps;

pub use found::Kind;
pub use gate::{Gate, Hit, scan};
pub use known::Known;
pub use masks::{Redacted, Span, masks_in};
pub use outgoing::{OutgoingText, Verdict};
pub use review::{Act, Correction, CorrectionFault, LiftReason, Review, Stretch};

use found::{Found, Marks};
use text::Text;

/// A text as a person typed it. It has no `Debug` and no wire encoding.
pub struct RawText(String);

impl RawText {
    /// The text.
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    fn chars(&self) -> Vec<char> {
        self.0.chars().collect()
    }
}

/// Masks what tells who someone is in `raw`. `known` are the values that the caller knows already.
pub fn redact(raw: &RawText, known: &[Known]) -> Redacted {
    let original: Vec<char> = raw.0.chars().collect();
    let text = Text::fold(&original);
    let (mut found, mut review) = (Vec::new(), Vec::new());
    known::find(&text, known, &mut found);
    let mut figures = Marks::new(text.len());
    gate::structured(&text, &mut figures, &mut found);
    let stay = places(&text, &figures, &mut found);
    speakers::find(&text, &stay, &mut found);
    let mut guard = stay.clone();
    guard.take(&found);
    names::find(&text, &guard, &mut found);
    let mut taken = Marks::new(text.len());
    taken.take(&found);
    tagged::find(&text, &guard, &taken, &mut found, &mut review);
    names::spread(&text, &guard, &mut found);
    names::spare_parties(&text, &mut found);
    births::behind_names(&text, &mut found);
    masks::mask(&original, &text, &found, &review)
}

/// Finds addresses and workplaces; gives back what names must leave alone: regions, public bodies
/// and figures.
fn places(text: &Text, figures: &Marks, found: &mut Vec<Found>) -> Marks {
    let chains = regions::chains(text);
    let (mut regions, mut firm, mut public) =
        (Marks::new(text.len()), figures.clone(), Marks::new(text.len()));
    for chain in &chains {
        regions.set(chain.start, chain.end);
        if chain.firm
            || text.longest(chain.end, &["人", "籍", "境内", "方向", "口音", "女子", "男子", "语"]).is_some()
        {
            firm.set(chain.start, chain.end);
        }
    }
    bodies::mark_public(text, &chains, &mut public);
    cues::mark(text, &mut public);
    firm.add(&public);
    addresses::find(text, &firm, &chains, found);
    let mut taken = Marks::new(text.len());
    taken.take(found);
    bodies::find(text, &regions, &firm, &taken, found);
    firm
}
