//! Corrections that survive a correction of the text.
//!
//! A correction goes on where its stretch still stands: at the same of equally many occurrences. A lift
//! goes on only where the engine masks exactly that stretch again. The rest is told as dropped.

use super::{Act, Correction, Review};
use crate::redaction::narrative::RawText;

impl Review {
    /// Takes over the corrections of the review `before` of the text `old`; this review is that of `new`.
    #[must_use]
    pub fn carrying(mut self, before: &Self, old: &RawText, new: &RawText) -> Self {
        let (old, new) = (old.chars(), new.chars());
        for correction in &before.corrections {
            match self.placed(correction, &old, &new) {
                Some(placed) => self.corrections.push(placed),
                None => self.dropped.push(*correction),
            }
        }
        self
    }

    fn placed(&self, correction: &Correction, old: &[char], new: &[char]) -> Option<Correction> {
        let start = if old == new { correction.start } else { moved(correction, old, new)? };
        let end = start + (correction.end - correction.start);
        let placed = Correction { start, end, ..*correction };
        let stands = match placed.act {
            Act::Lift { kind, .. } => {
                self.found.iter().any(|mask| mask.is_at((start, end)) && mask.kind == kind && !mask.known)
            }
            // What the engine masks around it by now, it masks whole.
            Act::Add { .. } => !self.is_cut(&placed),
        };
        stands.then_some(placed)
    }

    /// Whether a mask of the engine, or another correction, meets it and reaches beyond it.
    fn is_cut(&self, correction: &Correction) -> bool {
        let Correction { start, end, .. } = *correction;
        let beyond = |from: usize, to: usize| from < end && start < to && (from < start || end < to);
        self.found.iter().any(|mask| beyond(mask.start, mask.end))
            || self.corrections.iter().any(|other| other.start < end && start < other.end)
    }
}

/// Where the stretch stands in the new text, if it stands there as often as in the old one.
fn moved(correction: &Correction, old: &[char], new: &[char]) -> Option<usize> {
    let value = old.get(correction.start..correction.end).filter(|value| !value.is_empty())?;
    let places = |text: &[char]| -> Vec<usize> {
        let windows = text.windows(value.len()).enumerate();
        windows.filter(|(_, window)| *window == value).map(|(at, _)| at).collect()
    };
    let (before, after) = (places(old), places(new));
    let nth = before.iter().position(|at| *at == correction.start)?;
    after.get(nth).copied().filter(|_| before.len() == after.len())
}
