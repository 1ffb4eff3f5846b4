//! The engine as a whole: masks can be undone, nothing breaks it, what tells no one stays.

use proptest::prelude::*;

use super::*;

fn redacted(text: &str) -> Redacted {
    redact(&RawText::new(text.to_owned()), &[])
}

/// The text with what the spans cover put back in place of the masks.
fn unmasked(original: &str, redacted: &Redacted) -> String {
    let chars: Vec<char> = original.chars().collect();
    let (mut text, mut rest, mut at) = (String::new(), redacted.masked(), 0);
    for span in redacted.spans() {
        let plain: String = chars[at..span.start].iter().collect();
        rest = rest.strip_prefix(plain.as_str()).unwrap();
        let (mask, after) = rest.split_once('〕').unwrap();
        assert!(mask.starts_with('〔') && mask.contains(span.kind.label()), "{mask}");
        text.push_str(&plain);
        text.extend(&chars[span.start..span.end]);
        (rest, at) = (after, span.end);
    }
    let plain: String = chars[at..].iter().collect();
    assert_eq!(rest, plain);
    text + &plain
}

fn ordered(redacted: &Redacted, len: usize) -> bool {
    let spans = redacted.spans();
    spans.iter().all(|span| span.start < span.end && span.end <= len)
        && spans.windows(2).all(|pair| pair[0].end <= pair[1].start)
}

/// Pieces that rules begin with, so that arbitrary text meets them.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "身份证号",
            "：",
            "1",
            "3800138000",
            "粤B",
            "张伟",
            "·",
            "古丽",
            "（男",
            "\r\n",
            "\n- 3 -\n",
            "第3页 共9页",
            "泾川县",
            "飞云镇",
            "12号",
            "@qq.com",
            "wxid_",
            "😀",
            "e\u{301}",
            "\u{200b}",
            "👨‍👩‍👧",
            "㈠",
            "ﷺ",
            "１",
            "〇",
            "被告人",
            "绰号“",
            "”",
            "出生",
            "1990年5月3日",
            "𠮷",
            "\u{fe0f}",
            "电话：１３８　００１３ 八〇〇〇，微信wxid_ab12cd34，",
            "（绰号“大头”，男，1985年3月2日生，住泾川县飞云镇南沟村3组12号）",
            "买买提·吐尔逊与Nguyen Thi Lan、",
            "\r\n第 3 页 共 5 页\r\n",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
        "\\PC{0,6}",
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn unmasking_gives_the_text_back(text in pieces()) {
        let redacted = redacted(&text);
        prop_assert!(ordered(&redacted, text.chars().count()));
        prop_assert_eq!(unmasked(&text, &redacted), text);
    }

    #[test]
    fn no_text_breaks_the_gate(text in pieces(), value in any::<String>()) {
        let hit = scan(&text, &[Known::new(&value)]);
        prop_assert!(hit.is_none_or(|hit| hit.offset < text.chars().count()));
    }
}

#[test]
fn the_same_value_has_the_same_mask() {
    let text = "证人张伟说，张　伟与李娜同住，电话13800138000（１３８００１３８０００）。";
    assert_eq!(
        redacted(text).masked(),
        "证人〔人名1〕说，〔人名1〕与〔人名2〕同住，电话〔电话1〕（〔电话1〕）。"
    );
}

#[test]
fn numbers_start_anew_in_each_text() {
    let first = redacted("证人张伟到庭。");
    let second = redacted("证人李娜到庭。");
    assert_eq!(first.masked(), second.masked());
}

#[test]
fn what_tells_no_one_stays() {
    for text in [
        "2021年5月3日8时许，甘肃省泾川县公安局接到群众报警。",
        "根据《中华人民共和国刑法》第二百四十条第一款，判处罚金人民币38000元。",
        "（2018）粤0793刑初669号刑事判决书。",
        "乘坐G6350次高铁，拨打12338求助，身高1.62米。",
    ] {
        assert_eq!(redacted(text).masked(), text);
    }
}

