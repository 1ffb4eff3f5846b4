//! The closed sets of codes that entries of the log bear and nothing on the wire does.
//!
//! Invariant: `bundle/FORMAT.md` lists them all; a test compares both ways.

codes! {
    /// What an alarm is about, beside refusals that alarm and what an auditor's tools find.
    pub enum AlarmKind {
        AnnouncementRefused = "announcement_refused" "密钥变更未获承认",
        Genotype = "genotype" "含基因分型数据",
        KeyCompromised = "key_compromised" "密钥泄露",
        LogBehindWitness = "log_behind_witness" "日志落后于见证",
        MessageUnreadable = "message_unreadable" "待发报文损坏",
        PeerBeforeEpoch = "peer_before_epoch" "对端停在纪元之前",
        PossiblyDisclosed = "possibly_disclosed" "可能已披露",
        WithdrawalUnproven = "withdrawal_unproven" "撤回无从证明",
        WithdrawalUnsent = "withdrawal_unsent" "撤回未能送达",
        WitnessLate = "witness_late" "见证逾期",
    }
}

codes! {
    /// What a `list` gave; without a code it gave leads.
    pub enum Listed {
        Log = "log" "日志",
        History = "history" "线索日志",
        Alarms = "alarms" "告警",
        Refusals = "refusals" "拒收",
        Losses = "losses" "遗失",
        Purges = "purges" "清除",
        Erasures = "erasures" "销毁",
        Offers = "offers" "可共享线索",
        Risk = "risk" "识别风险",
    }
}

codes! {
    /// What a `read` gave; without a code it gave a lead.
    pub enum Shown {
        Receipts = "receipts" "回执",
        Coverage = "coverage" "覆盖报告",
        Proof = "proof" "证明",
    }
}
