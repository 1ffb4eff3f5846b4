//! An audit as a page that prints: for the file, in Chinese, self-contained.
//!
//! Knows reports, which hold codes, sizes and names of nodes; so no page can say anything of a person.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::coverage::Coverage;
use super::reconcile::{HeadsReport, LaneReport, Reconciliation, Traffic};
use super::verify::report::{Counts, Witnessing};
use super::verify::{Fault, Findings, Report, Verdict};
use crate::audit::entry::EntryType;
use crate::clock::Timestamp;

const STYLE: &str = "body{font:11pt/1.6 'Noto Serif CJK SC','Songti SC',SimSun,serif;max-width:60em;margin:2em auto;\
    padding:0 1em;color:#111}h1{font-size:1.6em}h2{font-size:1.2em;border-bottom:1px solid #999;margin-top:1.6em}\
    table{border-collapse:collapse;width:100%;margin:.6em 0}th,td{border:1px solid #999;padding:.2em .5em;\
    text-align:left;vertical-align:top;overflow-wrap:anywhere}thead{display:table-header-group}tr{break-inside:avoid}\
    .n{text-align:right;font-variant-numeric:tabular-nums}.verdict{font-size:1.3em;border:2px solid;padding:.4em .8em}\
    .bad{color:#a00}code{font-size:.85em}@media print{body{margin:0;max-width:none}h2{break-after:avoid}}@page{margin:18mm}";

/// The page on one log: 单方日志核验报告.
pub fn of_log(report: &Report) -> String {
    page(
        "日志核验报告",
        report.verdict,
        &html! {
            (log(report))
            (todo(report.verdict, [&report.findings, &report.notices]))
        },
    )
}

/// The page on two logs: 双方日志对账报告.
pub fn of_pair(joint: &Reconciliation) -> String {
    let [a, b] = &joint.reports;
    page(
        &format!("{} 与 {} 日志对账报告", a.node, b.node),
        joint.verdict,
        &html! {
            h2 { "覆盖声明" }
            @if joint.lanes.is_empty() { p { "双方日志均无往来消息。" } }
            ul { @for coverage in joint.coverage() { li { (Coverage::sentence(&coverage)) } } }
            (traffic(&joint.traffic))
            (lanes(&joint.lanes))
            (heads(&joint.heads))
            (findings("对账发现", &joint.findings))
            (findings("对账提示", &joint.notices))
            (log(a))
            (log(b))
            (todo(joint.verdict, [&joint.findings, &joint.notices, &a.findings, &a.notices, &b.findings, &b.notices]))
        },
    )
}

fn page(title: &str, verdict: Verdict, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "归途 · " (title) }
                p.verdict.bad[verdict != Verdict::Holds] { "结论：" (verdict.label()) }
                p { "本报告只含节点、序号、计数与摘要，不含任何个人信息。时间均为协调世界时。" }
                (body)
            }
        }
    }
    .into_string()
}

fn log(report: &Report) -> Markup {
    html! {
        h2 { "节点 " (report.node) " 的日志" }
        table { tbody {
            (row("单方核验", report.verdict.label()))
            (row("日志", &report.log_origin))
            (row("导出时间（节点时钟）", &report.made_at.rfc3339()))
            (row("条目", &report.size.to_string()))
            (row("根（SHA-256）", &hex::encode(report.root.bytes())))
            @if let Some(witnessing) = &report.witnessing { (row("见证", &witnessed(witnessing))) }
        } }
        (counts(&report.counts))
        (findings("核验发现", &report.findings))
        (findings("核验提示", &report.notices))
        @if !report.ask_for.is_empty() {
            p { "未给出信任文件。请向各节点当面或电话核对指纹：" }
            table { tbody { @for asked in &report.ask_for { (row(&asked.node.to_string(), &asked.fingerprint)) } } }
        }
    }
}

fn row(name: &str, value: &str) -> Markup {
    html! { tr { th { (name) } td { (value) } } }
}

/// How far others vouch for a log, in words.
pub fn witnessed(witnessing: &Witnessing) -> String {
    let who = witnessing.witnesses.iter().map(|(node, size)| format!("{node} 至 {size}"));
    format!(
        "{}，至第 {} 条（法定数 {}：{}；最近联署 {}）；未见证 {} 条，最久 {} 秒",
        witnessing.grade.label(),
        witnessing.size,
        witnessing.quorum,
        who.collect::<Vec<_>>().join("，"),
        witnessing.cosigned_at.map_or_else(|| "无".to_owned(), Timestamp::rfc3339),
        witnessing.tail,
        witnessing.tail_age_ms / 1_000,
    )
}

