//! The likeliest reading of the text as words and names.
//!
//! A lattice of words (by their frequency) and names (surname and given name by theirs, made
//! likelier by what stands beside them); the cheapest path decides. Invariant: linear in the length
//! of the text; costs are sums of at most a few dozen quarter nats a character.

use std::collections::{HashMap, HashSet};

use super::super::found::{Found, Kind, Marks};
use super::super::glyphs::is_han;
use super::super::text::{Gap, Text};
use super::context;
use super::surnames::SURNAMES;
use super::vocabulary::{GIVEN, RARE, UNKNOWN, WORDS, is_borne, is_never};

/// What any name costs above its characters.
const NAME: i32 = 26;
/// What a character costs that a given name has twice: 旺旺.
const TWICE: i32 = 12;
/// What a character of given names costs at most to be taken for one without more.
const OFTEN: i32 = 31;
/// The same for what stands there twice and ends a name once.
const SELDOM: i32 = 36;
/// The same for a name that stands once.
const ONCE: i32 = 27;
/// What a name of two given characters has before the same name cut short.
const WHOLE: i32 = 4;
/// What both sides together have for a name that each alone has not.
const BOTH: i32 = 10;
/// What joins or places names, though some given names have it.
const JOINTS: &str = "和与同及向从由为对在于到来";

#[derive(Clone, Copy)]
struct Step {
    cost: i64,
    from: usize,
    name: bool,
}

/// Finds the names of the cheapest path.
pub(super) fn find(text: &Text, guard: &Marks, found: &mut Vec<Found>) {
    let len = text.len();
    let mut steps = vec![Step { cost: i64::MAX, from: 0, name: false }; len + 1];
    relax(&mut steps, 0, Step { cost: 0, from: 0, name: false });
    for at in 0..len {
        let cost = steps.get(at).map_or(i64::MAX, |step| step.cost);
        if cost == i64::MAX {
            continue;
        }
        let mut single = false;
        for (length, word) in WORDS.all_at(text, at) {
            single |= length == 1;
            relax(&mut steps, at + length, Step { cost: cost + i64::from(word), from: at, name: false });
        }
        if !single {
            let price = if is_han(text.at(at)) { UNKNOWN } else { 16 };
            relax(&mut steps, at + 1, Step { cost: cost + i64::from(price), from: at, name: false });
        }
        for (end, price) in candidates(text, at, guard) {
            relax(&mut steps, end, Step { cost: cost + i64::from(price), from: at, name: true });
        }
    }
    let mut names = Vec::new();
    collect(&steps, &mut names);
    widen(text, guard, &mut names);
    head(text, guard, &mut names);
    found.append(&mut names);
}

fn relax(steps: &mut [Step], at: usize, step: Step) {
    if let Some(slot) = steps.get_mut(at).filter(|slot| step.cost < slot.cost) {
        *slot = step;
    }
}

fn collect(steps: &[Step], found: &mut Vec<Found>) {
    let mut at = steps.len().saturating_sub(1);
    while at > 0 {
        let Some(step) = steps.get(at).copied() else { return };
        if step.name {
            found.push(Found {
                start: step.from,
                end: at,
                kind: Kind::Person,
                score: 0.9,
                rule: "likely-name",
            });
        }
        if step.from >= at {
            return;
        }
        at = step.from;
    }
}

/// What stands behind the places of a short name.
#[derive(Default)]
struct Behind {
    count: usize,
    /// The character, if it is the same each time.
    next: Option<char>,
    /// Whether what follows a name follows that character somewhere.
    told: bool,
    /// Whether nothing that could be joined follows it somewhere: 王连和， 王连和承包.
    ends: bool,
}

/// Behind a name of two characters the same character of given names stands each time, or the one time: it belongs
/// to the name. One that joins must stand
/// there twice, and once where only a name ends: 李元以|供述; or where it joins nothing.
fn widen(text: &Text, guard: &Marks, names: &mut [Found]) {
    let mut behind: HashMap<&[char], Behind> = HashMap::new();
    let last = |name: &Found| {
        let c = text.at(name.end);
        let fits = is_han(c) && !guard.has(name.end);
        (fits && GIVEN.find(&[c]).is_some_and(|cost| cost <= SELDOM)).then_some(c)
    };
    let short = |name: &Found| name.end - name.start == 2;
    for name in names.iter().filter(|name| short(name)) {
        let seen = behind.entry(text.slice(name.start, name.end)).or_default();
        let next = last(name).filter(|_| seen.count == 0 || seen.next == last(name));
        let told = seen.told || context::after(text, name.end + 1) >= 16;
        let after = text.at(name.end + 1);
        let ends = seen.ends
            || !is_han(after) && !after.is_alphanumeric() && !"“《(".contains(after)
            || text.at(name.end) == '和'
                && (context::is_act(text, name.end + 1) || context::is_adverb(after));
        *seen = Behind { count: seen.count + 1, next, told, ends };
    }
    for name in names.iter_mut().filter(|name| short(name)) {
        let Some(seen) = behind.get(text.slice(name.start, name.end)) else { continue };
        name.end += usize::from(seen.belongs());
    }
}

