//! What an audit found, for people and for programs.
//!
//! Invariant: a report carries codes, sizes, keys' fingerprints and places, never what an entry says of
//! a case.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::audit::trust::TrustedNode;
use crate::clock::Timestamp;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;

/// How many findings a report lists; all are counted.
pub const MAX_LISTED: usize = 1_000;

codes! {
    /// What an audit comes to.
    pub enum Verdict {
        Holds = "holds" "成立",
        Fails = "does_not_hold" "不成立",
        SelfConsistent = "self_consistent_only" "仅自身一致，未对照可信公钥",
    }
}

codes! {
    /// How far others vouch for the log.
    pub enum Grade {
        Unwitnessed = "unwitnessed" "无见证",
        PairWitnessed = "pair_witnessed" "单方见证",
        Witnessed = "witnessed" "法定数见证",
    }
}

codes! {
    /// What does not hold, or, as a notice, what the auditor should know.
    pub enum Fault {
        NodeUnknown = "node_unknown" "信任文件中没有该节点",
        OriginWrong = "origin_wrong" "日志名与节点不符",
        EpochUnknown = "epoch_unknown" "纪元与信任文件不符",
        EpochEarlier = "epoch_earlier" "止于较早的纪元，此后的日志不在其中",
        DescriptorInvalid = "descriptor_invalid" "节点描述无效",
        DescriptorDiffers = "descriptor_differs" "节点描述与信任文件不同",
        KeysDiffer = "keys_differ" "公钥与信任文件不同",
        PolicyInvalid = "policy_invalid" "见证策略无效",
        PolicyDiffers = "policy_differs" "节点自报的见证策略与信任文件不同，以信任文件为准",
        CheckpointInvalid = "checkpoint_invalid" "检查点或其签名无效",
        CheckpointOrder = "checkpoint_order" "检查点次序有误",
        RootMismatch = "root_mismatch" "检查点与条目不符",
        SizeMismatch = "size_mismatch" "条目数与检查点不符",
        EntryInvalid = "entry_invalid" "条目格式或摘要无效",
        LeafWrong = "leaf_wrong" "条目序号有误",
        DirectionWrong = "direction_wrong" "收发方向有误",
        EpochWrong = "epoch_wrong" "消息纪元有误",
        SequenceGap = "sequence_gap" "消息序号不连续",
        ChainBroken = "chain_broken" "消息链断裂",
        CosignatureInvalid = "cosignature_invalid" "见证联署无效",
        NotWitnessed = "not_witnessed" "日志未经任何见证",
        TailUnwitnessed = "tail_unwitnessed" "末段逾时未见证",
        WitnessUnknown = "witness_unknown" "见证方不在信任文件中",
        HeadInvalid = "head_invalid" "对端日志头无效",
        HeadConflict = "head_conflict" "对端同一大小有两个日志头",
        HeadMissing = "head_missing" "日志所记的对端日志头缺失",
        PeerUnknown = "peer_unknown" "对端不在信任文件中",
        ReceiptInvalid = "receipt_invalid" "回执或其签名无效",
        ReceiptMismatch = "receipt_mismatch" "回执与发送条目不符",
        ReceiptUnproved = "receipt_unproved" "回执的包含证明不成立",
        ReceiptMissing = "receipt_missing" "日志所记的回执缺失",
        ManifestInvalid = "manifest_invalid" "清单签名无效",
        ManifestMismatch = "manifest_mismatch" "清单与文件不符",
        OnlyInSender = "only_in_sender" "仅见于发送方日志",
        OnlyInReceiver = "only_in_receiver" "仅见于接收方日志",
        SameSeqOtherX = "same_seq_other_x" "同一序号，双方消息不同",
        ReceiptContradicted = "receipt_contradicted" "回执与接收方日志不符",
        HeadMismatch = "head_mismatch" "日志与对方所见日志头不符（改写或分叉）",
        HeadBeyond = "head_beyond" "对方所见日志头超出日志末尾",
        BundleStale = "bundle_stale" "审计包早于要求的导出时间",
        NotWitnessedSince = "not_witnessed_since" "要求的时间之后没有见证联署",
        EpochOpened = "epoch_opened" "日志在新纪元下继续（恢复或切换之后）",
        OtherEpoch = "other_epoch" "部分消息属于另一纪元的日志",
    }
}