fn counts(counts: &Counts) -> Markup {
    let label = |code: &str| code.parse::<EntryType>().map_or("", EntryType::label);
    html! {
        p {
            "发送 " (counts.sent) " 条，其中 " (counts.receipted) " 条有可验证的回执；接收 " (counts.received)
            " 条；检查点 " (counts.checkpoints) "，见证联署 " (counts.cosignatures) "，对端日志头 " (counts.heads)
            "，回执 " (counts.receipts) "。"
        }
        table {
            thead { tr { th { "条目类型" } th.n { "数量" } } }
            tbody { @for (code, count) in &counts.entries { tr { td { (label(code)) "（" (code) "）" } td.n { (count) } } } }
        }
    }
}

fn traffic(rows: &[Traffic]) -> Markup {
    html! {
        h2 { "往来消息" }
        table {
            thead { tr { th { "发送方" } th { "接收方" } th { "内容" } th { "依据" } th.n { "条数" } } }
            tbody { @for one in rows { tr {
                td { (one.from) } td { (one.to) } td { (one.label()) }
                td { @match one.agreement {
                    Some((id, version)) => { "协议 " (id) " 第 " (version) " 版" }
                    None if one.control => { "协作控制（不含案件数据）" }
                    None => { "其他依据（本程序不识别，请查阅消息头）" }
                } }
                td.n { (one.messages) }
            } } }
        }
    }
}

fn lanes(lanes: &[LaneReport]) -> Markup {
    const NAMES: [&str; 13] = [
        "通道",
        "发送",
        "接收",
        "相符",
        "有回执",
        "存储/作废/拒收",
        "在途",
        "导出之后",
        "另一纪元",
        "仅发送方",
        "仅接收方",
        "内容不同",
        "断号",
    ];
    html! {
        h2 { "逐通道对账" }
        table {
            thead { tr { @for name in NAMES { th { (name) } } } }
            tbody { @for lane in lanes {
                @let Coverage { from, to, lane: name, epoch, .. } = &lane.coverage;
                @let [stored, void, refused] = lane.outcomes;
                tr {
                    td { (from) "→" (to) " " (name.label()) br; code { (epoch) } }
                    @for number in [lane.sent, lane.settled, lane.matched, lane.receipted] { td.n { (number) } }
                    td.n { (stored) "/" (void) "/" (refused) }
                    @for number in [lane.in_flight, lane.after_export, lane.other_log] { td.n { (number) } }
                    @for number in [lane.only_in_sender, lane.only_in_receiver, lane.differing, lane.gaps] {
                        td.n.bad[number > 0] { (number) }
                    }
                }
            } }
        }
    }
}

fn heads(heads: &[HeadsReport]) -> Markup {
    html! {
        h2 { "互见日志头" }
        ul { @for one in heads { li {
            (one.seer) " 记录的 " (one.owner) " 日志头：核对 " (one.checked) " 个，至第 " (one.confirmed)
            " 条未经改写；超出导出末尾 " (one.beyond) " 个，属另一纪元 " (one.other_log) " 个。"
        } } }
    }
}

fn findings(title: &str, findings: &Findings) -> Markup {
    html! {
        h3 { (title) "：" (findings.total) }
        @if !findings.listed.is_empty() {
            table {
                thead { tr { th { "代码" } th { "含义" } th { "位置" } } }
                tbody { @for one in &findings.listed { tr {
                    td { code { (one.code) } } td { (one.code.label()) } td { code { (one.place) } }
                } } }
            }
            @if findings.total > findings.listed.len() as u64 { p { "仅列前 " (findings.listed.len()) " 项。" } }
        }
    }
}

