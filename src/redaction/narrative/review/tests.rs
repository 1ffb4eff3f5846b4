//! Corrections hold, survive, and are told when they do not.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::redaction::narrative::Gate;

const TEXT: &str = "证人张伟，电话13800138000，热线0871-65326110。王小明在场，高兴得很。";
const OFFICER: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);

fn raw(text: &str) -> RawText {
    RawText::new(text.to_owned())
}

fn place(text: &str, part: &str) -> (usize, usize) {
    let start = text[..text.find(part).unwrap()].chars().count();
    (start, start + part.chars().count())
}

fn kind_at(review: &Review, place: (usize, usize)) -> Option<Kind> {
    review.masks().iter().find(|mask| mask.is_at(place)).map(|mask| mask.kind)
}

fn out(review: &Review, text: &str) -> String {
    review.outgoing(&raw(text)).as_str().to_owned()
}

#[test]
fn without_corrections_it_is_the_engine_s_text() {
    let review = Review::of(&raw(TEXT), &[]);
    assert_eq!(out(&review, TEXT), redact(&raw(TEXT), &[]).masked());
    assert_eq!(kind_at(&review, place(TEXT, "13800138000")), Some(Kind::Phone));
    let again: Review = serde_json::from_str(&serde_json::to_string(&review).unwrap()).unwrap();
    assert_eq!(again.masks().len(), review.masks().len());
}

#[test]
fn an_added_mask_covers_what_it_meets() {
    let mut review = Review::of(&raw(TEXT), &[]);
    let (start, end) = place(TEXT, "伟，电");
    review.add(TEXT.chars().count(), (start, end), Kind::Person, OFFICER).unwrap();
    let whole = place(TEXT, "张伟，电");
    assert_eq!(kind_at(&review, whole), Some(Kind::Person));
    assert!(out(&review, TEXT).starts_with("证人〔人名1〕话〔电话1〕"));
    assert_eq!(review.lift(whole, None, OFFICER), Ok(false));
    assert_eq!(out(&review, TEXT), redact(&raw(TEXT), &[]).masked());
    let beyond = review.add(5, (3, 6), Kind::Person, OFFICER);
    assert_eq!(beyond, Err(CorrectionFault::OutOfText));
    assert_eq!(review.add(5, (3, 3), Kind::Person, OFFICER), Err(CorrectionFault::OutOfText));
}

#[test]
fn a_structured_mask_needs_a_reason_and_somebody_else() {
    let mut review = Review::of(&raw(TEXT), &[]);
    let phone = place(TEXT, "13800138000");
    assert_eq!(review.lift(phone, None, OFFICER), Err(CorrectionFault::ReasonMissing));
    assert_eq!(review.lift(phone, Some(LiftReason::PublicContact), OFFICER), Ok(true));
    assert!(!out(&review, TEXT).contains("13800138000"), "not before somebody agreed");
    assert_eq!(review.approve_lift(phone, OFFICER), Err(CorrectionFault::OwnLift));
    assert_eq!(review.approve_lift((0, 1), OTHER), Err(CorrectionFault::NothingAsked));
    assert_eq!(review.approve_lift(phone, OTHER), Ok(()));
    let outgoing = review.outgoing(&raw(TEXT));
    let (start, end) = outgoing.lifted()[0];
    let shown: String = outgoing.as_str().chars().skip(start).take(end - start).collect();
    assert_eq!(shown, "13800138000");
}

#[test]
fn lifting_any_number_or_account_takes_two() {
    for kind in Kind::ALL {
        let named = matches!(kind, Kind::Person | Kind::Address | Kind::Workplace);
        let mask = Stretch { start: 0, end: 2, kind, score: 0.9, known: false };
        let mut review = found(&[]);
        review.found.push(mask);
        let refused = review.lift((0, 2), None, OFFICER);
        assert_eq!(refused, if named { Ok(false) } else { Err(CorrectionFault::ReasonMissing) }, "{kind:?}");
        if !named {
            assert_eq!(review.lift((0, 2), Some(LiftReason::Unrelated), OFFICER), Ok(true));
            assert!(review.masks().contains(&mask), "{kind:?} waits for a second officer");
        }
    }
    let text = "网名“追风少年”，昵称：小鱼儿。";
    let mut review = Review::of(&raw(text), &[]);
    let name = review.masks().into_iter().find(|mask| mask.kind == Kind::Netname).unwrap();
    assert_eq!(review.lift((name.start, name.end), None, OFFICER), Err(CorrectionFault::ReasonMissing));
}

#[test]
fn a_mask_of_another_kind_is_no_way_round_the_second_officer() {
    let mut review = Review::of(&raw(TEXT), &[]);
    let phone = place(TEXT, "13800138000");
    review.add(TEXT.chars().count(), phone, Kind::Person, OFFICER).unwrap();
    assert_eq!(review.lift(phone, None, OFFICER), Err(CorrectionFault::ReasonMissing));
    assert!(!out(&review, TEXT).contains("13800138000"));
}

#[test]
fn the_record_s_own_values_stay() {
    let mut review = Review::of(&raw(TEXT), &[Known::new("王小明")]);
    let name = place(TEXT, "王小明");
    let lift = review.lift(name, Some(LiftReason::NotAnIdentifier), OFFICER);
    assert_eq!(lift, Err(CorrectionFault::KnownValue));
    assert!(Gate::new(&[Known::new("王小明")]).known_in(&out(&review, TEXT)).is_none());
}

