//! A name found once is a name everywhere: in full, as the given name alone, as 老王, 阿强, 强哥.
//!
//! Invariant: one pass over the text for all names together.

use std::collections::HashMap;

use super::super::found::{Found, Kind, Marks};
use super::super::glyphs::is_han;
use super::super::lexicon::Lexicon;
use super::super::text::Text;
use super::context;
use super::surnames::SURNAMES;
use super::vocabulary::WORDS;

/// The longest name that is looked for elsewhere.
const LONGEST: usize = 16;

/// Adds the other places of the names in `found`.
pub(in super::super) fn spread(text: &Text, guard: &Marks, found: &mut Vec<Found>) {
    let mut forms: HashMap<String, bool> = HashMap::new();
    for name in found.iter().filter(|name| name.kind == Kind::Person && is_sure(text, name)) {
        let chars = text.slice(name.start, name.end);
        if chars.len() <= LONGEST {
            derive(chars, &mut forms);
        }
    }
    let forms = Lexicon::from_words(forms.iter().map(|(form, whole)| (form.as_str(), *whole)));
    let mut at = 0;
    while at < text.len() {
        match forms.at(text, at).filter(|&(length, whole)| fits(text, at, length, whole, guard)) {
            Some((length, _)) => {
                found.push(Found {
                    start: at,
                    end: at + length,
                    kind: Kind::Person,
                    score: 0.85,
                    rule: "name-seen-elsewhere",
                });
                at += length;
            }
            None => at += 1,
        }
    }
}

/// Whether a found name is sure enough to look for it elsewhere.
fn is_sure(text: &Text, name: &Found) -> bool {
    name.score >= 0.6
        && (name.rule != "tagger" || name.score >= 0.9 && !super::is_words(text, name.start, name.end, true))
}

/// The forms of a name, and whether each is the whole name.
fn derive(name: &[char], forms: &mut HashMap<String, bool>) {
    let whole: String = name.iter().collect();
    if name.len() >= 2 {
        forms.insert(whole, true);
    }
    if !name.iter().all(|&c| is_han(c)) {
        for part in name.split(|&c| c == '·').filter(|part| part.len() >= 3 && part.len() < name.len()) {
            forms.entry(part.iter().collect()).or_insert(false);
        }
        return;
    }
    let family = if name.len() >= 3 && name.get(..2).is_some_and(|head| SURNAMES.find(head).is_some()) {
        2
    } else {
        1
    };
    let Some((surname, given)) = name
        .split_at_checked(family)
        .filter(|(surname, given)| SURNAMES.find(surname).is_some() && (1..=2).contains(&given.len()))
    else {
        return;
    };
    let surname: String = surname.iter().collect();
    let last = given.last().copied().unwrap_or_default();
    // 小的, 班里 and 支支吾吾 are no one.
    let alone = !"的里支面边".contains(last);
    let mut add = |form: String| {
        forms.entry(form).or_insert(false);
    };
    if given.len() == 2 {
        add(given.iter().collect());
    }
    for prefix in ["老", "小", "大", "阿"] {
        add(format!("{prefix}{surname}"));
        if alone {
            add(format!("{prefix}{last}"));
        }
    }
    for suffix in ["哥", "姐", "嫂", "叔", "总", "姨", "妹", "子", "儿", "婶", "爷", "老板"] {
        add(format!("{surname}{suffix}"));
        if alone {
            add(format!("{last}{suffix}"));
        }
    }
    if alone {
        add(format!("{last}{last}"));
    }
}

/// Whether the form at `at` is the person and not a piece of other words.
fn fits(text: &Text, at: usize, length: usize, whole: bool, guard: &Marks) -> bool {
    let end = at + length;
    if guard.any(at, end) {
        return false;
    }
    if whole && length >= 3 {
        return true;
    }
    let left = if context::is_joint(text, at) { 0 } else { context::before(text, at) };
    let cued = left + context::after(text, end) >= 12;
    let is_word = WORDS
        .find(text.slice(at, end))
        .is_some_and(|cost| if whole { cost < 44 && !cued } else { cost < 56 });
    let longer = WORDS.all_at(text, at).any(|word| word.0 > length && word.1 < 56);
    let across = (1..=3).any(|back| {
        at.checked_sub(back).is_some_and(|from| {
            WORDS.all_at(text, from).any(|word| from + word.0 > at && word.0 >= 2 && word.1 < 48)
        })
    });
    let into =
        (at + 1..end).any(|from| WORDS.all_at(text, from).any(|word| from + word.0 > end && word.1 < 44));
    !is_word && !longer && (whole || !across && !into)
}