impl Behind {
    fn belongs(&self) -> bool {
        let Some(c) = self.next else { return false };
        let cost = GIVEN.find(&[c]).unwrap_or(RARE);
        if JOINTS.contains(c) || cost > OFTEN {
            return self.ends || self.count >= 2 && self.told;
        }
        self.count >= 2 || cost <= ONCE
    }
}

/// Between the role of a person and a name of two characters stands a surname: 被害人|于|高远.
fn head(text: &Text, guard: &Marks, names: &mut [Found]) {
    let ends: HashSet<usize> = names.iter().map(|name| name.end).collect();
    for name in names.iter_mut().filter(|name| name.end - name.start == 2 && !ends.contains(&name.start)) {
        let Some(at) = name.start.checked_sub(1).filter(|&at| !guard.has(at)) else { continue };
        let c = text.at(at);
        let surname = SURNAMES.find(&[c]).is_some() && (c == '于' || !JOINTS.contains(c)) && c != '由';
        let given = GIVEN.find(&[text.at(name.start)]).is_some_and(|cost| cost <= OFTEN);
        if surname && given && context::before(text, at) >= context::STRONG {
            name.start = at;
        }
    }
}

/// The names that may start at `at`: where each ends and what it costs.
fn candidates(text: &Text, at: usize, guard: &Marks) -> Vec<(usize, i32)> {
    let mut names = Vec::new();
    if guard.has(at) || !is_han(text.at(at)) {
        return names;
    }
    let left = context::before(text, at);
    for (length, surname) in SURNAMES.all_at(text, at) {
        // 由 and 和 join far more often than they name.
        let joins =
            "由和".contains(text.at(at)) && left < context::STRONG || text.at(at) == '时' && left < 14;
        let joint = |after: i32| if joins && after < context::STRONG { 12 } else { 0 };
        let given = at + length;
        let mut price = NAME + surname - left;
        for count in 1..=2 {
            let last = given + count - 1;
            if !is_han(text.at(last)) || guard.has(last) {
                break;
            }
            let twice = count == 2 && text.at(last) == text.at(given);
            price += if twice { TWICE } else { GIVEN.find(&[text.at(last)]).unwrap_or(RARE).min(RARE) };
            let after = context::told(text, last + 1);
            let whole = if count == 1 { 6 } else { -WHOLE } - held(left, after);
            let mut price = price + joint(after) - after + whole + astray(text, at, last, count);
            let name = text.slice(at, last + 1);
            if let Some(word) = WORDS.find(name) {
                // A word that could be a name is one where only names stand.
                let listed = context::is_joint(text, at) && word < 46;
                let left = if listed { left.min(6) } else { left };
                let named = left >= context::CERTAIN && after >= 6
                    || left >= 6 && after >= context::STRONG
                    || left >= 14 && after >= 18 && (word >= 40 || left >= 20)
                    || left + after >= 46
                    || left >= context::CERTAIN && is_borne(name)
                    || left >= 6 && after >= 16 && text.at(last + 1) != '的' && is_borne(name);
                price = if listed && after < context::STRONG {
                    price + 30
                } else if is_never(name) && (left < context::LABEL || after < 6) {
                    price + 60
                } else if named {
                    price.min(word - 4)
                } else {
                    price
                };
            }
            names.push((last + 1, price));
        }
        if length == 1
            && let Some(second) = SURNAMES.find(&[text.at(given)])
        {
            let both = text.slice(given + 1, given + 3);
            if both.len() == 2 && both.iter().all(|&c| is_han(c)) && !guard.any(given, given + 3) {
                let cost: i32 = both.iter().map(|&c| GIVEN.find(&[c]).unwrap_or(RARE).min(RARE)).sum();
                let after = context::after(text, given + 3);
                names.push((given + 3, NAME + 12 + surname + second + cost - left + joint(after) - after));
            }
        }
    }
    names
}

/// What a name has for it between what stands before names and what stands behind them.
const fn held(left: i32, after: i32) -> i32 {
    if left >= 14 && after >= 16 { BOTH } else { 0 }
}

/// What speaks against the last character of a name: a blank before it alone, or that it is an adverb.
fn astray(text: &Text, at: usize, last: usize, count: usize) -> i32 {
    let parted = last > at + 1 && text.gap(last) == Gap::Blank && text.gap(last - 1) == Gap::None;
    let twice = text.at(last) == text.at(last - 1);
    let adverb = count == 2
        && !twice
        && context::is_adverb(text.at(last))
        && GIVEN.find(&[text.at(last)]).is_none_or(|cost| cost >= 27)
        && (context::after(text, last + 1) >= 16 || context::is_act(text, last + 1));
    let verb = count == 2
        && super::is_function(text.at(last))
        && GIVEN.find(&[text.at(last)]).is_none_or(|cost| cost >= OFTEN + 2);
    24 * (i32::from(parted) + i32::from(adverb)) + 12 * i32::from(verb)
}
