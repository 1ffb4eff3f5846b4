//! Text that may leave the node: masked by the engine, and nothing else.

use serde::{Deserialize, Serialize};

use super::found::Kind;
use super::gate::{CERTAIN, Hit};
use super::glyphs::is_han;
use super::known::Known;
use super::masks::{Redacted, Span};
use super::{RawText, redact};

/// A masked text with what the engine said of it. Only the engine makes one, so that no text that a
/// person typed can stand where this type is asked for. No `Debug`: masks may have been lifted.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct OutgoingText {
    text: String,
    verdict: Verdict,
    lifted: Vec<(usize, usize)>,
}

/// What the engine said of a text, without any of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The rules that judged: changes whenever their decisions may.
    pub rules: u32,
    /// How many stretches are masked.
    pub masks: usize,
    /// How many stretches were doubtful and stayed.
    pub doubts: usize,
}

impl Verdict {
    /// Whether the rules of today said it.
    pub const fn is_current(self) -> bool {
        self.rules == RULES
    }
}

/// The version of the rules and weights: one more whenever their decisions may change, so that what older rules
/// judged is judged again before it leaves.
pub(super) const RULES: u32 = 6;

impl OutgoingText {
    pub(super) const fn new(text: String, verdict: Verdict, lifted: Vec<(usize, usize)>) -> Self {
        Self { text, verdict, lifted }
    }

    /// A text that went through [`Self::as_alias`] before, with what the engine said then.
    pub(in crate::redaction) const fn judged(text: String, verdict: Verdict) -> Self {
        Self::new(text, verdict, Vec::new())
    }

    /// A text that goes as it was typed (a name of an office), unless something in it surely tells who someone is:
    /// then the first such place. Whoever typed it is at fault.
    pub fn as_typed(raw: &RawText, known: &[Known]) -> Result<Self, Hit> {
        // A word or two alone often look like a name.
        Self::unless(raw, known, |_, span| span.score > CERTAIN || is_identifier(span))
    }

    /// The same of the alias of a case, which should name nobody: a likely name is enough.
    pub fn as_alias(raw: &RawText, known: &[Known]) -> Result<Self, Hit> {
        Self::unless(raw, known, |text, span| {
            span.score > CERTAIN || is_identifier(span) || is_likely_name(text, span)
        })
    }

    /// The same of the number of a case: figures too many for any identifier number cases, and so do a letter and
    /// figures.
    pub fn as_case_number(raw: &RawText) -> Result<Self, Hit> {
        Self::unless(raw, &[], |text, span| {
            let figures = within(text, span).iter().filter(|c| c.is_numeric()).count();
            let identifier = is_identifier(span) && span.kind != Kind::Document && figures <= IDENTIFYING;
            identifier || is_likely_name(text, span)
        })
    }

    fn unless(raw: &RawText, known: &[Known], tells: fn(&[char], &Span) -> bool) -> Result<Self, Hit> {
        let redacted = redact(raw, known);
        let text = raw.chars();
        if let Some(span) = redacted.spans().iter().find(|span| tells(&text, span)) {
            return Err(Hit { offset: span.start, kind: span.kind });
        }
        let doubts = redacted.spans().len() + redacted.review().len();
        let verdict = Verdict { rules: RULES, masks: 0, doubts };
        Ok(Self { text: raw.0.clone(), verdict, lifted: Vec::new() })
    }

    /// The masked text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What stands in it because officers lifted its mask, an identifier because two agreed: first code point, and
    /// behind the last.
    pub fn lifted(&self) -> &[(usize, usize)] {
        &self.lifted
    }

    /// What the engine said of it.
    pub const fn verdict(&self) -> Verdict {
        self.verdict
    }
}

/// The most figures of an identifier.
const IDENTIFYING: usize = 19;
/// How likely a name is at least that an alias must not have.
const LIKELY: f32 = 0.5;

fn is_identifier(span: &Span) -> bool {
    span.kind.is_structured() && span.score >= CERTAIN
}

fn within<'a>(text: &'a [char], span: &Span) -> &'a [char] {
    text.get(span.start..span.end).unwrap_or_default()
}

/// Whether the span may well be a name of two Chinese characters or more.
fn is_likely_name(text: &[char], span: &Span) -> bool {
    let han = within(text, span).iter().filter(|&&c| is_han(c)).count();
    span.kind == Kind::Person && span.score >= LIKELY && han >= 2
}

impl From<&Redacted> for OutgoingText {
    fn from(redacted: &Redacted) -> Self {
        let verdict =
            Verdict { rules: RULES, masks: redacted.spans().len(), doubts: redacted.review().len() };
        Self { text: redacted.masked().to_owned(), verdict, lifted: Vec::new() }
    }
}
