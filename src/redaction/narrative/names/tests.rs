//! Names that only the whole document, or knowledge of a people's names, tells. Invented persons.

use super::super::{RawText, redact};

fn masked(text: &str) -> String {
    redact(&RawText::new(text.to_owned()), &[]).masked().to_owned()
}

/// Whether no `name` is left in the masked `text`, nor its last character alone behind a mask.
fn hides(text: &str, name: &str) -> bool {
    let masked = masked(text);
    let tail = name.chars().last().unwrap();
    !masked.contains(name) && !masked.contains(&format!("〕{tail}"))
}

#[test]
fn places_that_prove_nothing_alone_prove_a_name_together() {
    let text = "经查，陶月开了一家店。次日，陶月骑车离开。民警问到陶月时，陶月哭了。";
    assert!(hides(text, "陶月"), "{}", masked(text));
}

#[test]
fn a_word_that_one_place_proves_is_a_name_everywhere() {
    let text = "被告人程序，男，汉族。被告人程序供述：程序当晚在家。法庭对程序进行了训诫。";
    assert!(hides(text, "程序"), "{}", masked(text));
    let plain = "本案适用简易程序审理，程序合法。";
    assert_eq!(masked(plain), plain);
}

#[test]
fn the_fourth_character_of_a_name_is_masked() {
    for (text, name) in [
        ("被告人张李小明供述，张李小明与其妻一同到案。", "张李小明"),
        ("检察员阿旺班觉到庭。阿旺班觉则坚持原意见。", "阿旺班觉"),
        ("证人罗洪拉且到庭，罗洪拉且也拿了钱。", "罗洪拉且"),
    ] {
        assert!(hides(text, name), "{}", masked(text));
    }
    assert_eq!(masked("证人张小明老师到庭。"), "证人〔人名1〕老师到庭。");
}

#[test]
fn a_character_that_joins_nothing_belongs_to_the_name() {
    let text = "证人王连和、李娜到庭。后来王连和承包了鱼塘。";
    assert!(hides(text, "王连和"), "{}", masked(text));
    assert_eq!(masked("证人王连和李娜到庭。"), "证人〔人名1〕和〔人名2〕到庭。");
}

#[test]
fn what_somebody_says_opens_no_label() {
    let text = "问：李娜，你认识王春吗？李\n娜答：不认识。";
    assert_eq!(masked(text), "问：〔人名1〕，你认识〔人名2〕吗？〔人名1〕答：不认识。");
}

#[test]
fn a_township_may_advance() {
    assert!(hides("他退掉前进镇柳林村的房子。", "前进镇柳林村"));
}
