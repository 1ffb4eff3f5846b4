//! What the engine found in a text, and what officers made of it: masks added, masks lifted.
//!
//! Knows places, kinds and decisions, none of the text. Invariant: a value that the record knows is
//! never shown, a structured identifier only after a second officer agreed, and whatever a new reading
//! of the text cannot place is told, not lost.

mod carry;
mod corrections;
mod cover;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use corrections::{Act, Correction, CorrectionFault, LiftReason};

use super::found::{Kind, Marks};
use super::known::{self, Known};
use super::masks::Span;
use super::outgoing::{OutgoingText, RULES, Verdict};
use super::text::Text;
use super::{RawText, redact};

/// One stretch of a text, in code points.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stretch {
    /// Its first code point.
    pub start: usize,
    /// Behind its last code point.
    pub end: usize,
    /// What it is.
    pub kind: Kind,
    /// How sure the engine is, from 0 to 1; 1 for an officer.
    pub score: f32,
    /// Whether it is a value of the record itself.
    pub known: bool,
}

/// The engine's findings in one text, with the officers' corrections. Kept sealed with the text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Review {
    /// The rules that judged.
    rules: u32,
    found: Vec<Stretch>,
    doubts: Vec<Stretch>,
    corrections: Vec<Correction>,
    dropped: Vec<Correction>,
}

impl Review {
    /// Runs the engine, once. `known` are the values of the record.
    pub fn of(raw: &RawText, known: &[Known]) -> Self {
        let redacted = redact(raw, known);
        let values = values_in(raw, known);
        let stretches = |spans: &[Span]| spans.iter().map(|span| Stretch::of(span, &values)).collect();
        Self {
            rules: RULES,
            found: stretches(redacted.spans()),
            doubts: stretches(redacted.review()),
            corrections: Vec::new(),
            dropped: Vec::new(),
        }
    }

    /// Whether the rules of today judged.
    pub const fn is_current(&self) -> bool {
        self.rules == RULES
    }

    /// The masks as they stand, in order, without overlaps.
    pub fn masks(&self) -> Vec<Stretch> {
        let added: Vec<Stretch> = self.corrections.iter().filter_map(Correction::added).collect();
        let kept = self.found.iter().filter(|mask| !added.iter().any(|added| added.meets(mask)));
        let mut masks: Vec<Stretch> = kept.filter(|mask| !self.is_lifted(mask)).copied().collect();
        masks.extend(added);
        masks.sort_by_key(|mask| mask.start);
        masks
    }

    /// The doubtful stretches that stay, for an officer to decide, in order.
    pub fn doubts(&self) -> Vec<Stretch> {
        let masks = self.masks();
        let masked = |doubt: &Stretch| {
            let next = masks.partition_point(|mask| mask.end <= doubt.start);
            masks.get(next).is_some_and(|mask| mask.meets(doubt))
        };
        self.doubts.iter().filter(|doubt| !masked(doubt)).copied().collect()
    }

    /// What officers corrected, in the order in which they did.
    pub fn corrections(&self) -> &[Correction] {
        &self.corrections
    }

    /// The corrections of the text before that found no place in this one; their offsets are of that text.
    pub fn dropped(&self) -> &[Correction] {
        &self.dropped
    }

    /// The text that goes out.
    pub fn outgoing(&self, raw: &RawText) -> OutgoingText {
        let (masks, lifted) = (self.masks(), self.lifted());
        let (text, lifted) = cover::cover(&raw.chars(), &masks, &lifted);
        let verdict = Verdict { rules: self.rules, masks: masks.len(), doubts: self.doubts().len() };
        OutgoingText::new(text, verdict, lifted)
    }

    /// What the engine found and officers show: of structured identifiers those that a second one agreed to.
    fn lifted(&self) -> Vec<(usize, usize)> {
        let masks = self.masks();
        let shown = self
            .found
            .iter()
            .filter(|mask| self.is_lifted(mask) && !masks.iter().any(|other| other.meets(mask)));
        shown.map(|mask| (mask.start, mask.end)).collect()
    }

    fn is_lifted(&self, mask: &Stretch) -> bool {
        !mask.known && self.corrections.iter().any(|correction| correction.lifts(mask))
    }
}

impl Stretch {
    /// Whether the two have a code point in common.
    pub const fn meets(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    fn of(span: &Span, values: &Marks) -> Self {
        let Span { start, end, kind, score, .. } = *span;
        Self { start, end, kind, score, known: values.any(start, end) }
    }

    const fn is_at(&self, place: (usize, usize)) -> bool {
        self.start == place.0 && self.end == place.1
    }
}

/// Where the values of the record stand, whichever rule masks them in the end.
fn values_in(raw: &RawText, known: &[Known]) -> Marks {
    let chars = raw.chars();
    let text = Text::fold(&chars);
    let (mut found, mut values) = (Vec::new(), Marks::new(chars.len()));
    known::find(&text, known, &mut found);
    for (start, end) in found.iter().filter_map(|item| text.original(item.start, item.end)) {
        values.set(start, end);
    }
    values
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Person,
        Self::Identity,
        Self::Document,
        Self::Phone,
        Self::Plate,
        Self::Wechat,
        Self::Qq,
        Self::Email,
        Self::Bank,
        Self::Netname,
        Self::Birth,
        Self::Address,
        Self::Workplace,
    ];
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let kind = Self::ALL.into_iter().find(|kind| kind.name() == name);
        kind.ok_or_else(|| serde::de::Error::custom("not a kind of identifier"))
    }
}