/// What to do about each kind of thing found, once.
fn todo<const N: usize>(verdict: Verdict, lists: [&Findings; N]) -> Markup {
    let mut advice: Vec<&str> =
        lists.iter().flat_map(|list| &list.listed).map(|one| what_to_do(one.code)).collect();
    advice.sort_unstable();
    advice.dedup();
    html! {
        h2 { "处置建议" }
        @if verdict == Verdict::SelfConsistent { p { "尚未证明任何事项：核对上列指纹，制作信任文件后再核验。" } }
        @else if advice.is_empty() { p { "无需处置。请将本报告与所核验的导出文件、信任文件一并归档。" } }
        ol { @for one in advice { li { (one) } } }
    }
}

/// What an auditor does about a bundle that ends in an epoch which the trust file does not know.
const EPOCH_UNKNOWN: &str = "纪元与信任文件不符：导出早于该节点的新纪元的，将当时与现在的节点描述一并交给 guitu audit trust \
                             --from 重做信任文件后再核验；否则请该节点以现纪元重新导出，并说明恢复的时间与原因。";

/// What an auditor does about a bundle that ends in an earlier epoch than the trust file's.
const EPOCH_EARLIER: &str = "导出止于较早的纪元：请该节点以现纪元重新导出；确要核验该纪元的日志，以 --epoch 节点:纪元序号 指明后再核验。";

/// What an auditor does about a bundle whose day is only its node's word.
const NOT_WITNESSED_SINCE: &str = "所述导出时间无人作证：导出本身即记入日志并由见证方联署，请该节点数分钟后重新导出；仍无联署的，向见证方调取其所见的日志头比对。";

/// What an auditor does about it.
pub const fn what_to_do(fault: Fault) -> &'static str {
    use Fault as F;
    match fault {
        F::NodeUnknown
        | F::OriginWrong
        | F::KeysDiffer
        | F::DescriptorInvalid
        | F::DescriptorDiffers
        | F::PeerUnknown
        | F::WitnessUnknown => {
            "公钥存疑：向该节点的两名负责人分别核对指纹，重新制作信任文件后再核验；指纹不一致即按伪造处理。"
        }
        F::EpochOpened => {
            "日志经恢复后在新纪元下继续：请该节点说明恢复的时间与原因，并以各对端日志核对其缺失的部分。"
        }
        F::EpochUnknown => EPOCH_UNKNOWN,
        F::EpochEarlier => EPOCH_EARLIER,
        F::OtherEpoch => "涉及另一纪元：请该节点补交该纪元的日志导出，并说明恢复的时间与原因。",
        F::CheckpointInvalid
        | F::CheckpointOrder
        | F::RootMismatch
        | F::SizeMismatch
        | F::EntryInvalid
        | F::LeafWrong
        | F::DirectionWrong
        | F::EpochWrong
        | F::SequenceGap
        | F::ChainBroken
        | F::ManifestInvalid
        | F::ManifestMismatch
        | F::PolicyInvalid => {
            "导出文件不成立：封存该文件，请该节点当场重新导出；仍不成立即按日志被改动处理，保全数据库与备份。"
        }
        F::PolicyDiffers => {
            "见证等级以信任文件所列见证方为准：请该节点说明其见证配置，并核对信任文件是否列全。"
        }
        F::CosignatureInvalid | F::NotWitnessed | F::TailUnwitnessed => {
            "见证不足：请该节点检查与见证方的连接，恢复后重新导出；未见证部分暂不作为证据。"
        }
        F::HeadInvalid
        | F::HeadMissing
        | F::ReceiptInvalid
        | F::ReceiptMismatch
        | F::ReceiptUnproved
        | F::ReceiptMissing
        | F::ReceiptContradicted => {
            "回执或日志头不成立：以对端日志为准逐条复核所列消息，并向出具方调取原件。"
        }
        F::HeadConflict | F::HeadMismatch => {
            "日志分叉或被改写：双方签名即为证据，保全两份文件，暂停与该节点的交换，由上级节点组织调查。"
        }
        F::HeadBeyond | F::BundleStale => {
            "导出早于对方所见或所要求的时间：请该节点重新导出；重新导出后仍然短缺即按回退或截断处理，启用新纪元程序。"
        }
        F::NotWitnessedSince => NOT_WITNESSED_SINCE,
        F::OnlyInSender | F::OnlyInReceiver | F::SameSeqOtherX => {
            "双方记录不一致：按所列序号调取双方原始消息与回执，比对签名，确定哪一方的日志被改动。"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_its_advice() {
        assert!(Fault::ALL.iter().all(|fault| what_to_do(*fault).ends_with('。')));
    }
}
