//! Text that may leave the node: masked by the engine, and nothing else.

use serde::Serialize;

use super::masks::Redacted;

/// A masked text with what the engine said of it. Only the engine makes one, so that no text that a
/// person typed can stand where this type is asked for. No `Debug`: masks may have been lifted.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct OutgoingText {
    text: String,
    verdict: Verdict,
}

/// What the engine said of a text, without any of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The rules that judged: changes whenever their decisions may.
    pub rules: u32,
    /// How many stretches are masked.
    pub masks: usize,
    /// How many stretches were doubtful and stayed.
    pub doubts: usize,
}

/// The version of the rules and weights.
const RULES: u32 = 3;

impl OutgoingText {
    /// The masked text.
    pub fn as_str(&self) -> &str {
        &self.text
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
        Self { text: redacted.masked().to_owned(), verdict }
    }
}
