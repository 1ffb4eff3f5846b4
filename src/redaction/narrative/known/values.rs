//! Values as people type them into fields: several names in one, with words, brackets and signs between; numbers with
//! a note behind.
//!
//! Invariant: whatever stands in the field, each name and number of it becomes known by itself.

use super::super::glyphs::{digit, is_han};
use super::super::text::Text;
use super::{Pattern, names, numbers as figures, places};

/// Words between names: a name in full follows, or any word that the person is called by.
const CALLED: [(&str, bool); 24] = [
    ("曾用名", true),
    ("又名", true),
    ("原名", true),
    ("别名", true),
    ("化名", true),
    ("真名", true),
    ("本名", true),
    ("现名", true),
    ("改名", true),
    ("冒名", true),
    ("自称", true),
    ("又叫", true),
    ("也叫", true),
    ("英文名", true),
    ("小名", false),
    ("乳名", false),
    ("绰号", false),
    ("外号", false),
    ("诨号", false),
    ("昵称", false),
    ("网名", false),
    ("艺名", false),
    ("人称", false),
    ("谐音", false),
];
/// Notes that name nobody.
const NOTES: &str = "父 母 子 女 男 音 父亲 母亲 爸爸 妈妈 爷爷 奶奶 外公 外婆 祖父 祖母 儿子 女儿 哥哥 姐姐 弟弟 丈夫 妻子 养父 养母 生父 \
    生母 继父 继母 本人 音译 同音 已故 去世 不详 不明 未知 未详 待查 待核 无 暂无 匿名 化 男性 女性 未成年 父母 监护人 家属 亲属 机主 \
    备用 常用 旧号 新号 已停机 停机 空号 手机 电话 座机 微信 微信同号";

/// Adds the forms of what a field of names holds.
pub(super) fn names(value: &str, patterns: &mut Vec<Pattern>) {
    let mut first = true;
    for (piece, full) in pieces(value) {
        let chars = folded(&piece);
        let han = chars.iter().filter(|&&c| is_han(c)).count();
        let figures = chars.iter().filter(|c| c.is_ascii_digit()).count();
        match full {
            _ if figures >= 4 => numbers(&piece, patterns),
            _ if han == 0 => names::latin(&chars, patterns),
            None if !first && NOTES.split_whitespace().any(|note| note == piece) => continue,
            Some(false) => names::alias(&chars, patterns),
            None if !first && !names::is_full(&chars) => names::alias(&chars, patterns),
            _ => names::han(&chars, patterns),
        }
        first = false;
    }
}

/// Adds the forms of what a field of numbers holds: one number, or some with notes and signs between.
pub(super) fn numbers(value: &str, patterns: &mut Vec<Pattern>) {
    let chars = folded(value);
    let words = chars.iter().filter(|&&c| is_han(c) && digit(c).is_none()).count();
    let plate = chars.first().is_some_and(|&c| is_han(c) && digit(c).is_none())
        && chars.get(1).is_some_and(|&c| !is_han(c))
        && words <= 2;
    let several = chars.split(|c| ",、;/|".contains(*c)).filter(|piece| !piece.is_empty());
    let long = |piece: &[char]| piece.iter().filter(|&&c| digit(c).is_some()).count() >= SHORTEST;
    let several = several.clone().count() > 1 && several.clone().all(long);
    if plate || words == 0 && !several {
        return figures::patterns(&chars, patterns);
    }
    let parts = |c: &char| is_han(*c) && digit(*c).is_none() || ",、;/|()[]".contains(*c);
    for piece in chars.split(parts) {
        if piece.iter().filter(|c| c.is_alphanumeric()).count() >= 4 {
            figures::patterns(piece, patterns);
        }
    }
}

/// The fewest digits of each of several numbers.
const SHORTEST: usize = 7;

/// Adds the forms of what a field of addresses holds.
pub(super) fn place(value: &str, patterns: &mut Vec<Pattern>) {
    places::patterns(&folded(value), patterns);
}

