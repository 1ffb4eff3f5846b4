//! Every written form of a known value is found. Synthetic persons only.

mod fields;

use super::super::{Kind, RawText, redact, scan};
use super::*;

/// The same choices on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + u8::try_from(self.below(10)).unwrap())).collect()
    }
}

const SURNAMES: [&str; 12] = ["王", "李", "吕", "单", "曾", "欧阳", "司马", "翟", "仇", "阮", "尉迟", "罗"];
const GIVEN: [char; 16] =
    ['伟', '芳', '乐', '行', '绿', '鑫', '军', '雪', '海', '朝', '长', '重', '燕', '安', '宁', '国'];
const SIGNS: [&str; 12] = ["", " ", "　", "·", "-", ".", "\u{200b}", "\n", "\r\n", "*", "_", "  "];
const AROUND: [(&str, &str); 6] =
    [("，", "。"), ("被告知", "在场"), ("（", "）"), ("找到了", "的家"), ("\n", "\n"), ("联系", "，问")];

/// What stands beside a value in its written forms.
const TELLS_NOTHING: &str = "老小阿某哥姐总先生女士师傅板子儿尾号X×转中间再然后";

/// Each character with a sign behind it, the same or any one.
fn parted(dice: &mut Dice, value: &str) -> String {
    let (one, mixed) = (dice.pick(&SIGNS), dice.below(3) == 0);
    value
        .chars()
        .flat_map(|c| [c.to_string(), (if mixed { dice.pick(&SIGNS) } else { one }).to_owned()])
        .collect()
}

/// A name and one of its written forms.
fn name(dice: &mut Dice) -> (String, String) {
    let (surname, first, last) = (dice.pick(&SURNAMES), dice.pick(&GIVEN), dice.pick(&GIVEN));
    let two = dice.below(4) > 0;
    let given = if two { format!("{first}{last}") } else { last.to_string() };
    let whole = format!("{surname}{given}");
    let chars: Vec<char> = whole.chars().collect();
    let mut patterns = Vec::new();
    names::han(&chars, &mut patterns);
    let latin: Vec<String> = patterns
        .into_iter()
        .map(|pattern| pattern.skeleton.iter().collect::<String>())
        .filter(|form| form.len() > 3 && form.is_ascii() && form.starts_with(char::is_alphabetic))
        .collect();
    let form = match dice.below(18) {
        12 => whole.chars().map(traditional).collect(),
        13 | 14 => toned(dice, &chars),
        15 if two => format!("{surname}{}{last}", dice.pick(&["*", "＊", "□", "_", "**"])),
        16 => half_latin(dice, &surname.chars().collect::<Vec<_>>(), &given),
        17 => whole.replace('王', "玉").replace('天', "夭"),
        0 => parted(dice, &whole),
        1 if two => parted(dice, &given),
        2 => format!("{}{surname}", dice.pick(&["老", "小", "阿"])),
        3 => format!(
            "{surname}{}",
            dice.pick(&["某", "某某", "哥", "姐", "总", "先生", "女士", "师傅", "老板"])
        ),
        4 => format!("{last}{}", dice.pick(&["哥", "姐", "子", "儿"])),
        5 => format!("{}{last}", dice.pick(&["阿", "小"])),
        6 => format!("{last}{last}"),
        7 => dice.pick(&latin.iter().map(String::as_str).collect::<Vec<_>>()).to_uppercase(),
        8 => dice.pick(&latin.iter().map(String::as_str).collect::<Vec<_>>()).to_owned(),
        9 => parted(dice, &latin[0]),
        10 if two => format!("{surname}{}{last}", dice.pick(&["某", "X", "×"])),
        _ => whole.clone(),
    };
    (typed(dice, &whole), form.trim_end().to_owned())
}

/// The name as people type it into a field: alone, or beside others.
fn typed(dice: &mut Dice, name: &str) -> String {
    match dice.below(12) {
        0 => format!("{name}（绰号：黑皮）"),
        1 => format!("{name} 小名妹妹"),
        2 => format!("张国立/{name}"),
        3 => format!("张国立（又名{name}）"),
        4 => format!("{name}（音）、张国立"),
        5 => format!("张国立；曾用名：{name}"),
        _ => name.to_owned(),
    }
}

fn traditional(c: char) -> char {
    const PAIRS: &str = "吕呂单單欧歐阳陽马馬迟遲罗羅伟偉乐樂绿綠军軍长長宁寧国國";
    let all: Vec<char> = PAIRS.chars().collect();
    all.chunks(2).find(|pair| pair[0] == c).map_or(c, |pair| pair[1])
}

fn syllable(c: char) -> &'static str {
    pinyin::ToPinyin::to_pinyin(&c).unwrap().plain()
}

