//! What was found, as spans of the original and as masks that keep the text readable.
//!
//! Invariant: putting the text of every span back in place of its mask gives the original; a mask's
//! number says only which values of this document are the same.

use std::fmt::Write as _;
use std::ops::Range;

use super::found::{Found, Kind};
use super::numbering::Numbers;
use super::text::Text;

/// A masked stretch of the original.
#[derive(Clone, Copy, PartialEq)]
pub struct Span {
    /// Its first code point.
    pub start: usize,
    /// Behind its last code point.
    pub end: usize,
    /// What it is.
    pub kind: Kind,
    /// How sure the rule is, from 0 to 1.
    pub score: f32,
    /// The rule that found it.
    pub rule: &'static str,
}

/// A text with its masks. No `Debug`.
pub struct Redacted {
    masked: String,
    spans: Vec<Span>,
    review: Vec<Span>,
}

impl Redacted {
    /// The masked text.
    pub fn masked(&self) -> &str {
        &self.masked
    }

    /// The masked stretches, in order, without overlaps.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The doubtful stretches that stayed, for an officer to decide, in order.
    pub fn review(&self) -> &[Span] {
        &self.review
    }
}

/// Masks `found` in `original`.
pub(super) fn mask(original: &[char], text: &Text, found: &[Found], review: &[Found]) -> Redacted {
    let spans = spans(text, found);
    let mut masked = String::with_capacity(original.len() * 3);
    let mut numbers = Numbers::default();
    let mut at = 0;
    for (span, value) in &spans {
        masked.extend(original.get(at..span.start).unwrap_or_default());
        let number = numbers.of(span.kind, value);
        // Writing to a string does not fail.
        let _ = write!(masked, "〔{}{number}〕", span.kind.label());
        at = span.end;
    }
    masked.extend(original.get(at..).unwrap_or_default());
    let spans: Vec<Span> = spans.into_iter().map(|(span, _)| span).collect();
    let review = self::spans(text, review)
        .into_iter()
        .map(|(span, _)| span)
        .filter(|span| !meets(&spans, span))
        .collect();
    Redacted { masked, spans, review }
}

/// The spans without overlaps, each with its folded value. Where two meet, the more certain kind and
/// score wins, of equals the longer: a known name is one mask and not two. No character of either stays.
fn spans(text: &Text, found: &[Found]) -> Vec<(Span, String)> {
    let mut order: Vec<&Found> = found.iter().filter(|item| item.start < item.end).collect();
    order.sort_by(|a, b| {
        let length = |item: &Found| item.end - item.start;
        let rank = a.rank().total_cmp(&b.rank()).then_with(|| length(a).cmp(&length(b)));
        // Rules may find in any order: the same text always has the same masks.
        rank.then_with(|| a.start.cmp(&b.start))
    });
    let mut owner: Vec<u32> = vec![0; text.len()];
    for (index, item) in order.iter().enumerate() {
        let index = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let end = item.end.min(owner.len());
        if let Some(range) = owner.get_mut(item.start.min(end)..end) {
            range.fill(index);
        }
    }
    let mut spans: Vec<(Span, String)> = Vec::new();
    let mut at = 0;
    for group in owner.chunk_by(|a, b| a == b) {
        let (start, end) = (at, at + group.len());
        at = end;
        let index = group.first().copied().unwrap_or(0);
        let Some(item) = (index as usize).checked_sub(1).and_then(|index| order.get(index)) else { continue };
        let Some((first, last)) = text.original(start, end) else { continue };
        let first = first.max(spans.last().map_or(0, |(span, _)| span.end));
        if first < last {
            let value = text.slice(start, end).iter().collect();
            spans.push((
                Span { start: first, end: last, kind: item.kind, score: item.score, rule: item.rule },
                value,
            ));
        }
    }
    spans
}

/// Most figures of the number of a mask.
const FIGURES: usize = 4;

/// Where masks stand in a masked text, in code points.
pub fn masks_in(text: &[char]) -> Vec<Range<usize>> {
    let opened = text.iter().enumerate().filter(|(_, c)| **c == '〔').map(|(at, _)| at);
    opened.filter_map(|at| Some(at..at + mask_length(text.get(at + 1..)?)? + 1)).collect()
}

/// How long the rest of a mask is that begins behind its bracket, if it is one.
fn mask_length(rest: &[char]) -> Option<usize> {
    let is_label =
        |kind: &Kind| kind.label().chars().eq(rest.iter().copied().take(kind.label().chars().count()));
    let label = Kind::ALL.into_iter().find(is_label)?.label().chars().count();
    let figures = rest.get(label..)?.iter().take_while(|c| c.is_ascii_digit()).count();
    let closed = rest.get(label + figures) == Some(&'〕');
    ((1..=FIGURES).contains(&figures) && closed).then_some(label + figures + 1)
}

/// Whether `span` touches one of the ordered `spans`.
fn meets(spans: &[Span], span: &Span) -> bool {
    let next = spans.partition_point(|other| other.end <= span.start);
    spans.get(next).is_some_and(|other| other.start < span.end)
}
