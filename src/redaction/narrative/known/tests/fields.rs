//! What the fields of a lead hold, as people type it, is found piece by piece. Synthetic persons only.

use super::super::super::{RawText, redact};
use super::super::Known;

fn masked(known: Known, text: &str) -> String {
    redact(&RawText::new(text.to_owned()), &[known]).masked().to_owned()
}

#[test]
fn several_names_in_one_field_are_several_names() {
    for (value, text) in [
        ("李建国（绰号：黑皮）", "据了解，建国当天外出"),
        ("李建国（绰号：黑皮）", "据了解，黑皮当天外出"),
        ("李建国(黑皮)", "据了解，黑皮当天外出"),
        ("杨春花 小名妹妹", "据了解，春花当天外出"),
        ("张国立/李志强", "据了解，国立当天外出"),
        ("张国立/李志强", "据了解，志强当天外出"),
        ("张国立、李志强", "据了解，志强当天外出"),
        ("曾用名：李志强，张国立", "据了解，志强当天外出"),
        ("张国立（父亲）", "据了解，国立当天外出"),
        ("张国立 李志强", "据了解，志强当天外出"),
        ("张 国立", "据了解，国立当天外出"),
        ("阿卜杜热合曼", "据了解，热合曼当天外出"),
        ("麦麦提图尔荪", "据了解，图尔荪当天外出"),
        ("麦麦提图尔荪", "据了解，maimaiti tuersun当天外出"),
        ("Đặng Văn Lâm", "据了解，Dang Van Lam当天外出"),
        ("Dang Van Lam", "据了解，Đặng Văn Lâm当天外出"),
        ("李謹", "据了解，李谨当天外出"),
        ("王建国", "据了解，王姓男子当天外出"),
        ("王建国", "据了解，姓王的当天外出"),
        ("王建国", "据了解，王*当天外出"),
        ("王建国", "据了解，王○○当天外出"),
    ] {
        let hidden = |known: Known| {
            let masked = masked(known, text);
            masked.starts_with("据了解，〔人名1〕") && masked.ends_with("当天外出")
        };
        assert!(hidden(Known::name(value)), "{value}: {}", masked(Known::name(value), text));
        assert!(hidden(Known::new(value)), "untyped {value}: {}", masked(Known::new(value), text));
    }
}

#[test]
fn notes_beside_names_and_numbers_are_no_values() {
    let known = Known::name("张国立（父亲）");
    assert_eq!(masked(known, "父亲报案"), "父亲报案");
    let known = Known::number("13800138000（父亲）、13900139000");
    assert_eq!(masked(known, "父亲报案，有900139，"), "父亲报案，有〔电话1〕，");
}

#[test]
fn numbers_are_found_as_they_are_said() {
    let phone = || Known::number("13800138000");
    for text in [
        "幺三八洞洞幺三八洞洞洞",
        "138……8000",
        "138某某某某8000",
        "138○○○○8000",
        "138----8000",
        "138转0013转8000",
    ] {
        assert_eq!(masked(phone(), &format!("他说{text}。")), "他说〔电话1〕。", "{text}");
    }
    let parts = masked(phone(), "前三位138，中间0013，后面8000。");
    assert!(!["138", "0013", "8000"].iter().any(|part| parts.contains(part)), "{parts}");
    for value in ["+8613800138000", "0086 138 0013 8000"] {
        assert_eq!(masked(Known::number(value), "他说138****8000。"), "他说〔电话1〕。");
    }
    let identity = || Known::number("00000020150309001X");
    for (text, expected) in [
        ("身份证尾号01X，", "身份证尾号〔身份证号1〕，"),
        ("身份证后六位09001X，", "身份证后六位〔身份证号1〕，"),
        ("身份证后四位001X，", "身份证后四位〔身份证号1〕，"),
    ] {
        assert_eq!(masked(identity(), text), expected);
    }
    let said = redact(&RawText::new("拨打幺三八洞洞幺三八洞洞洞。".to_owned()), &[]);
    assert_eq!(said.masked(), "拨打〔电话1〕。");
    assert_eq!(masked(phone(), "被拐3人，山洞2个，1998年拐走"), "被拐3人，山洞2个，1998年拐走");
}

#[test]
fn a_known_number_is_named_as_one() {
    assert_eq!(masked(Known::number("13800138000"), "号13800138000。"), "号〔电话1〕。");
    assert_eq!(masked(Known::number("000000201503090011"), "号000000201503090011。"), "号〔身份证号1〕。");
    assert_eq!(masked(Known::number("粤B12345"), "车粵B12345。"), "车〔车牌1〕。");
}

#[test]
fn a_day_of_birth_is_found_in_every_form() {
    for text in [
        "2015年3月9日",
        "二〇一五年三月九日",
        "二零一五年三月九号",
        "15年3月9日",
        "2015-03-09",
        "2015.3.9",
        "2015/03/09",
        "20150309",
        "9/3/2015",
        "2015年3月",
        "2015-03",
    ] {
        let text = format!("孩子{text}在县医院");
        assert_eq!(masked(Known::birth("2015-03-09"), &text), "孩子〔出生日期1〕在县医院", "{text}");
        assert_eq!(masked(Known::number("000000201503090011"), &text), "孩子〔出生日期1〕在县医院", "{text}");
    }
    for text in ["生日0309。", "生日是3月9号。", "生日三月九日。", "生日3.9。"] {
        let masked = masked(Known::birth("2015-03-09"), text);
        assert!(masked.ends_with("〔出生日期1〕。"), "{text}: {masked}");
    }
    for (birth, text) in [
        ("2015-03-09", "2015年走访，2015年3月15日，2015年3月19日，3月9日到达，0309室，2015年13月"),
        ("2015-03-10", "2015年三月十五日，2015年三月十一日"),
        ("2015-03-20", "二〇一五年三月二十一日"),
    ] {
        assert_eq!(masked(Known::birth(birth), text), masked(Known::birth(""), text), "{birth}");
    }
    assert_eq!(masked(Known::birth("1988-12-21"), "一九八八年十二月二十一日。"), "〔出生日期1〕。");
}

#[test]
fn the_house_at_the_end_of_an_address_is_known() {
    let known = || Known::place("甘肃省泾川县人民路88号阳光儿童福利院");
    assert_eq!(masked(known(), "现安置于阳光儿童福利院。"), "现安置于〔地址1〕。");
    assert_eq!(
        masked(Known::place("泾川县人民路88号儿童福利院"), "联系了儿童福利院。"),
        "联系了儿童福利院。"
    );
}

#[test]
fn a_name_of_one_character_is_found_where_names_stand() {
    for text in ["孩子名叫岩，", "“岩”", "老岩，", "岩某，"] {
        assert!(masked(Known::name("岩"), text).contains("〔人名1〕"), "{text}");
    }
    for text in ["翻过岩石", "岩石、页岩，", "某人到达", "在岩下"] {
        assert_eq!(masked(Known::name("岩"), text), text);
    }
    assert_eq!(masked(Known::name("A"), "A座，B座"), masked(Known::name(""), "A座，B座"));
}
