//! Names that only the whole document, or knowledge of a people's names, tells. Invented persons.

use std::collections::BTreeSet;

use super::super::glyphs::is_han;
use super::super::{RawText, redact};
use super::vocabulary::RARE;

fn masked(text: &str) -> String {
    redact(&RawText::new(text.to_owned()), &[]).masked().to_owned()
}

/// Asserts that nothing of `name` is left, nor its last character alone behind a mask.
fn hides(text: &str, name: &str) {
    let masked = masked(text);
    let tail = name.chars().last().unwrap();
    assert!(!masked.contains(name) && !masked.contains(&format!("〕{tail}")), "{masked}");
}

#[test]
fn places_that_prove_nothing_alone_prove_a_name_together() {
    hides("当晚时言潜入仓库，时言伙同他人搬货，随后时言返回。", "时言");
    hides("时言突发疾病。经时言辨认，时言家的门没锁。", "时言");
}

#[test]
fn a_word_that_one_place_proves_is_a_name_everywhere() {
    hides("被告人章程，女。证人见章程穿灰衣，转卖给章程做工。", "章程");
    let plain = "公司章程由股东签名，章程合法。";
    assert_eq!(masked(plain), plain);
}

#[test]
fn the_fourth_character_of_a_name_is_masked() {
    hides("被告人张李小明供述，张李小明与其妻一同到案。", "张李小明");
    hides("检察员阿旺班觉到庭。阿旺班觉则坚持原意见。", "阿旺班觉");
    hides("当晚罗洪拉且骗上货车。", "罗洪拉且");
    assert_eq!(masked("证人张小明老师到庭。"), "证人〔人名1〕老师到庭。");
}

#[test]
fn a_character_that_joins_nothing_belongs_to_the_name() {
    hides("后来躲到王连和承包的鱼塘。", "王连和");
    hides("问李元以，李元以说她侄子没有来，李元以家没人。", "李元以");
    assert_eq!(masked("证人王连和李娜到庭。"), "证人〔人名1〕和〔人名2〕到庭。");
}

#[test]
fn what_somebody_says_opens_no_label() {
    let masked = masked("法庭询问：李娜，你对王春的证言有无意见？李\n娜答：没有。");
    assert!(!masked.contains('李') && !masked.contains('娜'), "{masked}");
}

#[test]
fn a_township_may_advance() {
    hides("他退掉前进镇柳林村的房子。", "前进镇");
}

/// What `tests/recipes/lexicon.py` promises of the list.
#[test]
fn given_names_are_single_characters_with_their_costs() {
    let list = include_str!("../data/given.txt");
    let (mut known, mut last) = (BTreeSet::new(), 0);
    for line in list.lines() {
        let (cost, characters) = line.split_once('\t').unwrap();
        let cost: i32 = cost.parse().unwrap();
        assert!(last < cost && cost < RARE, "{line}");
        last = cost;
        for entry in characters.split(' ') {
            let mut entry = entry.chars();
            let (c, rest) = (entry.next().unwrap(), entry.next());
            assert!(is_han(c) && rest.is_none() && known.insert(c), "{line}");
        }
    }
    assert!(known.len() >= 3000, "{}", known.len());
}
