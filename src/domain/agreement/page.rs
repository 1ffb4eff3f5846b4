//! An agreement as a page that a person reads and prints: HTML5, self-contained, every value escaped.

#[cfg(test)]
mod tests;

use maud::{DOCTYPE, Markup, html};

use super::{Agreement, Party, Role, Terms};
use crate::clock::Timestamp;
use crate::domain::date::CivilDate;
use crate::domain::lead::codes::{LeadKind, Purpose};
use crate::domain::profile::{Profile, Row};

const STYLE: &str = "body{font:12pt/1.7 serif;max-width:52em;margin:2em auto;padding:0 1em}\
    h1{text-align:center;font-size:18pt}h2{font-size:13pt;margin-top:1.6em}\
    table{border-collapse:collapse;width:100%;font-size:10pt}\
    th,td{border:1px solid #000;padding:.2em .4em;text-align:left}\
    thead{display:table-header-group}tr{break-inside:avoid}code{word-break:break-all}\
    @page{size:A4;margin:20mm}";

/// The page of one version as it stands at `now`, with what it changes in the version `before` it.
pub fn page(agreement: &Agreement, before: Option<&Terms>, now: Timestamp) -> String {
    let terms = agreement.terms();
    let state = agreement.state_at(now);
    let markup = html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                title { "反对拐卖人口合作协议 第" (terms.version) "版" }
                style { (STYLE) }
            }
            body {
                h1 { "反对拐卖人口合作协议" }
                p { "协议编号：" code { (terms.id) } "　第" (terms.version) "版　状态：" (state.label())
                    "（" (CivilDate::of(now)) "）" }
                p { "条款摘要（SHA-256）：" code { (agreement.digest()) } }
                h2 { "一、签署各方" }
                (parties(agreement))
                h2 { "二、合作范围" }
                (scope(terms))
                h2 { "三、知悉范围" }
                p { "方案：" (terms.profile.id()) "　第" (terms.profile.version())
                    "版。未列明者不开放；位于接收方辖区内的地点一律精确到县。" }
                (matrix(&terms.profile))
                @if let Some(before) = before {
                    h2 { "四、与第" (before.version) "版的差异" }
                    (differences(before, terms))
                }
            }
        }
    };
    markup.into_string()
}

fn parties(agreement: &Agreement) -> Markup {
    let signed = |party: &Party| agreement.countersigned().contains(&party.node);
    html! {
        table {
            thead { tr { th { "节点" } th { "签署政府" } th { "实施办公室" } th { "角色" } th { "会签" } } }
            tbody {
                @for party in &agreement.terms().parties {
                    tr {
                        td { (party.node) }
                        td { (party.government) }
                        td { (party.office) }
                        td { (listed(&party.roles, Role::label)) }
                        td { @if signed(party) { "已签" } @else { "未签" } }
                    }
                }
            }
        }
    }
}

fn scope(terms: &Terms) -> Markup {
    html! {
        table {
            tbody {
                @for (name, value) in frame(terms) { tr { th { (name) } td { (value) } } }
            }
        }
    }
}

/// The frame of the terms in words, line by line: what the page shows and what it compares.
fn frame(terms: &Terms) -> Vec<(&'static str, String)> {
    let digest = |digest: Option<_>| digest.map_or("无".to_owned(), |digest| format!("{digest}"));
    vec![
        ("合作目的", listed(&terms.purposes, Purpose::label)),
        ("线索种类", listed(&terms.kinds, LeadKind::label)),
        ("有效期", format!("{}至{}（含当日，北京时间）", terms.valid_from, terms.valid_until)),
        ("留存期限", format!("{}天", terms.retention_days)),
        ("合作函摘要", terms.text_digest.to_string()),
        ("提出方", terms.proposer.to_string()),
        ("所变更的版本", digest(terms.previous)),
        ("所答复的提案", digest(terms.answers)),
    ]
}

fn matrix(profile: &Profile) -> Markup {
    html! {
        table {
            thead { tr { th { "项目" } @for role in Role::ALL { th { (role.label()) } } } }
            tbody {
                @for row in Row::ALL {
                    tr {
                        th { (row.label()) }
                        @for role in Role::ALL { td { (profile.cell(*row, *role)) } }
                    }
                }
            }
        }
    }
}

fn differences(before: &Terms, terms: &Terms) -> Markup {
    let (old, new) = (frame(before), frame(terms));
    let changed = old.into_iter().zip(new).filter(|((name, old), (_, new))| {
        old != new && !["提出方", "所变更的版本", "所答复的提案"].contains(name)
    });
    let lines: Vec<_> = changed.map(|((name, old), (_, new))| format!("{name}：{old} → {new}")).collect();
    let cells = before.profile.diff(&terms.profile);
    html! {
        @if lines.is_empty() && cells.is_empty() && before.parties == terms.parties { p { "无。" } }
        ul {
            @for line in lines { li { (line) } }
            @for party in terms.parties.iter().filter(|party| !before.parties.contains(party)) {
                li { "签署方新增或变更：" (words(party)) }
            }
            @for party in before.parties.iter().filter(|party| terms.party(party.node).is_none()) {
                li { "签署方退出：" (words(party)) }
            }
            @for cell in cells { li { (cell) } }
        }
    }
}

fn words(party: &Party) -> String {
    format!("{} {} {}（{}）", party.node, party.government, party.office, listed(&party.roles, Role::label))
}

fn listed<T: Copy>(list: &[T], label: impl Fn(T) -> &'static str) -> String {
    list.iter().map(|entry| label(*entry)).collect::<Vec<_>>().join("、")
}
