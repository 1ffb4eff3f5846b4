//! The numbers in masks: the same for the same value, and for a person's full and given name.
//!
//! Invariant: a number says only in what order values appear in one document.

use std::collections::HashMap;

use super::found::Kind;
use super::glyphs::is_han;
use super::names;

/// The numbers of the masks: in order of appearance, the same for the same value.
#[derive(Default)]
pub(super) struct Numbers {
    given: HashMap<(Kind, String), usize>,
    counts: HashMap<Kind, usize>,
}

impl Numbers {
    /// The number of the mask for `value`.
    pub(super) fn of(&mut self, kind: Kind, value: &str) -> usize {
        let forms = if kind == Kind::Person { Self::forms(value) } else { vec![value.to_owned()] };
        let seen = forms.iter().find_map(|form| self.given.get(&(kind, form.clone())).copied());
        let number = seen.unwrap_or_else(|| {
            let count = self.counts.entry(kind).or_insert(0);
            *count += 1;
            *count
        });
        for form in forms {
            self.given.entry((kind, form)).or_insert(number);
        }
        number
    }

    /// The name itself and, of a Chinese name, the given name.
    fn forms(name: &str) -> Vec<String> {
        let chars: Vec<char> = name.chars().collect();
        let given = chars.get(names::surname_length(&chars)..).unwrap_or_default();
        let mut forms = vec![name.to_owned()];
        if (3..=4).contains(&chars.len()) && given.len() >= 2 && chars.iter().all(|&c| is_han(c)) {
            forms.push(given.iter().collect());
        }
        forms
    }
}
