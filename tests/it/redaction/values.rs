//! Invented names and numbers in the forms that people write them. Synthetic persons only.

use super::names::{self, Names};

/// A small generator with a seed: the same texts on every machine.
pub(crate) struct Dice {
    state: u64,
    /// The persons of its texts.
    pub(crate) names: &'static Names,
}

impl Dice {
    pub(crate) fn new(seed: u64, tuned: bool) -> Self {
        let names = if tuned { &names::TUNED } else { &names::HELD };
        Self { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, names }
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state >> 33).unwrap() % bound
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// One of the words, parted by blanks.
    pub(crate) fn word(&mut self, from: &'static str) -> &'static str {
        let words: Vec<&str> = from.split_whitespace().collect();
        words[self.below(words.len())]
    }

    /// One of each.
    fn words(&mut self, from: [&'static str; 2]) -> String {
        from.map(|words| self.word(words)).concat()
    }

    fn one(&mut self, from: &str) -> char {
        let chars: Vec<char> = from.chars().collect();
        *self.pick(&chars)
    }

    pub(crate) fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + u8::try_from(self.below(10)).unwrap())).collect()
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// A Chinese name: a surname of one or two characters and a given name.
pub(crate) fn name(dice: &mut Dice) -> String {
    let Names { surnames, given, compound, dotted, tibetan, yi, words, vietnamese, .. } = dice.names;
    match dice.below(20) {
        0 => format!(
            "{}{}{}",
            dice.word(compound),
            dice.one(given),
            if dice.chance(50) { dice.one(given).to_string() } else { String::new() }
        ),
        1 => dice.words(*dotted),
        2 => dice.words(*tibetan),
        3 => dice.words(*yi),
        4 => dice.word(words).to_owned(),
        5 => dice.words(*vietnamese),
        6..=9 => format!("{}{}", dice.one(surnames), dice.one(given)),
        _ => format!("{}{}{}", dice.one(surnames), dice.one(given), dice.one(given)),
    }
}

/// A name in Latin letters: pinyin or foreign.
pub(crate) fn latin(dice: &mut Dice) -> String {
    let Names { latin: [families, given], foreign, .. } = dice.names;
    let (family, given) = (dice.word(families), dice.word(given));
    match dice.below(4) {
        0 => format!("{family} {given}"),
        1 => format!("{} {}", family.to_uppercase(), given.to_uppercase()),
        2 => format!("{given} {family}"),
        _ => dice.word(foreign).replace('_', " "),
    }
}

pub(crate) fn mobile(dice: &mut Dice) -> String {
    format!("1{}{}", dice.word("30 31 35 36 38 39 47 50 52 57 66 73 77 80 86 89 91 98 99"), dice.digits(8))
}

/// A resident's number of 18 or 15 digits; one in six with a wrong length.
pub(crate) fn identity(dice: &mut Dice) -> String {
    let region = dice.word("110105 130203 220381 320583 350524 371327 410922 422801 431121 440982 451324 500235 510723 522328 530627 610481 620826");
    let (year, month, day) = (1950 + dice.below(70), 1 + dice.below(12), 1 + dice.below(28));
    match dice.below(12) {
        0 | 1 => format!("{region}{:02}{month:02}{day:02}{}", year % 100, dice.digits(3)),
        2 => format!("{region}{year}{month:02}{day:02}{}", dice.digits(3)),
        3 => format!("{region}{year}{month:02}{day:02}{}", dice.digits(5)),
        4 => format!("{region}{year}{month:02}{day:02}{}{}", dice.digits(3), dice.word("X x")),
        _ => format!("{region}{year}{month:02}{day:02}{}", dice.digits(4)),
    }
}

/// A number as somebody might type it.
pub(crate) fn written(dice: &mut Dice, number: &str) -> String {
    let chars: Vec<char> = number.chars().collect();
    let each = |with: &mut dyn FnMut(usize, char) -> String| {
        chars.iter().enumerate().map(|(at, &c)| with(at, c)).collect()
    };
    match dice.below(16) {
        0 => each(&mut |_, c| wide(c).to_string()),
        1 => each(&mut |_, c| numeral(c, '〇', '一').to_string()),
        2 => each(&mut |_, c| numeral(c, '零', '幺').to_string()),
        3 => each(&mut |at, c| if at % 2 == 0 { wide(c).to_string() } else { c.to_string() }),
        4 => each(&mut |at, c| if at == 5 { format!("\u{200b}{c}") } else { c.to_string() }),
        5 => each(&mut |_, c| match c {
            '1' => 'l'.to_string(),
            '0' => 'O'.to_string(),
            c => c.to_string(),
        }),
        6 => each(&mut |at, c| if at > 0 { format!(" {c}") } else { c.to_string() }),
        7..=9 => {
            let sign = *dice.pick(&[" ", "-", ".", "·", "  ", "—", "/"]);
            each(&mut |at, c| {
                if at == 3 || at == 7 || at > 8 && at % 4 == 3 { format!("{sign}{c}") } else { c.to_string() }
            })
        }
        _ => number.to_owned(),
    }
}

fn wide(c: char) -> char {
    char::from_u32(u32::from(c) + 0xfee0).filter(|_| c.is_ascii_alphanumeric()).unwrap_or(c)
}

pub(crate) fn numeral(c: char, zero: char, one: char) -> char {
    match c {
        '0' => zero,
        '1' => one,
        '2'..='9' => "二三四五六七八九".chars().nth(c as usize - '2' as usize).unwrap(),
        c => c,
    }
}

/// A telephone: mobile, landline or foreign.
pub(crate) fn phone(dice: &mut Dice) -> String {
    match dice.below(12) {
        0 => format!("0{}-{}", dice.word("10 21 571 838 371 931 755"), {
            let count = 7 + dice.below(2);
            dice.digits(count)
        }),
        1 => format!("（0{}）{}", dice.word("10 20 871 991"), dice.digits(8)),
        2 => format!(
            "{}{}{} {} {}",
            dice.word("+84 +855 +95 +856 0084"),
            " ",
            91 + dice.below(8),
            dice.digits(3),
            dice.digits(4)
        ),
        3 => {
            let number = mobile(dice);
            format!("{}{}", dice.word("+86 0086- 86- （+86）"), number)
        }
        _ => {
            let number = mobile(dice);
            written(dice, &number)
        }
    }
}

pub(crate) fn bank(dice: &mut Dice) -> String {
    let number = format!("62{}", {
        let count = *dice.pick(&[14, 17]);
        dice.digits(count)
    });
    written(dice, &number)
}

pub(crate) fn plate(dice: &mut Dice) -> String {
    let province = dice.one("京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新");
    let letter = dice.one("ABCDEFGHK");
    let body = format!("{}{}", dice.one("0123456789ABDF"), dice.digits(4));
    match dice.below(6) {
        0 => format!("{province}{letter}·{body}"),
        1 => format!("{province}{letter} {body}"),
        2 => format!("{province}{}{}", letter.to_lowercase(), body.to_lowercase()),
        3 => format!("{province}{letter}D{}", dice.digits(5)),
        4 => format!("{province} {letter}-{body}"),
        _ => format!("{province}{letter}{body}"),
    }
}

pub(crate) fn account(dice: &mut Dice) -> String {
    let word = dice.word("moon sea_wind qiqi lao_wu tiantian xiaobai bobo66 haohao");
    match dice.below(4) {
        0 => format!("wxid_{}{}", dice.digits(4), dice.word("ab7k2q9x22 zzq8m1k0n11")),
        1 => format!("{word}{}", dice.digits(4)),
        2 => format!("{word}-{}", dice.digits(3)),
        _ => format!("{}{word}", dice.one("abcdef")),
    }
}

pub(crate) fn mail(dice: &mut Dice) -> String {
    let (user, host) = (account(dice), dice.word("qq.com 163.com sina.com gmail.com 126.com"));
    match dice.below(5) {
        0 => format!("{user}＠{host}"),
        1 => format!("{user} @ {host}"),
        2 => format!("{user}#{host}"),
        _ => format!("{user}@{host}"),
    }
}

pub(crate) fn document(dice: &mut Dice) -> String {
    let letter = dice.word("G E H C P EA EB");
    let number = dice.digits(9 - letter.len());
    if dice.chance(20) { format!("{letter} {number}") } else { format!("{letter}{number}") }
}
