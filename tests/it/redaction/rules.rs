//! The number of the rules says which decisions they make; what they masked they would mask again.

use guitu::domain::claim::Claim;
use guitu::domain::digest::Digest;
use guitu::redaction::Again;
use guitu::redaction::narrative::{OutgoingText, RawText, Review, redact};
use guitu::redaction::texts::judge_again;

use super::set;
use super::templates::Style;
use super::texts::Narrative;

/// The number of the rules, and what they decide about a set of narratives. A change of decisions takes the next
/// number, so that what was judged before is judged again.
const DECISIONS: (u32, &str) = (6, "bCoMRWp88UY97hlfa-c6T_RM_Y_8VQHBDoVRyc8ZNmM");

fn narratives(count: usize) -> impl Iterator<Item = Narrative> {
    [(Style::Case, true), (Style::Case, false), (Style::Court, true), (Style::Court, false)]
        .into_iter()
        .flat_map(move |(style, tuned)| set::set(style, tuned, count, 11))
}

fn raw(narrative: &Narrative) -> RawText {
    RawText::new(narrative.text.iter().collect())
}

#[test]
fn other_decisions_have_another_number() {
    let mut said = String::new();
    for narrative in narratives(40) {
        let redacted = redact(&raw(&narrative), &[]);
        said.extend(
            redacted.spans().iter().map(|span| format!("{} {} {};", span.start, span.end, span.kind.name())),
        );
        said.push('\n');
    }
    let Ok(any) = OutgoingText::as_typed(&RawText::new("反拐办".to_owned()), &[]) else {
        panic!("refused")
    };
    let now = (any.verdict().rules, Digest::of(said.as_bytes()).to_string());
    assert_eq!((now.0, now.1.as_str()), DECISIONS, "raise `RULES` by one, then renew this");
}

#[test]
fn what_was_masked_is_clean_when_it_is_judged_again() {
    let (mut all, mut held) = (0, 0);
    for narrative in narratives(100) {
        let raw = raw(&narrative);
        let outgoing = Review::of(&raw, &[]).outgoing(&raw);
        let again = judge_again(Claim::NarrativeMasked, outgoing.as_str(), outgoing.lifted());
        all += 1;
        held += usize::from(again != Again::Clean);
    }
    assert!(held * 20 <= all, "{held} of {all} would wait for an officer after any change of the rules");
}