/// Adds the forms of a value that nobody says the sort of.
pub(super) fn any(value: &str, patterns: &mut Vec<Pattern>) {
    let chars = folded(value);
    let written = chars.iter().filter(|&&c| is_han(c) && digit(c).is_none()).count();
    let figures = chars.iter().filter(|c| c.is_ascii_digit()).count();
    let digits = chars.iter().filter(|&&c| digit(c).is_some()).count();
    let letters = chars.iter().any(char::is_ascii_alphabetic);
    let only = chars.iter().all(|&c| is_han(c) || !c.is_alphanumeric());
    if written == 0 && !(only && digits < 4) {
        if digits == 0 {
            return names::latin(&chars, patterns);
        }
        return numbers(value, patterns);
    }
    let dotted = chars.contains(&'·');
    let placed = !dotted && chars.len() >= 3 && places::is_place(&chars);
    let called = CALLED.iter().any(|(word, _)| value.contains(word));
    let told = || placed || chars.len() > 5 && (figures > 0 || places::is_told(&chars));
    let address = written > 1 && !dotted && !called && told();
    if address {
        place(value, patterns);
    }
    let plate = written == 1 && (letters || figures > 0);
    if plate || written > 1 && figures >= 7 && !placed {
        numbers(value, patterns);
    } else if figures == 0 && (!address || chars.len() <= 5) {
        names(value, patterns);
    }
}

fn folded(value: &str) -> Vec<char> {
    Text::fold(&value.chars().collect::<Vec<_>>()).chars
}

/// The pieces of a value that are names, and whether a word before says that one is in full.
fn pieces(value: &str) -> Vec<(String, Option<bool>)> {
    let mut all = Vec::new();
    for part in
        value.split(|c: char| "()[]{}（）［］【】〔〕《》<>“”\"「」『』/／|、，,；;：:＝=\n\r\t".contains(c))
    {
        let mut rest = part.trim();
        // A word before a bracket or colon tells of what stands behind.
        let mut full = all.pop().and_then(|(piece, full): (String, Option<bool>)| {
            if piece.is_empty() {
                return full;
            }
            all.push((piece, full));
            None
        });
        while let Some((at, word, next)) = first_called(rest) {
            let (head, tail) = rest.split_at(at);
            add(head, full, &mut all);
            full = Some(next);
            rest =
                tail.get(word.len()..).unwrap_or_default().trim_start_matches(['为', '是', '叫', '“', ' ']);
        }
        add(rest, full, &mut all);
        if rest.is_empty() {
            all.push((String::new(), full));
        }
    }
    all.retain(|(piece, _)| !piece.is_empty());
    all
}

/// The first word between names: where it stands, and whether a name in full follows.
fn first_called(rest: &str) -> Option<(usize, &'static str, bool)> {
    rest.char_indices().find_map(|(at, _)| {
        let here = rest.get(at..)?;
        CALLED.iter().find(|(word, _)| here.starts_with(word)).map(|&(word, next)| (at, word, next))
    })
}

/// Adds what stands in `piece`, parted at blanks: not where they only spread one name, nor between Latin words.
fn add(piece: &str, full: Option<bool>, all: &mut Vec<(String, Option<bool>)>) {
    let words: Vec<&str> = piece.split_whitespace().collect();
    let han = |word: &str| word.chars().any(is_han);
    let spread = words.iter().any(|word| han(word) && word.chars().count() == 1);
    let mut joined = String::new();
    let mut last = None;
    for word in &words {
        let own = han(word);
        if last.is_some_and(|last: bool| last != own || own && !spread) {
            all.push((std::mem::take(&mut joined), full));
        } else if last == Some(false) {
            joined.push(' ');
        }
        joined.push_str(word);
        last = Some(own);
    }
    if !joined.is_empty() {
        all.push((joined, full));
    }
    let whole: String = words.concat();
    if words.len() > 1 && !spread && whole.chars().all(is_han) && whole.chars().count() <= 4 {
        all.push((whole, Some(true)));
    }
}