/// The name in pinyin with its tones as marks or figures.
fn toned(dice: &mut Dice, name: &[char]) -> String {
    let figures = dice.below(2) == 0;
    let sign = dice.pick(&["", " ", "-"]);
    let mut form = String::new();
    for &c in name {
        let tone = dice.below(4);
        if figures {
            form.extend([syllable(c), &(tone + 1).to_string(), sign]);
            continue;
        }
        let vowel = syllable(c).char_indices().find(|(_, c)| "aeiouü".contains(*c));
        let at = vowel.map_or(syllable(c).len(), |(at, c)| at + c.len_utf8());
        let (head, tail) = syllable(c).split_at(at);
        form.extend([head, ["\u{304}", "\u{301}", "\u{30c}", "\u{300}"][tone], tail, sign]);
    }
    form.trim_end_matches(sign).to_owned()
}

/// Half of the name in Latin letters: 张wei, zhang伟, 张W.
fn half_latin(dice: &mut Dice, surname: &[char], given: &str) -> String {
    let own: String = surname.iter().collect();
    let family: String = surname.iter().map(|&c| syllable(c)).collect();
    let rest: String = given.chars().map(syllable).collect();
    let short: String = given.chars().map(|c| &syllable(c)[..1]).collect();
    match dice.below(4) {
        0 => format!("{own}{rest}"),
        1 => format!("{own}{}", rest.to_uppercase()),
        2 => format!("{own}{}", short.to_uppercase()),
        _ => format!("{family}{given}"),
    }
}

/// A number and one of its written forms.
fn number(dice: &mut Dice) -> (String, String) {
    let (number, form) = plain_number(dice);
    let mobile = number.len() == 11;
    let value = match dice.below(9) {
        0 if mobile => format!("+86{number}"),
        1 if mobile => format!("+86 {} {} {}", &number[..3], &number[3..7], &number[7..]),
        2 if mobile => format!("0086-{number}"),
        3 if number.len() == 8 => format!("0871-{number}"),
        4 if number.len() == 7 => format!("(0937){number}"),
        5 => format!("{number}（父亲）"),
        6 => format!("{number}、15900001111"),
        _ => number,
    };
    (value, form)
}

/// A number alone and one of its written forms.
fn plain_number(dice: &mut Dice) -> (String, String) {
    let count = dice.pick(&[7, 8, 11, 11, 15, 16, 18, 19]);
    let number = format!("1{}", dice.digits(count - 1));
    let swap = |from: &str| -> String {
        number.chars().map(|c| from.chars().nth(usize::from(c as u8 - b'0')).unwrap()).collect()
    };
    let form = match dice.below(14) {
        11 => swap("洞幺两三四五六拐八勾"),
        12 if count == 11 => {
            let join = dice.pick(&["转", "，中间", "、再", " 然后 "]);
            return (number.clone(), [&number[..3], &number[3..7], &number[7..]].join(join));
        }
        13 if count == 18 => {
            let tail = format!("{}X", &number[17 - dice.pick(&[2, 3, 4, 5])..17]);
            return (format!("{}X", &number[..17]), format!("尾号{tail}"));
        }
        10 if count >= 8 => {
            let cover = dice.pick(&[
                "****",
                "＊＊＊",
                "xxxx",
                "XXXX",
                "××××",
                "####",
                "**********",
                "……",
                "某某某某",
                "----",
                "~~~~",
            ]);
            return (number.clone(), format!("{}{cover}{}", &number[..3], &number[count - 4..]));
        }
        0 => swap("〇一二三四五六七八九"),
        1 => swap("零幺两三四五六七八九"),
        2 => swap("零壹贰叁肆伍陆柒捌玖"),
        3 => swap("０１２３４５６７８９"),
        4 => swap("Ol2345678g"),
        5 => number.get(..6 + dice.below(count - 6)).unwrap().to_owned(),
        6 => number.get(dice.below(count - 6)..).unwrap().to_owned(),
        7 => format!("尾号{}", &number[count - 4..]),
        8 => number.split_at(count / 2).0.to_owned() + "，" + number.split_at(count / 2).1,
        _ => number.clone(),
    };
    let form = if dice.below(2) == 0 { parted(dice, &form) } else { form };
    (number, form.trim_end().to_owned())
}

