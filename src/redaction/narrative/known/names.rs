//! The written forms of a known name.

use pinyin::ToPinyinMulti as _;

use super::super::found::Kind;
use super::super::glyphs::is_han;
use super::super::names::{is_single, surname_length};
use super::{Pattern, Sight};

/// Forms of address before a surname or given name.
const BEFORE: [&str; 6] = ["老", "小", "阿", "大", "老大", "臭"];
/// Forms of address behind one.
const BEHIND: [&str; 34] = [
    "某", "某某", "某人", "哥", "姐", "嫂", "叔", "婶", "姨", "爷", "妹", "弟", "总", "子", "儿", "仔",
    "老板", "师傅", "先生", "女士", "老师", "医生", "警官", "队长", "所长", "主任", "经理", "大姐", "大哥",
    "阿姨", "小姐", "同志", "家", "氏",
];
/// Signs that stand for a hidden character.
const HIDDEN: [&str; 7] = ["某", "某某", "x", "xx", "什么", "口", "〇"];
/// Characters that scans confuse.
const ALIKE: [&str; 25] = [
    "己已巳",
    "未末",
    "土士",
    "千干于",
    "人入",
    "天夭",
    "日曰",
    "王玉",
    "今令",
    "大太",
    "木本术",
    "白自",
    "由田甲申",
    "刀力",
    "贝见",
    "免兔",
    "鸟乌",
    "候侯",
    "旦且",
    "戊戌",
    "冶治",
    "丁了",
    "戎戒",
    "春舂",
    "芋芊",
];
/// Forms of address that only a surname takes.
const WITH_SURNAME: [&str; 2] = ["姓", "〇〇"];
/// How long a name is at least that is written after its sound, without dots: 阿卜杜热合曼.
const LONG: usize = 5;
/// How many characters a name has at most: whatever is longer is looked for as it stands.
const LONGEST: usize = 40;
/// How many characters of such a name tell it.
const PART: usize = 3;
/// The most readings of a name that are looked for.
const READINGS: usize = 36;

fn person(form: &str, sight: Sight) -> Pattern {
    Pattern::new(form, Kind::Person, sight)
}

/// A name in Chinese characters, with or without middle dots.
pub(super) fn han(name: &[char], patterns: &mut Vec<Pattern>) {
    let whole: String = name.iter().filter(|c| is_han(**c)).collect();
    if whole.chars().nth(1).is_none() {
        return single(&whole, patterns);
    }
    patterns.push(person(&whole, Sight::Anywhere));
    if whole.chars().nth(LONGEST).is_some() {
        return;
    }
    let parts: Vec<&[char]> = name.split(|c| !is_han(*c)).filter(|part| part.len() >= 2).collect();
    if parts.len() > 1 {
        for part in parts {
            patterns.push(person(&part.iter().collect::<String>(), Sight::Anywhere));
        }
        return pinyin(&whole.chars().collect::<Vec<_>>(), 0, patterns);
    }
    let chars: Vec<char> = whole.chars().collect();
    let family = surname_length(&chars);
    if chars.len() >= LONG && family < 2 {
        // Without dots its parts may end anywhere.
        for at in 1..chars.len() {
            let (head, tail) = chars.split_at(at);
            for part in [head, tail].into_iter().filter(|part| part.len() >= PART) {
                patterns.push(person(&part.iter().collect::<String>(), Sight::Anywhere));
            }
        }
        return pinyin(&chars, 0, patterns);
    }
    let Some((surname, given)) = chars.split_at_checked(family) else { return };
    let surname: String = surname.iter().collect();
    let given_name: String = given.iter().collect();
    if given.len() >= 2 {
        patterns.push(person(&given_name, Sight::Anywhere));
        patterns.push(person(&format!("{given_name}{surname}"), Sight::Anywhere));
    }
    misread(&chars, patterns);
    let last = given.last().map(char::to_string).unwrap_or_default();
    let first = given.first().map(char::to_string).unwrap_or_default();
    for piece in [&surname, &last, &first].into_iter().filter(|piece| !piece.is_empty()) {
        patterns.extend(BEFORE.iter().map(|word| person(&format!("{word}{piece}"), Sight::Anywhere)));
        patterns.extend(BEHIND.iter().map(|word| person(&format!("{piece}{word}"), Sight::Anywhere)));
        if *piece != surname {
            patterns.push(person(&format!("{piece}{piece}"), Sight::Anywhere));
        }
    }
    if given.len() >= 2 {
        patterns.push(person(&format!("{surname}{last}"), Sight::Starred));
    }
    patterns.push(person(&surname, Sight::Hidden));
    patterns.push(person(&format!("姓{surname}"), Sight::Anywhere));
    patterns.extend(WITH_SURNAME.map(|word| person(&format!("{surname}{word}"), Sight::Anywhere)));
    for sign in HIDDEN.iter().filter(|_| given.len() >= 2) {
        patterns.push(person(&format!("{surname}{sign}{last}"), Sight::Anywhere));
    }
    for sign in HIDDEN {
        patterns.push(person(&format!("{sign}{given_name}"), Sight::Anywhere));
    }
    pinyin(&chars, family, patterns);
}

