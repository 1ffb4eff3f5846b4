//! That the work grows with the length of a text alone, whatever stands in it.

use super::text::looks;
use super::*;

/// What somebody might repeat to make a rule look again and again.
const UNITS: [&str; 46] = [
    "\u{fdfa}",
    "〔人名1〕",
    "13800138000",
    "网名",
    "阿卜",
    "生日5月",
    "张伟",
    "A",
    "京A",
    "0",
    "@",
    "微信",
    "号楼",
    "石小满",
    "1",
    "a",
    "·",
    "王",
    "镇",
    "阿",
    "(",
    "“",
    "-1",
    "@a",
    "\n",
    "1\n",
    "古丽·",
    "绰号",
    "路1号",
    "粤",
    "第",
    "年",
    "a_",
    "王某",
    "一",
    "l0",
    "张伟,",
    "，",
    "有限公司",
    "\u{301}",
    "《",
    "[2018",
    "李、",
    "出生日期 ",
    "尾号",
    "欧阳",
];

fn looks_at(text: &str) -> (u64, u64) {
    let known = [Known::new("石小满"), Known::new("13800138000")];
    let gate = looks::of(|| {
        let _ = scan(text, &known);
    });
    let engine = looks::of(|| {
        let _ = redact(&RawText::new(text.to_owned()), &[]);
    });
    (gate, engine)
}

/// With everything on the way of a text that is saved.
fn looks_at_all(text: &str) -> u64 {
    let known = [Known::name("石小满"), Known::number("13800138000"), Known::birth("2015-05-09")];
    looks::of(|| {
        let raw = RawText::new(text.to_owned());
        let review = Review::of(&raw, &known);
        let _ = (review.doubts(), review.outgoing(&raw));
    })
}

#[test]
fn twice_a_long_text_is_twice_the_work() {
    for unit in UNITS {
        let text = unit.repeat(2_000 / unit.chars().count());
        let (once, twice) = (looks_at_all(&text), looks_at_all(&text.repeat(2)));
        assert!(twice <= once * 21 / 10 + 4_000, "{unit:?}: {once}, {twice}");
    }
}

#[test]
fn four_times_the_length_is_four_times_the_work() {
    for unit in UNITS {
        let text = unit.repeat(600 / unit.chars().count());
        let (gate, engine) = looks_at(&text);
        let (longer_gate, longer_engine) = looks_at(&text.repeat(4));
        assert!(longer_gate <= gate * 9 / 2 + 4_000, "gate at {unit:?}: {gate}, {longer_gate}");
        assert!(longer_engine <= engine * 9 / 2 + 4_000, "engine at {unit:?}: {engine}, {longer_engine}");
    }
}

#[test]
fn a_long_narrative_is_masked_as_its_parts_are() {
    let part = "2021年5月3日，证人张伟（电话13800138000）称，被害人李娜住泾川县飞云镇南沟村3组12号。\n";
    let once = redact(&RawText::new(part.to_owned()), &[]);
    let often = redact(&RawText::new(part.repeat(200)), &[]);
    let length = part.chars().count();
    let shifted = (0..200).flat_map(|round| {
        once.spans().iter().map(move |span| (span.start + round * length, span.end + round * length))
    });
    assert!(once.spans().len() >= 4);
    assert!(shifted.eq(often.spans().iter().map(|span| (span.start, span.end))));
}

/// What somebody might give as a value that is known.
const VALUES: [&str; 22] = [
    "a",
    "1",
    "阿",
    "欧",
    "欧阳",
    "曾用名王",
    "王 ",
    "a ",
    "(",
    "，王",
    "1,",
    "x@",
    "路1号",
    "镇",
    "省",
    "·阿",
    "张三又名",
    "尼",
    "A",
    "李明(",
    "一",
    "石小满",
];

#[test]
fn twice_a_long_value_is_twice_the_work() {
    let work = |unit: &str, length: usize| {
        let value = unit.repeat(length / unit.chars().count());
        looks::of(|| {
            let known = Known::new(&value);
            looks::add(known.letters());
            let text: Vec<char> = value.chars().collect();
            known::find(&Text::fold(&text), &[known], &mut Vec::new());
        })
    };
    for unit in VALUES {
        let (once, twice) = (work(unit, 3_000), work(unit, 6_000));
        assert!(twice <= once * 21 / 10 + 4_000, "{unit:?}: {once}, {twice}");
    }
}

#[test]
fn twice_as_many_values_are_twice_the_work() {
    let work = |count: u32| {
        let name = |at: u32| ["王", &han(at * 7), &han(at * 13)].concat();
        let number = |at: u32| format!("138{:08}", u64::from(at) * 7_919);
        let values: Vec<String> = (0..count).flat_map(|at| [name(at), number(at)]).collect();
        let text: Vec<char> = values.concat().chars().collect();
        looks::of(|| {
            let known: Vec<Known> = values.iter().map(|value| Known::new(value)).collect();
            looks::add(known.iter().map(Known::letters).sum());
            known::find(&Text::fold(&text), &known, &mut Vec::new());
        })
    };
    let (once, twice) = (work(400), work(800));
    assert!(twice <= once * 5 / 2, "{once}, {twice}");
}

fn han(at: u32) -> String {
    char::from_u32(0x4e00 + at % 20_000).map(String::from).unwrap_or_default()
}

#[test]
fn ligatures_shift_no_place() {
    let text = "证人张伟，电话13800138000，住泾川县飞云镇南沟村3组12号。";
    let places = |text: &str| -> Vec<(usize, usize)> {
        let redacted = redact(&RawText::new(text.to_owned()), &[]);
        redacted.spans().iter().map(|span| (span.start, span.end)).collect()
    };
    let plain = places(text);
    assert!(plain.len() >= 3);
    let long = format!("{}。{text}{}", "\u{fdfa}".repeat(1_000), "\u{fdfa}".repeat(50));
    let inside = 1_001..=1_001 + text.chars().count();
    let shifted =
        places(&long).into_iter().filter(|(start, end)| inside.contains(start) && inside.contains(end));
    assert!(shifted.eq(plain.iter().map(|(start, end)| (start + 1_001, end + 1_001))));
}

#[test]
fn ten_megabytes_pass_the_gate_and_the_last_number_is_seen() {
    let line = "经走访群众，没有发现新的情况，各单位继续做好排查和宣传工作。\n";
    let mut text = line.repeat(10_000_000 / line.len());
    assert_eq!(Gate::new(&[]).scan(&text), None);
    let offset = text.chars().count() + 2;
    text.push_str("电话13800138000");
    assert_eq!(Gate::new(&[]).scan(&text), Some(Hit { offset, kind: Kind::Phone }));
}