/// A plate, account, address or Latin name and one of its written forms.
fn other(dice: &mut Dice) -> (String, String) {
    match dice.below(7) {
        5 => {
            let (first, last) =
                (dice.pick(&["古丽", "阿依努尔", "麦麦提"]), dice.pick(&["阿卜杜拉", "图尔荪", "热合曼"]));
            let form = match dice.below(4) {
                0 => last.to_owned(),
                1 => format!("{first}{last}"),
                2 => format!("{first}•{last}"),
                _ => format!("{first} {last}"),
            };
            (format!("{first}·{last}"), form)
        }
        6 => {
            let name = dice.pick(&["阿卜杜热合曼", "麦麦提图尔荪"]);
            let (head, tail) = name.split_at(9);
            let form = dice.pick(&[name, head, tail]);
            let form = if dice.below(2) == 0 { parted(dice, form) } else { form.to_owned() };
            (name.to_owned(), form.trim_end().to_owned())
        }
        0 => {
            let plate = format!("粤B{}", dice.digits(5));
            let form = if dice.below(2) == 0 { parted(dice, &plate) } else { plate.to_lowercase() };
            (plate, form)
        }
        1 => {
            let account = format!("moon_{}", dice.digits(4));
            (
                account.clone(),
                match dice.below(3) {
                    0 => account.to_uppercase(),
                    1 => account.replace('o', "0").replace('1', "l"),
                    _ => parted(dice, &account),
                },
            )
        }
        2 => {
            let address = format!("飞云镇南沟村{}组{}号", 1 + dice.below(9), 1 + dice.below(200));
            let part = dice.pick(&[address.as_str(), "飞云镇南沟村", "南沟村", "飞云镇"]);
            (format!("甘肃省泾川县{address}"), part.to_owned())
        }
        3 => (
            "Nguyen Thi Lan".to_owned(),
            dice.pick(&["NGUYEN THI LAN", "Lan Nguyen Thi", "nguyen-thi-lan", "Nguyen", "Nguyễn Thị Lan"])
                .to_owned(),
        ),
        _ => (
            "wind.07@example.com".to_owned(),
            dice.pick(&["wind.07＠example.com", "wind07", "WIND.07 @ EXAMPLE.COM", "wind.07#example.com"])
                .to_owned(),
        ),
    }
}

fn case(dice: &mut Dice) -> (String, String, String) {
    let (value, form) = match dice.below(5) {
        0 | 1 => name(dice),
        2 | 3 => number(dice),
        _ => other(dice),
    };
    let (before, after) = dice.pick(&AROUND);
    (value, format!("{before}{form}{after}"), form)
}

/// Whether every letter of the form at the place of `form` in `text` is found.
fn covered(value: &str, text: &str, form: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let folded = Text::fold(&text);
    let mut found = Vec::new();
    find(&folded, &[Known::new(value)], &mut found);
    let spans: Vec<(usize, usize)> =
        found.iter().filter_map(|item| folded.original(item.start, item.end)).collect();
    let hidden = |at: usize| spans.iter().any(|&(start, end)| (start..end).contains(&at));
    let form: Vec<char> = form.chars().collect();
    let start = text.windows(form.len()).position(|window| window == form).unwrap();
    (start..start + form.len())
        .filter(|&at| text[at].is_alphanumeric() && !TELLS_NOTHING.contains(text[at]))
        .all(hidden)
}

#[test]
fn every_written_form_of_a_known_value_is_found() {
    let mut dice = Dice(0x5eed);
    for round in 0..100_000 {
        let (value, text, form) = case(&mut dice);
        assert!(covered(&value, &text, &form), "round {round}: {value} as {form:?} in {text:?}");
    }
}

#[test]
fn the_whole_engine_and_the_gate_hide_known_values() {
    let mut dice = Dice(0xbee);
    for round in 0..5_000 {
        let (value, text, form) = case(&mut dice);
        let known = [Known::new(&value)];
        assert!(scan(&text, &known).is_some(), "round {round}: {value} as {form:?}");
        let masked = redact(&RawText::new(text), &known);
        assert!(!masked.masked().contains(form.trim()), "round {round}: {value} as {form:?}");
        assert_eq!(scan(masked.masked(), &known), None, "round {round}: {value} as {form:?}");
    }
}

#[test]
fn what_is_not_the_value_stays() {
    let known = [Known::new("王伟"), Known::new("13800138000")];
    for text in ["伟大的国家", "2013年8月", "共138人", "王先锋"] {
        let kinds: Vec<Kind> = scan(text, &known).into_iter().map(|hit| hit.kind).collect();
        assert!(kinds.is_empty(), "{text}");
    }
}

#[test]
fn a_name_of_numerals_is_found_in_figures_and_no_number_is_a_name() {
    let hits = |name: &str, text: &str| {
        let mut found = Vec::new();
        find(&Text::fold(&text.chars().collect::<Vec<_>>()), &[Known::new(name)], &mut found);
        found.len()
    };
    for (name, text) in [
        ("鲍三木", "小名三三，跟着走了"),
        ("鲍三木", "老3138001"),
        ("鲍三木", "电话13800138000 3木同行"),
        ("鲍三娃", "1 3娃，2 4妹"),
        ("鲍三娃", "带走了3娃"),
        ("王七七", "女儿77被带走"),
        ("王七七", "小名７７，五岁"),
        ("王七七", "7 7"),
    ] {
        assert!(hits(name, text) > 0, "{text}");
    }
    for text in ["长桥-0033，家住33号", "第33页", "33岁", "约在12:33", "3389", "1.33"] {
        assert_eq!(hits("鲍三木", text), 0, "{text}");
    }
}
