//! A set of narratives: a few sentences each, some wrapped as a scanner leaves them.

use super::templates::{Style, sentences};
use super::texts::Narrative;
use super::values::Dice;

/// `count` narratives; the same for the same seed.
pub(crate) fn set(style: Style, tuned: bool, count: usize, seed: u64) -> Vec<Narrative> {
    let mut dice = Dice::new(seed, tuned);
    let sentences = sentences(style, tuned);
    (0..count).map(|_| narrative(&sentences, &mut dice)).collect()
}

fn narrative(sentences: &[&str], dice: &mut Dice) -> Narrative {
    let mut narrative = Narrative::default();
    let mut people = Vec::new();
    let count = 3 + dice.below(5);
    for _ in 0..count {
        let mut sentence = *dice.pick::<&str>(sentences);
        while people.is_empty() && ["{0}", "{1}"].iter().any(|hole| sentence.contains(hole)) {
            sentence = *dice.pick::<&str>(sentences);
        }
        narrative.fill(sentence, dice, &mut people);
    }
    if dice.chance(25) {
        let width = 18 + dice.below(22);
        narrative.wrap(width, dice);
    }
    narrative
}