/// A name of one character, which stands in many words: alone where names stand, and as people are addressed.
fn single(name: &str, patterns: &mut Vec<Pattern>) {
    patterns.push(person(name, Sight::Lone));
    patterns.push(person(&format!("{name}{name}"), Sight::Anywhere));
    patterns.extend(BEFORE.map(|word| person(&format!("{word}{name}"), Sight::Anywhere)));
    patterns.extend(BEHIND.map(|word| person(&format!("{name}{word}"), Sight::Anywhere)));
}

/// What a person is called by and that is no full name: 黑皮, 大头.
pub(super) fn alias(name: &[char], patterns: &mut Vec<Pattern>) {
    let whole: String = name.iter().filter(|c| is_han(**c) || c.is_alphanumeric()).collect();
    match whole.chars().count() {
        0 => {}
        1 => single(&whole, patterns),
        _ => {
            patterns.push(person(&whole, Sight::Anywhere));
            if whole.chars().nth(LONGEST).is_none() {
                pinyin(&whole.chars().collect::<Vec<_>>(), 0, patterns);
            }
        }
    }
}

/// Whether a name is written in full: with a surname, with dots, or too long for anything else.
pub(super) fn is_full(name: &[char]) -> bool {
    name.contains(&'·')
        || name.len() >= LONG
        || name.len() >= 2 && is_single(name)
        || surname_length(name) == 2
}

/// The name with one character taken for another.
fn misread(name: &[char], patterns: &mut Vec<Pattern>) {
    for (at, &c) in name.iter().enumerate() {
        let alike = ALIKE.iter().find(|group| group.contains(c)).into_iter().flat_map(|group| group.chars());
        for other in alike.filter(|&other| other != c) {
            let form = name.iter().enumerate().map(|(place, &c)| if place == at { other } else { c });
            patterns.push(person(&form.collect::<String>(), Sight::Anywhere));
        }
    }
}

/// The name in pinyin: in full in both orders, the given name alone, the initials; and half in pinyin: 张wei, 张XM.
fn pinyin(chars: &[char], family: usize, patterns: &mut Vec<Pattern>) {
    for reading in readings(chars) {
        let family = family.min(reading.len());
        let (surname, given) = reading.split_at(family);
        let short: String = given.iter().filter_map(|syllable| syllable.chars().next()).collect();
        let (surname, given) = (surname.concat(), given.concat());
        if let Some((own, rest)) = chars.split_at_checked(family).filter(|_| family > 0) {
            let (own, rest): (String, String) = (own.iter().collect(), rest.iter().collect());
            patterns.extend([&given, &short].map(|half| person(&format!("{own}{half}"), Sight::Alone)));
            patterns.push(person(&format!("{surname}{rest}"), Sight::Alone));
        }
        patterns.push(person(&format!("{surname}{given}"), Sight::Alone));
        patterns.push(person(&format!("{given}{surname}"), Sight::Alone));
        if given.len() >= 4 {
            patterns.push(person(&given, Sight::Alone));
        }
        let initials: String = reading.iter().filter_map(|syllable| syllable.chars().next()).collect();
        if initials.len() >= 2 {
            patterns
                .push(person(&initials, if initials.len() >= 3 { Sight::Alone } else { Sight::Capitals }));
        }
    }
}

/// The readings of the characters, [`READINGS`] at most; none, if one has no reading.
fn readings(chars: &[char]) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = vec![Vec::new()];
    for &c in chars {
        let Some(sounds) = c.to_pinyin_multi() else { return Vec::new() };
        let mut syllables: Vec<String> = Vec::new();
        for sound in sounds {
            for syllable in spellings(sound.plain()) {
                if !syllables.contains(&syllable) {
                    syllables.push(syllable);
                }
            }
        }
        let longer = all.iter().flat_map(|reading| {
            syllables
                .iter()
                .map(move |syllable| reading.iter().chain([syllable]).cloned().collect::<Vec<_>>())
        });
        all = longer.take(READINGS).collect();
    }
    all
}

/// The ways to write a syllable with ü.
fn spellings(syllable: &str) -> Vec<String> {
    if syllable.contains('ü') || syllable.contains('v') {
        ["v", "u", "yu"].iter().map(|letter| syllable.replace(['ü', 'v'], letter)).collect()
    } else {
        vec![syllable.to_owned()]
    }
}

/// A name in Latin letters: in full in both orders, its longer words alone, its initials.
pub(super) fn latin(name: &[char], patterns: &mut Vec<Pattern>) {
    let mut words: Vec<String> = Vec::new();
    let mut upper = false;
    for &c in name {
        // A blank is not kept in folded text: a capital behind a small letter opens a word.
        if !c.is_alphabetic() || words.is_empty() || c.is_uppercase() && !upper {
            words.push(String::new());
        }
        upper = c.is_uppercase();
        if let Some(word) = words.last_mut().filter(|_| c.is_alphabetic()) {
            word.push(c);
        }
    }
    words.retain(|word| !word.is_empty());
    if words.iter().map(|word| word.chars().count()).sum::<usize>() < 2 {
        return;
    }
    patterns.push(person(&words.concat(), Sight::Alone));
    let reversed: Vec<String> = words.iter().rev().cloned().collect();
    patterns.push(person(&reversed.concat(), Sight::Alone));
    if let Some((last, first)) = words.split_last() {
        patterns.push(person(&format!("{last}{}", first.concat()), Sight::Alone));
    }
    for word in words.iter().filter(|word| word.chars().count() >= 3) {
        patterns.push(person(word, Sight::Alone));
    }
}
