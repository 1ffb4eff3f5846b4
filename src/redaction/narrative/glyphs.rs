//! Single characters: which are invisible, which stand for a digit, which are alike.
//!
//! Invariant: total functions of one character; no context.

mod traditional;

use traditional::simplified;

/// A Chinese character of the basic block, or a sign of ASCII: neither blank nor invisible.
pub(super) const fn is_common(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '!'..='~')
}

/// Characters that print nothing and that a person cannot see in a number.
pub(super) const fn is_invisible(c: char) -> bool {
    !is_common(c)
        && matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{20e3}' | '\u{300}'..='\u{33f}' | '\u{fff9}'..='\u{fffb}' | '\u{0}'..='\u{8}'
        | '\u{e0001}'..='\u{e007f}' | '\u{e0100}'..='\u{e01ef}')
}

/// The character that stands for `c` in the folded text: one form for each kind of dash, middle
/// dot, quote and digit, the simplified form of what names are often written in.
pub(super) fn folded(c: char) -> char {
    if c.is_ascii() {
        return c;
    }
    if let Some(digit) = foreign_digit(c) {
        return digit;
    }
    match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2500}' | '\u{2501}' | '﹣' => '-',
        '·' | '•' | '‧' | '∙' | '⋅' | '・' | '᛫' | '●' | '․' | '･' | '˙' | '▪' => '·',
        '「' | '『' | '〝' | '‟' | '‘' => '“',
        '」' | '』' | '〞' | '’' => '”',
        '〔' | '［' | '【' => '[',
        '〕' | '］' | '】' => ']',
        '○' | '◯' | '零' | '⓪' => '〇',
        '×' | '✕' | '✖' | '⨯' | 'Χ' | 'Х' | 'х' | 'χ' => 'X',
        '\u{2502}' | '\u{2503}' | '\u{ffe8}' | '¦' => '|',
        '∶' | '︰' | '﹕' | 'ː' => ':',
        '¥' => '￥',
        _ => simplified(c),
    }
}

/// Digits of other scripts and dingbats that compatibility forms do not fold.
fn foreign_digit(c: char) -> Option<char> {
    const ZEROS: [u32; 9] = [0x660, 0x6f0, 0x966, 0xe50, 0xf20, 0x17e0, 0x1040, 0x1810, 0x9e6];
    const ONES: [u32; 4] = [0x2776, 0x2780, 0x278a, 0x24f5];
    let code = u32::from(c);
    if !(0x660..=0x2793).contains(&code) {
        return None;
    }
    let zero = ZEROS.iter().find(|&&zero| (zero..zero + 10).contains(&code)).copied();
    let one = ONES.iter().find(|&&one| (one..one + 9).contains(&code)).map(|one| one - 1);
    char::from_digit(code - zero.or(one)?, 10)
}

/// A few characters, most others passed at a glance.
pub(super) struct Few {
    /// A bit for the last ten bits of each.
    bits: [u64; 16],
    chars: &'static [char],
}

impl Few {
    /// These characters.
    pub(super) const fn of(chars: &'static [char]) -> Self {
        let (mut bits, mut at) = ([0; 16], 0);
        while at < chars.len() {
            let code = chars[at] as usize;
            bits[code >> 6 & 15] |= 1 << (code & 63);
            at += 1;
        }
        Self { bits, chars }
    }

    /// Whether `c` may be one of them.
    pub(super) const fn may_have(&self, c: char) -> bool {
        let code = c as usize;
        self.bits[code >> 6 & 15] >> (code & 63) & 1 == 1
    }

    /// Whether `c` is one of them.
    pub(super) fn has(&self, c: char) -> bool {
        self.may_have(c) && self.chars.contains(&c)
    }
}

const NUMERALS: Few = Few::of(&[
    '〇', '一', '壹', '幺', '弌', '二', '贰', '两', '貳', '弍', '三', '叁', '參', '弎', '四', '肆', '五',
    '伍', '六', '陆', '陸', '七', '柒', '八', '捌', '九', '玖',
]);

/// The digit that `c` writes: ASCII or any Chinese numeral from 0 to 9.
pub(super) const fn digit(c: char) -> Option<u8> {
    if c.is_ascii() {
        return if c.is_ascii_digit() { Some(c as u8 - b'0') } else { None };
    }
    if NUMERALS.may_have(c) { numeral(c) } else { None }
}

const fn numeral(c: char) -> Option<u8> {
    Some(match c {
        '〇' => 0,
        '一' | '壹' | '幺' | '弌' => 1,
        '二' | '贰' | '两' | '貳' | '弍' => 2,
        '三' | '叁' | '參' | '弎' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' | '陸' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

/// The digit that people say over the radio: 洞拐勾, which are words as well.
pub(super) const fn spoken(c: char) -> Option<u8> {
    match c {
        '洞' => Some(0),
        '拐' => Some(7),
        '勾' | '钩' => Some(9),
        _ => None,
    }
}

/// The digit that a reader of scans may have taken for `c`.
pub(super) const fn mistaken(c: char) -> Option<u8> {
    Some(match c {
        'l' | 'I' | '|' | 'i' | '!' => 1,
        'O' | 'o' | 'Q' | 'D' => 0,
        'S' | 's' => 5,
        'B' => 8,
        'Z' | 'z' => 2,
        'G' | 'b' => 6,
        'g' | 'q' => 9,
        'A' => 4,
        _ => return None,
    })
}

/// What covers a hidden letter or digit: 张*明, 138****8000.
pub(super) const fn is_cover(c: char) -> bool {
    matches!(c, '*' | '_' | '#' | '?' | '□' | '■' | '█' | '▇' | '▓' | '※' | '☆' | '★')
}

/// A Chinese character.
pub(super) const fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{323af}' | '〇' | '々')
}

/// A character inside of an account or word in Latin letters.
pub(super) const fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}
