//! Corrections that survive a correction of the text.
//!
//! A mask goes on wherever what it hid still stands, and grows with what the engine masks there by now. A lift goes on
//! only at the same of equally many occurrences, where the engine masks exactly that stretch again. The rest is told as
//! dropped. Invariant: what an officer masked is shown by no edit around it.

use super::{Act, Correction, Review};
use crate::redaction::narrative::RawText;

impl Review {
    /// Takes over the corrections of the review `before` of the text `old`; this review is that of `new`.
    #[must_use]
    pub fn carrying(mut self, before: &Self, old: &RawText, new: &RawText) -> Self {
        let (old, new) = (old.chars(), new.chars());
        let (lifts, adds): (Vec<_>, Vec<_>) =
            before.corrections.iter().partition(|correction| matches!(correction.act, Act::Lift { .. }));
        for add in adds {
            if !self.mask_again(add, &old, &new) {
                self.dropped.push(*add);
            }
        }
        for lift in lifts {
            match self.placed(lift, &old, &new) {
                Some(placed) => self.corrections.push(placed),
                None => self.dropped.push(*lift),
            }
        }
        self
    }

    /// Masks what the officer masked; whether it stands in the new text.
    fn mask_again(&mut self, correction: &Correction, old: &[char], new: &[char]) -> bool {
        let length = correction.end - correction.start;
        let Places { same, all } = Places::of(correction, old, new);
        let places = same.map_or(all, |same| vec![same]);
        let (Some(first), Some(last)) = (places.first(), places.last()) else { return false };
        let (kind, by) = (correction.does().1, correction.by);
        let mut mask = |start: usize, end: usize| self.add(new.len(), (start, end), kind, by).is_ok();
        if !places.iter().all(|start| mask(*start, start + length)) {
            // More masks than there may be become one from the first to the last, or of everything.
            let _ = mask(*first, last + length) || mask(0, new.len());
        }
        true
    }

    fn placed(&self, lift: &Correction, old: &[char], new: &[char]) -> Option<Correction> {
        let start = Places::of(lift, old, new).same?;
        let place = (start, start + (lift.end - lift.start));
        let stands =
            self.found.iter().any(|mask| mask.is_at(place) && mask.kind == lift.does().1 && !mask.known);
        let met = self.corrections.iter().any(|other| other.start < place.1 && place.0 < other.end);
        (stands && !met).then_some(Correction { start: place.0, end: place.1, ..*lift })
    }
}

/// Where what a stretch holds stands in a new text.
struct Places {
    /// At the same place among as many as there were.
    same: Option<usize>,
    /// All of them.
    all: Vec<usize>,
}

impl Places {
    fn of(correction: &Correction, old: &[char], new: &[char]) -> Self {
        let Correction { start, end, .. } = *correction;
        if old == new {
            return Self { same: Some(start), all: vec![start] };
        }
        let value = old.get(start..end).unwrap_or_default();
        let places = |text: &[char]| -> Vec<usize> {
            let windows = text.windows(value.len().max(1)).enumerate();
            windows.filter(|(_, window)| *window == value).map(|(at, _)| at).collect()
        };
        let (before, all) = (places(old), places(new));
        let nth = before.iter().position(|at| *at == start).filter(|_| before.len() == all.len());
        Self { same: nth.and_then(|nth| all.get(nth).copied()), all }
    }
}