/// One thing found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What.
    pub code: Fault,
    /// Where: a file of the bundle and the number of the record in it, from 0.
    pub place: String,
}

/// Things found: all counted, the first listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// How many there are.
    pub total: u64,
    /// The first [`MAX_LISTED`].
    pub listed: Vec<Finding>,
}

impl Findings {
    pub(in crate::audit) fn add(&mut self, code: Fault, place: impl fmt::Display) {
        self.total += 1;
        if self.listed.len() < MAX_LISTED {
            self.listed.push(Finding { code, place: place.to_string() });
        }
    }

    /// Whether `code` is among those listed.
    pub fn has(&self, code: Fault) -> bool {
        self.listed.iter().any(|finding| finding.code == code)
    }
}

/// What was checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Entries by type.
    pub entries: BTreeMap<&'static str, u64>,
    /// Checkpoints of the node.
    pub checkpoints: u64,
    /// Cosignatures of trusted witnesses.
    pub cosignatures: u64,
    /// Heads of peers' logs.
    pub heads: u64,
    /// Receipts.
    pub receipts: u64,
    /// Messages sent.
    pub sent: u64,
    /// Messages sent for which a receipt is proved.
    pub receipted: u64,
    /// Messages of peers that were settled.
    pub received: u64,
}

/// How far others vouch for the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Witnessing {
    /// The grade, up to `size`.
    pub grade: Grade,
    /// How many entries the grade covers.
    pub size: u64,
    /// How many witnesses the grade `witnessed` needs.
    pub quorum: usize,
    /// The witness set, and up to which size each cosigned.
    pub witnesses: BTreeMap<NodeId, u64>,
    /// When one of the set last cosigned, by its own clock; if the trust file names the set, when as many of it last had
    /// as the grade needs.
    pub cosigned_at: Option<Timestamp>,
    /// How many entries come after `size`.
    pub tail: u64,
    /// How old the oldest of them was when the bundle was made, milliseconds.
    pub tail_age_ms: i64,
}

/// A fingerprint that the auditor must compare with the operators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fingerprint {
    /// Whose.
    pub node: NodeId,
    /// The fingerprint of its descriptor, as the bundle has it.
    pub fingerprint: String,
}

impl Fingerprint {
    /// Those of a node in a trust file: of its present descriptor, and of earlier epochs.
    pub fn of(node: &TrustedNode) -> impl Iterator<Item = Self> {
        let earlier = node.earlier.iter().map(|earlier| &earlier.fingerprint);
        let all = std::iter::once(&node.fingerprint).chain(earlier);
        all.map(|fingerprint| Self { node: node.node, fingerprint: fingerprint.clone() })
    }
}

/// What an audit of one bundle found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What it comes to.
    pub verdict: Verdict,
    /// Whose log.
    pub node: NodeId,
    /// Which log.
    pub log_origin: String,
    /// When the node made the bundle, by its own clock.
    pub made_at: Timestamp,
    /// How many entries.
    pub size: u64,
    /// The root over them (RFC 6962 §2.1).
    pub root: Digest,
    /// What was checked.
    pub counts: Counts,
    /// How far others vouch for it.
    pub witnessing: Option<Witnessing>,
    /// What does not hold.
    pub findings: Findings,
    /// What holds, and should be known.
    pub notices: Findings,
    /// Without a trust file: the fingerprints to ask for.
    pub ask_for: Vec<Fingerprint>,
}

impl Report {
    /// Whether everything holds under keys obtained elsewhere.
    pub fn holds(&self) -> bool {
        self.verdict == Verdict::Holds
    }

    /// Demands that the bundle shows the log as of that time or later: a node that shows it as of an earlier day leaves
    /// out what came since. What the node itself says of the day is only its word: witnesses must have cosigned since.
    pub fn demand_made_since(&mut self, since: Timestamp) {
        let cosigned_at = self.witnessing.as_ref().and_then(|witnessing| witnessing.cosigned_at);
        if self.made_at < since {
            self.findings
                .add(Fault::BundleStale, format_args!("manifest: made at {}", self.made_at.rfc3339()));
        } else if cosigned_at.is_none_or(|at| at < since) {
            let newest = cosigned_at.map_or_else(|| "none".to_owned(), Timestamp::rfc3339);
            self.findings.add(Fault::NotWitnessedSince, format_args!("cosignatures: the newest: {newest}"));
        } else {
            return;
        }
        self.verdict = Verdict::Fails;
    }
}