#[test]
fn corrections_survive_where_their_text_does() {
    let mut review = Review::of(&raw(TEXT), &[]);
    let (phone, cheerful) = (place(TEXT, "13800138000"), place(TEXT, "在场"));
    review.lift(phone, Some(LiftReason::PublicContact), OFFICER).unwrap();
    review.approve_lift(phone, OTHER).unwrap();
    review.add(TEXT.chars().count(), cheerful, Kind::Person, OFFICER).unwrap();
    let longer = format!("补充：{TEXT}");
    let next = Review::of(&raw(&longer), &[]).carrying(&review, &raw(TEXT), &raw(&longer));
    assert!(next.dropped().is_empty());
    assert!(out(&next, &longer).contains("13800138000") && !out(&next, &longer).contains("在场"));
    let known = Review::of(&raw(TEXT), &[Known::new("13800138000")]);
    let next = known.carrying(&review, &raw(TEXT), &raw(TEXT));
    assert_eq!(next.dropped().len(), 1, "it became a value of the record");
    assert!(!out(&next, TEXT).contains("13800138000"));
    let gone = TEXT.replace("在场", "在家").replace("13800138000", "13800138001");
    let next = Review::of(&raw(&gone), &[]).carrying(&review, &raw(TEXT), &raw(&gone));
    assert_eq!((next.dropped().len(), next.corrections().len()), (2, 0));
    let twice = format!("{TEXT}在场");
    let next = Review::of(&raw(&twice), &[]).carrying(&review, &raw(TEXT), &raw(&twice));
    assert!(next.dropped().is_empty());
    assert!(!out(&next, &twice).contains("在场"), "which of the two is not said: neither is shown");
    let phones = format!("{TEXT}13800138000");
    let next = Review::of(&raw(&phones), &[]).carrying(&review, &raw(TEXT), &raw(&phones));
    assert_eq!(next.dropped().len(), 1, "which of the two may be shown is not said");
    let back = Review::of(&raw(TEXT), &[]).carrying(&next, &raw(&phones), &raw(TEXT));
    assert!(!out(&back, TEXT).contains("13800138000"));
    assert!(!out(&next, &phones).contains("13800138000"));
}

#[test]
fn a_mask_grows_with_what_the_engine_masks_by_now() {
    let text = "一二三四五六七八九十";
    let mut review = found(&[]);
    review.add(10, (4, 7), Kind::Person, OFFICER).unwrap();
    let next = found(&[2, 5]).carrying(&review, &raw(text), &raw(text));
    assert_eq!((next.masks()[0].start, next.masks()[0].end, next.dropped().len()), (2, 7, 0));
}

#[test]
fn more_masks_than_there_may_be_hide_all_between() {
    let mut review = found(&[]);
    review.add(1, (0, 1), Kind::Person, OFFICER).unwrap();
    let many = "甲乙".repeat(600);
    let next = found(&[]).carrying(&review, &raw("甲"), &raw(&many));
    assert!(!out(&next, &many).contains('甲') && next.dropped().is_empty());
}

/// A review of nothing but these masks, as if the engine had found them between every other pair of cuts.
fn found(cuts: &[usize]) -> Review {
    let masks = cuts.chunks_exact(2).map(|pair| Stretch {
        start: pair[0],
        end: pair[1],
        kind: Kind::Phone,
        score: 0.9,
        known: false,
    });
    let found = masks.filter(|mask| mask.start < mask.end).collect();
    Review { rules: RULES, found, doubts: Vec::new(), corrections: Vec::new(), dropped: Vec::new() }
}

/// The text without its masks.
fn beside_masks(text: &str) -> String {
    let parts = text.split('〔').enumerate();
    parts.map(|(at, part)| if at == 0 { part } else { part.split_once('〕').unwrap().1 }).collect()
}

proptest! {
    #[test]
    fn any_correction_leaves_what_is_not_masked(
        text in "[张伟王小明138，。a-c]{40}",
        mut cuts in prop::collection::vec(0_usize..=40, 0..9),
        marks in prop::collection::vec((0_usize..42, 0_usize..42, 0_usize..13, any::<bool>()), 0..8),
    ) {
        cuts.sort_unstable();
        let mut review = found(&cuts);
        for (start, end, kind, add) in marks {
            if add {
                let _ = review.add(40, (start, end), Kind::ALL[kind], OFFICER);
            } else if let Some(mask) = review.masks().get(start % 5).copied() {
                let place = (mask.start, mask.end);
                let _ = review.lift(place, Some(LiftReason::Unrelated), OFFICER);
                let _ = review.approve_lift(place, OTHER);
            }
        }
        let masks = review.masks();
        prop_assert!(masks.windows(2).all(|pair| pair[0].end <= pair[1].start));
        let chars: Vec<char> = text.chars().collect();
        let (mut rest, mut at) = (String::new(), 0);
        for mask in &masks {
            rest.extend(&chars[at..mask.start]);
            at = mask.end;
        }
        rest.extend(&chars[at..]);
        let outgoing = review.outgoing(&raw(&text));
        prop_assert_eq!(beside_masks(outgoing.as_str()), rest);
        for ((start, end), shown) in outgoing.lifted().iter().zip(review.lifted()) {
            let there: String = outgoing.as_str().chars().skip(*start).take(end - start).collect();
            let meant: String = chars[shown.0..shown.1].iter().collect();
            prop_assert_eq!(there, meant);
        }
    }
}
