//! The narratives that the tests are measured with.

#[path = "../../it/redaction/facts.rs"]
mod facts;
#[path = "../../it/redaction/names.rs"]
mod names;
#[allow(unused, reason = "the integration tests need more of it")]
#[path = "../../it/redaction/set.rs"]
mod set;
#[path = "../../it/redaction/templates.rs"]
mod templates;
#[allow(unused, reason = "the integration tests need more of it")]
#[path = "../../it/redaction/texts.rs"]
mod texts;
#[allow(unused, reason = "the integration tests need more of it")]
#[path = "../../it/redaction/values.rs"]
mod values;

use templates::Style;

/// `count` narratives, half of them judgments.
pub(crate) fn texts(count: usize) -> Vec<String> {
    let half = |style| set::set(style, false, count / 2, 7);
    [half(Style::Case), half(Style::Court)]
        .into_iter()
        .flatten()
        .map(|narrative| narrative.text.into_iter().collect())
        .collect()
}
