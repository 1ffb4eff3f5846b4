//! That the work grows with the length of a text alone, whatever stands in it.

use super::text::looks;
use super::*;

/// What somebody might repeat to make a rule look again and again.
const UNITS: [&str; 32] = [
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

#[test]
fn ten_megabytes_pass_the_gate_and_the_last_number_is_seen() {
    let line = "经走访群众，没有发现新的情况，各单位继续做好排查和宣传工作。\n";
    let mut text = line.repeat(10_000_000 / line.len());
    assert_eq!(Gate::new(&[]).scan(&text), None);
    let offset = text.chars().count() + 2;
    text.push_str("电话13800138000");
    assert_eq!(Gate::new(&[]).scan(&text), Some(Hit { offset, kind: Kind::Phone }));
}
