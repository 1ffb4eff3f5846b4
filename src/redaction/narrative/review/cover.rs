//! The masked text of given masks.
//!
//! Invariant: with the engine's own masks it is the engine's own masked text.

use std::fmt::Write as _;

use super::Stretch;
use crate::redaction::narrative::numbering::Numbers;
use crate::redaction::narrative::text::Text;

/// Masks exactly `masks`, in order and without overlaps, and says where in the result each of `shown` stands,
/// none of which meets a mask.
pub(super) fn cover(
    original: &[char],
    masks: &[Stretch],
    shown: &[(usize, usize)],
) -> (String, Vec<(usize, usize)>) {
    let mut text = String::with_capacity(original.len() * 3);
    let mut numbers = Numbers::default();
    // What was added to the length so far, after each mask.
    let mut shifts: Vec<(usize, isize)> = Vec::with_capacity(masks.len());
    let (mut at, mut shift) = (0, 0_isize);
    for mask in masks {
        text.extend(original.get(at..mask.start).unwrap_or_default());
        let value = original.get(mask.start..mask.end).unwrap_or_default();
        let value: String = Text::fold(value).chars.iter().collect();
        let number = numbers.of(mask.kind, &value);
        let before = text.len();
        // Writing to a string does not fail.
        let _ = write!(text, "〔{}{number}〕", mask.kind.label());
        let written = text.get(before..).map_or(0, |mask| mask.chars().count());
        shift += signed(written) - signed(mask.end - mask.start);
        shifts.push((mask.end, shift));
        at = mask.end;
    }
    text.extend(original.get(at..).unwrap_or_default());
    let moved = |place: usize| {
        let before = shifts.partition_point(|(end, _)| *end <= place);
        let shift = before.checked_sub(1).and_then(|last| shifts.get(last)).map_or(0, |(_, shift)| *shift);
        place.saturating_add_signed(shift)
    };
    (text, shown.iter().map(|(start, end)| (moved(*start), moved(*start) + (end - start))).collect())
}

fn signed(count: usize) -> isize {
    isize::try_from(count).unwrap_or(isize::MAX)
}
