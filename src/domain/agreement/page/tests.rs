//! What a printed page shows.

use super::super::samples::{dossier, draft, proposal, signed, terms};
use super::*;

const NOON: Timestamp = Timestamp(1_782_000_000_000);

fn sample() -> Terms {
    terms(&[("140600", &[Role::Origin]), ("500000", &[Role::Destination])], Profile::default_matrix())
}

#[test]
fn a_page_shows_the_terms_and_the_whole_matrix() {
    let page = page(&signed(sample()), None, NOON);
    assert!(page.starts_with("<!DOCTYPE html><html lang=\"zh-CN\">") && page.ends_with("</html>"));
    for text in
        ["状态：生效", "甲市人民政府", "2026-01-01至2026-12-31", "365天", "年龄段", "车牌（预警有效期间）"]
    {
        assert!(page.contains(text), "{text}");
    }
    for row in Row::ALL {
        assert!(page.contains(&format!("<tr><th>{}</th>", row.label())));
    }
    assert!(!page.contains("http") && !page.contains("<script"));
    assert!(!page.contains("差异"));
}

#[test]
fn values_are_escaped() {
    let mut terms = sample();
    terms.parties[0].office = "<b>&\"办\"".to_owned();
    let page = page(&signed(terms), None, NOON);
    assert!(page.contains("&lt;b&gt;&amp;&quot;办&quot;") && !page.contains("<b>"));
}

#[test]
fn what_changed_is_said() {
    let before = sample();
    let profile = before.profile.clone().lowered(Row::Birth, Role::Destination);
    let mut later = Terms { retention_days: 30, profile, ..before.clone() };
    later.parties[1].office = "新办公室".to_owned();
    let drafted = draft(later);
    let agreement = dossier(vec![proposal(&drafted)]).version(drafted.key()).unwrap();
    let text = page(&agreement, Some(&before), NOON);
    for change in [
        "与第1版的差异",
        "<li>留存期限：365天 → 30天</li>",
        "拐入地·出生：出生年 → 案发时年龄（±1岁）（降低）",
        "签署方新增或变更：500000",
        "<td>未签</td>",
    ] {
        assert!(text.contains(change), "{change}");
    }
    assert!(page(&agreement, Some(agreement.terms()), NOON).contains("<p>无。</p>"));
}
