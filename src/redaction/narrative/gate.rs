//! The outbound gate: a last look at a text that is about to leave.
//!
//! Looks for identifiers by their form and for known values only; names are the engine's work.
//! Invariant: linear, and a hit never carries the value.

use super::found::{Found, Kind, Marks};
use super::known::{Known, Ready};
use super::steps::Steps;
use super::text::Text;
use super::{accounts, births, documents, numbers, plates};

/// How sure a rule must be to stop a message.
pub(super) const CERTAIN: f32 = 0.85;

/// Why a text must not leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The code point at which it stands.
    pub offset: usize,
    /// What it is.
    pub kind: Kind,
}

/// The gate of one record: what is known of it, prepared once for all of its strings. No `Debug`.
pub struct Gate {
    known: Ready,
}

impl Gate {
    /// Prepares `known`: the work of the first few kilobytes of a text, to be done once a record.
    pub fn new(known: &[Known]) -> Self {
        Self { known: Ready::new(known.iter()) }
    }

    /// The same of some of what is known.
    pub fn of(known: &[&Known]) -> Self {
        Self { known: Ready::new(known.iter().copied()) }
    }

    /// The first identifier or known value in `text`.
    pub fn scan(&self, text: &str) -> Option<Hit> {
        let text = Text::fold(&text.chars().collect::<Vec<_>>());
        let mut found = Vec::new();
        self.known.find(&text, &mut found);
        structured(&text, &mut Marks::new(text.len()), &mut found);
        first(&text, found.iter().filter(|item| item.score >= CERTAIN))
    }

    /// The first known value in `text`, whatever else stands there.
    pub fn known_in(&self, text: &str) -> Option<Hit> {
        let text = Text::fold(&text.chars().collect::<Vec<_>>());
        let mut found = Vec::new();
        self.known.find(&text, &mut found);
        first(&text, found.iter())
    }
}

fn first<'a>(text: &Text, found: impl Iterator<Item = &'a Found>) -> Option<Hit> {
    let first = found.min_by_key(|item| item.start)?;
    let (offset, _) = text.original(first.start, first.end)?;
    Some(Hit { offset, kind: first.kind })
}

/// The first identifier or value of `known` in one `text`; for more texts of a record keep its [`Gate`].
pub fn scan(text: &str, known: &[Known]) -> Option<Hit> {
    Gate::new(known).scan(text)
}

/// Finds what has a form of its own; marks the figures that stay.
pub(super) fn structured(text: &Text, figures: &mut Marks, found: &mut Vec<Found>) {
    let steps = Steps::of(text);
    births::find(text, &steps, figures, found);
    numbers::find(text, &steps, figures, found);
    plates::find(text, &steps, figures, found);
    accounts::find(text, &steps, figures, found);
    documents::find(text, &steps, figures, found);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hit_says_where_and_what() {
        let text = "已核实。联系电话：１３８　００１３　８０００";
        assert_eq!(scan(text, &[]), Some(Hit { offset: 9, kind: Kind::Phone }));
        assert_eq!(scan("已核实，2021年5月3日支付58000元。", &[]), None);
    }

    #[test]
    fn known_values_are_hits() {
        let known = [Known::new("石小满")];
        assert_eq!(scan("据了解，小满已回家", &known), Some(Hit { offset: 4, kind: Kind::Person }));
        assert_eq!(scan("据了解，小满已回家", &[]), None);
    }
}
