//! The tagger on sentences, any text, and broken weights.

use proptest::prelude::*;

use super::weights::Weights;
use super::*;

const FILE: &[u8] = include_bytes!("../data/tagger.bin");

fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}

/// What is found of a kind with at least this probability.
fn found(text: &str, kind: TagKind, score: f32) -> Vec<String> {
    let text = chars(text);
    let sure = tag(&text).into_iter().filter(|tag| tag.kind == kind && tag.score >= score);
    sure.map(|tag| text[tag.start..tag.end].iter().collect()).collect()
}

fn in_order_and_inside(text: &[char]) -> Result<(), TestCaseError> {
    let mut from = 0;
    for tag in tag(text) {
        prop_assert!(from <= tag.start && tag.start < tag.end && tag.end <= text.len(), "{tag:?}");
        prop_assert!((0.0..=1.0001).contains(&tag.score), "{tag:?}");
        from = tag.end;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn spans_lie_inside_any_text_and_never_overlap(text in proptest::collection::vec(any::<char>(), 0..200)) {
        in_order_and_inside(&text)?;
    }

    #[test]
    fn spans_lie_inside_chinese_text_and_never_overlap(text in "[王李张的在将被告人犯罪，。、：0-9a-zA-Z\n]{0,200}") {
        in_order_and_inside(&chars(&text))?;
    }

    #[test]
    fn pieces_cover_the_text_in_order(text in "[王李，。：\n ]{0,400}") {
        let text = chars(&text);
        let mut at = 0;
        for piece in pieces(&text) {
            prop_assert!(piece.start == at && piece.end > at && piece.len() <= LONGEST);
            at = piece.end;
        }
        prop_assert_eq!(at, text.len());
    }

    #[test]
    fn a_changed_weight_file_is_refused(at in 0..FILE.len(), bit in 0..8_u8) {
        let mut file = FILE.to_vec();
        file[at] ^= 1 << bit;
        prop_assert!(Weights::read(&file).is_err());
    }

    #[test]
    fn a_cut_weight_file_is_refused(length in 0..FILE.len()) {
        prop_assert!(Weights::read(&FILE[..length]).is_err());
    }
}

#[test]
fn a_wrong_file_with_a_right_sum_is_refused() {
    for at in (0..40).chain([FILE.len() / 2]) {
        let mut body = FILE[..FILE.len() - 8].to_vec();
        if at < 20 {
            body[at] ^= 0x40;
        } else {
            body.truncate(body.len() - at);
        }
        body.extend_from_slice(&reader::fnv1a(&body).to_le_bytes());
        assert!(Weights::read(&body).is_err(), "changed at {at}");
    }
}

#[test]
fn long_and_monotonous_text_is_worked_through() {
    for unit in ["王", "a", "，", "\n", "1", "被告人张三犯罪。", "古丽·"] {
        let text: Vec<char> = unit.chars().cycle().take(5_000).collect();
        in_order_and_inside(&text).unwrap();
    }
}

#[test]
fn a_sentence_is_read_the_same_in_any_company() {
    let sentence = "王建国把孩子交给刘芳后离开了。";
    let alone = found(sentence, TagKind::Person, 0.0);
    let together = found(&format!("{sentence}在。{sentence}被告人张三犯拐卖妇女罪。"), TagKind::Person, 0.0);
    assert_eq!(together[..2], alone);
    assert_eq!(together[2..4], alone);
}

#[test]
fn names_are_found_in_any_place_and_form() {
    for (text, names) in [
        ("被告人张三犯拐卖妇女罪,其妻李小红在家。", "张三 李小红"),
        ("王建国把孩子交给刘芳后离开了北京。", "王建国 刘芳"),
        ("小李让老王去找阿强。", "小李 老王 阿强"),
        ("高兴说他没见过白雪和高峰。", "高兴 白雪 高峰"),
        ("2011年5月,光头又将被害人何花带到湖南。", "光头 何花"),
        ("欧阳雪琴与诸葛明、陈郭涛峰共谋。", "欧阳雪琴 诸葛明 陈郭涛峰"),
        ("吐尔逊·买买提将马海伍加和阮氏花带到昆明。", "吐尔逊·买买提 马海伍加 阮氏花"),
        ("洛桑卓玛被JohnSmith骗走。", "洛桑卓玛 JohnSmith"),
        ("他绰号“大头”,女儿小名妞妞。", "大头 妞妞"),
        ("审判长周立新审判员吴桐书记员孟瑶", "周立新 吴桐 孟瑶"),
    ] {
        let masked = found(text, TagKind::Person, 0.3).concat();
        for name in names.split(' ') {
            assert!(masked.contains(name), "{name} in {text}: {masked}");
        }
    }
}

#[test]
fn words_that_look_like_names_stay() {
    for text in [
        "黄金周期间客流较大,白天未发现异常,马上开展走访。",
        "孩子很高兴,向民警连声道谢。",
        "为保证安全,任何单位不得干扰调查。",
        "金额较大,时间不明,于是双方离开,方向不详。",
        "买方与婴儿的母亲约定彩礼八万元。",
        "该案受到高度重视,成立专案组开展工作。",
        "被告人及其辩护人对指控的事实没有异议。",
        "常年在外务工,为人老实,家庭经济困难。",
    ] {
        assert_eq!(found(text, TagKind::Person, 0.3), [""; 0], "{text}");
    }
}

#[test]
fn workplaces_and_places_are_told_apart() {
    assert_eq!(found("原在鑫源电子厂务工。", TagKind::Org, 0.5), ["鑫源电子厂"]);
    assert_eq!(found("被带到云南省昆明市。", TagKind::Place, 0.5), ["云南省昆明市"]);
    assert_eq!(found("请昆明市公安局协助。", TagKind::Org, 0.5), [""; 0]);
}
