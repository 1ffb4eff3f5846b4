//! The outbound gate: a last look at a text that is about to leave.
//!
//! Looks for identifiers by their form and for known values only; names are the engine's work.
//! Invariant: linear, and a hit never carries the value.

use super::found::{Found, Kind, Marks};
use super::known::{self, Known};
use super::text::Text;
use super::{accounts, births, documents, numbers, plates};

/// How sure a rule must be to stop a message.
pub const CERTAIN: f32 = 0.85;

/// Why a text must not leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The code point at which it stands.
    pub offset: usize,
    /// What it is.
    pub kind: Kind,
}

/// The first identifier or value of `known` in `text`.
pub fn scan(text: &str, known: &[Known]) -> Option<Hit> {
    let text = Text::fold(&text.chars().collect::<Vec<_>>());
    let mut found = Vec::new();
    known::find(&text, known, &mut found);
    structured(&text, &mut Marks::new(text.len()), &mut found);
    let first = found.iter().filter(|item| item.score >= CERTAIN).min_by_key(|item| item.start)?;
    let (offset, _) = text.original(first.start, first.end)?;
    Some(Hit { offset, kind: first.kind })
}

/// The first value of `known` in `text`, whatever else stands there.
pub fn known_in(text: &str, known: &[Known]) -> Option<Hit> {
    let text = Text::fold(&text.chars().collect::<Vec<_>>());
    let mut found = Vec::new();
    known::find(&text, known, &mut found);
    let first = found.iter().min_by_key(|item| item.start)?;
    let (offset, _) = text.original(first.start, first.end)?;
    Some(Hit { offset, kind: first.kind })
}

/// Finds what has a form of its own; marks the figures that stay.
pub(super) fn structured(text: &Text, figures: &mut Marks, found: &mut Vec<Found>) {
    births::find(text, figures, found);
    numbers::find(text, figures, found);
    plates::find(text, figures, found);
    accounts::find(text, figures, found);
    documents::find(text, figures, found);
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
