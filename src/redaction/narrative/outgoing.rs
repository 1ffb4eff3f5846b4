//! Text that may leave the node: masked by the engine, and nothing else.

use serde::{Deserialize, Serialize};

use super::gate::{CERTAIN, Hit};
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

/// The version of the rules and weights.
pub(super) const RULES: u32 = 3;

impl OutgoingText {
    pub(super) const fn new(text: String, verdict: Verdict, lifted: Vec<(usize, usize)>) -> Self {
        Self { text, verdict, lifted }
    }

    /// A text that went through [`Self::as_typed`] before, with what the engine said then.
    pub(in crate::redaction) const fn judged(text: String, verdict: Verdict) -> Self {
        Self::new(text, verdict, Vec::new())
    }

    /// A text that goes as it was typed (a name of an office, an alias), unless something in it surely tells who
    /// someone is: then the first such place. Whoever typed it is at fault.
    pub fn as_typed(raw: &RawText, known: &[Known]) -> Result<Self, Hit> {
        let redacted = redact(raw, known);
        // A word or two alone often look like a name.
        let certain =
            |span: &&Span| span.score > CERTAIN || span.kind.is_structured() && span.score >= CERTAIN;
        let certain = redacted.spans().iter().find(certain);
        if let Some(span) = certain {
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

    /// The identifiers that stand in it because two officers agreed to it: first code point, and behind the last.
    pub fn lifted(&self) -> &[(usize, usize)] {
        &self.lifted
    }

    /// What the engine said of it.
    pub const fn verdict(&self) -> Verdict {
        self.verdict
    }
}

impl From<&Redacted> for OutgoingText {
    fn from(redacted: &Redacted) -> Self {
        let verdict =
            Verdict { rules: RULES, masks: redacted.spans().len(), doubts: redacted.review().len() };
        Self { text: redacted.masked().to_owned(), verdict, lifted: Vec::new() }
    }
}