#[test]
fn outgoing_text_says_what_was_done() {
    let outgoing = OutgoingText::from(&redacted("证人张伟，电话13800138000。"));
    assert_eq!(outgoing.as_str(), "证人〔人名1〕，电话〔电话1〕。");
    assert_eq!(outgoing.verdict().masks, 2);
}

#[test]
fn a_sentence_ends_behind_a_plate() {
    let text = "驾驶宁A12345。2020年5月16日离开。";
    assert_eq!(redacted(text).masked(), "驾驶〔车牌1〕。2020年5月16日离开。");
}

#[test]
fn the_number_of_a_birth_certificate_is_no_case_number() {
    assert_eq!(redacted("出生证编号T110012345。").masked(), "出生证编号〔证件号1〕。");
    assert_eq!(redacted("身份证后四位123X。").masked(), "身份证后四位〔银行卡号1〕。");
}

/// Texts, what of each is masked, and what stays.
const FORMS: &[(&str, &[&str], &[&str])] = &[
    // Regions without 县 or 市, by what stands before and behind them.
    ("她在深圳打工，后被卖到宿松。", &[], &["深圳", "宿松"]),
    ("老家四川古蔺，嫁到安徽宿松去了。", &[], &["四川古蔺", "安徽宿松"]),
    ("在孟连勐马镇等车，靖远人，口音像云南。", &["勐马镇"], &["孟连", "靖远"]),
    ("湖北黄冈饶阳说没见过。", &["饶阳"], &["湖北黄冈"]),
    ("后来在安宁家吃饭。", &[], &["吃饭"]),
    // Days that a blank, a month's name or a train makes hard to see.
    ("2021-06-05 09:12:33 报警，4-11 D2807 到站。", &[], &["2021-06-05 09:12:33", "4-11", "D2807"]),
    ("在侦办“3·14”专案中，2012—2023年间。", &[], &["3·14", "2012—2023"]),
    ("王芳（1997年1月28日）与李强同住。", &["王芳", "1月28日", "李强"], &["同住"]),
    ("张敏1996年腊月二十三生，小她两岁。", &["二十三"], &["小她两岁"]),
    ("DOB 07 MAR 2004", &["07 MAR"], &[]),
    ("出生│19870714│住址│", &["19870714"], &["住址"]),
    // Villagers' groups and corners.
    ("住织金县猫场镇龙井村青杠林组。", &["猫场镇", "青杠林组"], &["织金县"]),
    ("在郑州德化街口走失。", &["德化街口"], &["郑州", "走失"]),
    // Names on platforms, and who speaks.
    ("通过快手“江南小炒肉”认识。", &["江南小炒肉"], &["快手"]),
    ("2020-11-02 21:14 云上的日子：到了没", &["云上的日子"], &["到了没"]),
    ("用户【不想说话的猫】03-18 02:13", &["不想说话的猫"], &["03-18 02:13"]),
    // Names of other peoples, in rows, from a quoted nickname.
    ("其妻武氏翠玲、吉克阿各莫。", &["武氏翠玲", "吉克阿各莫"], &[]),
    ("被害人排早图陈述。", &["排早图"], &["陈述"]),
    ("2 玛素苏 女 20 缅甸", &["玛素苏"], &["缅甸"]),
    ("从“黑子”处抱养。", &["黑子"], &["抱养"]),
    // What parties are called is no name.
    ("婚生女冯思梦由原告抚养。", &["冯思梦"], &["由原告抚养"]),
    // Numbers of neighbours and mopeds.
    ("身份证13/MASATA(N)044718", &["044718"], &[]),
    ("车牌临沧A58823。", &["58823"], &[]),
    // Workplaces by their trade.
    ("在苏州和硕电脑上班。", &["和硕电脑"], &["苏州", "上班"]),
];

#[test]
fn forms_that_others_write() {
    for (text, hidden, kept) in FORMS {
        let masked = redacted(text).masked().to_owned();
        assert!(hidden.iter().all(|secret| !masked.contains(secret)), "{text} {masked}");
        assert!(kept.iter().all(|plain| masked.contains(plain)), "{text} {masked}");
    }
}
