//! The codes with which a receiver refuses an item or a batch, and what a sender makes of each.
//!
//! A code is the suffix of the problem type (RFC 9457), the metric label and the result in the log.

use serde::Deserialize;

codes! {
    /// Why one item was not stored, or travels as `void`.
    pub enum ItemCode {
        AgreementNotYetKnown = "agreement_not_yet_known" "协议未到达",
        NotYetValid = "not_yet_valid" "尚未生效",
        KeyUnknown = "key_unknown" "签名密钥未知",
        KeyNotValid = "key_not_valid" "签名密钥失效",
        AgreementExpired = "agreement_expired" "协议已到期",
        AgreementNotCountersigned = "agreement_not_countersigned" "协议未会签",
        AgreementSuspended = "agreement_suspended" "协议已中止",
        AgreementSuperseded = "agreement_superseded" "协议已变更",
        AgreementTerminated = "agreement_terminated" "协议已终止",
        ForeignProposer = "foreign_proposer" "签名人不是提出方",
        VersionNotNext = "version_not_next" "版本号不连续",
        AnswersOtherVersion = "answers_other_version" "对案版本不符",
        StatusVersionZero = "status_version_zero" "状态序号须从1开始",
        ResumeWithoutSuspension = "resume_without_suspension" "未中止不能恢复",
        TooManyStatements = "too_many_statements" "该方协议文书过多",
        AgreementConflict = "agreement_conflict" "协议版本冲突",
        NotAParty = "not_a_party" "非协议方",
        PurposeNotCovered = "purpose_not_covered" "目的不在协议内",
        KindNotCovered = "kind_not_covered" "种类不在协议内",
        NoRoleForRecipient = "no_role_for_recipient" "接收方无对应角色",
        Classified = "classified" "涉密不得外传",
        OverDisclosure = "over_disclosure" "超范围披露",
        WrongBasis = "wrong_basis" "依据不符",
        ForeignIssuer = "foreign_issuer" "非记录所有者",
        StatementInvalid = "statement_invalid" "声明无效",
        StatementMismatch = "statement_mismatch" "声明与消息头不符",
        Schema = "schema" "内容不合规范",
        Genotype = "genotype" "含基因分型数据",
        RecordUnknown = "record_unknown" "记录未共享",
        RecordErased = "record_erased" "记录已清除",
        StaleVersion = "stale_version" "版本过旧",
        VersionConflict = "version_conflict" "同版本不同内容",
        UnknownKind = "unknown_kind" "未知种类",
        NoLongerPermitted = "no_longer_permitted" "不再允许披露",
        Withdrawn = "withdrawn" "已撤回",
        TextHeld = "text_held" "含未脱敏标识",
        NotTheUpperNode = "not_the_upper_node" "不是上级节点",
        NotFiled = "not_filed" "尚未报送备案",
        AlreadyFiled = "already_filed" "备案已报送",
        AlreadyAnswered = "already_answered" "备案已答复",
    }
}

impl ItemCode {
    /// Why a sender's own message goes void that it cannot read any more.
    pub const UNREADABLE: Self = Self::StatementInvalid;

    /// Whether the sender sends the item again by itself until it succeeds or turns final.
    /// A signature that is still missing here may be held up by a key that is not known yet.
    pub const fn retryable(self) -> bool {
        matches!(
            self,
            Self::AgreementNotYetKnown
                | Self::AgreementNotCountersigned
                | Self::AgreementSuspended
                | Self::AgreementSuperseded
                | Self::NotYetValid
                | Self::KeyUnknown
        )
    }

    /// Whether a message that went void for it goes again by itself, once its basis allows it: under
    /// the version then in force, and as narrow as that asks.
    pub const fn passing(self) -> bool {
        self.retryable() || matches!(self, Self::NoLongerPermitted | Self::TextHeld)
    }

    /// Whether both sides raise an alarm.
    pub const fn alarming(self) -> bool {
        matches!(
            self,
            Self::OverDisclosure
                | Self::ForeignIssuer
                | Self::Genotype
                | Self::Classified
                | Self::VersionConflict
        )
    }
}

impl ItemCode {
    /// Whether the receiver alone raises an alarm: no sender that keeps the rules under the same clock and version
    /// sends it.
    pub const fn irregular(self) -> bool {
        matches!(self, Self::WrongBasis | Self::AgreementExpired | Self::StatementInvalid)
    }
}

codes! {
    /// What to do about an alarm or a final refusal.
    pub enum Advice {
        Wait = "wait" "系统自动重发，无需处置",
        RenewAgreement = "renew_agreement" "续签或修订协议后重新共享",
        CompareTerms = "compare_terms" "与对方核对协议文本",
        CorrectRecord = "correct_record" "更正记录后重新共享",
        ShareNewest = "share_newest" "共享最新版本",
        AskOwner = "ask_owner" "向记录所属节点查询",
        AwaitUpgrade = "await_upgrade" "对方升级后重新共享",
        CompareFingerprints = "compare_fingerprints" "与对方核对指纹后重新登记",
        CompareRegisters = "compare_registers" "与对方核对上级节点登记",
        ReportFault = "report_fault" "疑为程序故障，报运维",
        CompareLogs = "compare_logs" "核对双方日志并保全证据",
        InstructOfficer = "instruct_officer" "提醒录入人员",
        OpenEpoch = "open_epoch" "查明原因、停用其他副本后开启新纪元（guitu epoch open）",
    }
}

impl Advice {
    /// Whether the same message may be taken once somebody has done what is advised. Otherwise another one has to
    /// take its place: a correction, a newer version, a withdrawal.
    pub const fn sends_again(self) -> bool {
        match self {
            Self::RenewAgreement
            | Self::CompareTerms
            | Self::AwaitUpgrade
            | Self::CompareRegisters
            | Self::ReportFault => true,
            Self::Wait
            | Self::CorrectRecord
            | Self::ShareNewest
            | Self::AskOwner
            | Self::CompareFingerprints
            | Self::CompareLogs
            | Self::InstructOfficer
            | Self::OpenEpoch => false,
        }
    }
}

impl ItemCode {
    /// What the sender does about a refusal with this code.
    pub const fn advice(self) -> Advice {
        match self {
            Self::AgreementNotYetKnown
            | Self::AgreementNotCountersigned
            | Self::AgreementSuspended
            | Self::AgreementSuperseded
            | Self::NotYetValid
            | Self::KeyUnknown => Advice::Wait,
            Self::AgreementExpired
            | Self::AgreementTerminated
            | Self::NotAParty
            | Self::PurposeNotCovered
            | Self::KindNotCovered
            | Self::NoRoleForRecipient
            | Self::NoLongerPermitted => Advice::RenewAgreement,
            Self::AgreementConflict
            | Self::ForeignProposer
            | Self::VersionNotNext
            | Self::AnswersOtherVersion
            | Self::StatusVersionZero
            | Self::ResumeWithoutSuspension
            | Self::TooManyStatements => Advice::CompareTerms,
            Self::Genotype | Self::Schema | Self::KeyNotValid | Self::TextHeld => Advice::CorrectRecord,
            Self::StaleVersion => Advice::ShareNewest,
            Self::RecordUnknown | Self::RecordErased | Self::Withdrawn => Advice::AskOwner,
            Self::UnknownKind => Advice::AwaitUpgrade,
            Self::WrongBasis
            | Self::StatementInvalid
            | Self::StatementMismatch
            | Self::NotFiled
            | Self::AlreadyFiled
            | Self::AlreadyAnswered => Advice::ReportFault,
            Self::NotTheUpperNode => Advice::CompareRegisters,
            Self::Classified | Self::OverDisclosure | Self::ForeignIssuer | Self::VersionConflict => {
                Advice::CompareLogs
            }
        }
    }
}

codes! {
    /// Why a whole batch was refused; nothing of it was consumed.
    pub enum BatchCode {
        Malformed = "malformed" "格式错误",
        NotForMe = "not_for_me" "接收方不符",
        NotFromPeer = "not_from_peer" "发送方不符",
        PeerNotActive = "peer_not_active" "对端未启用",
        SignatureInvalid = "signature_invalid" "批次签名无效",
        ClockSkew = "clock_skew" "时钟偏差过大",
        TooLarge = "too_large" "批次过大",
        Gap = "gap" "序号不连续",
        ChainBroken = "chain_broken" "链值不符",
        Equivocation = "equivocation" "同序号不同内容",
        EpochUnknown = "epoch_unknown" "纪元未知",
        PositionUnknown = "position_unknown" "不知对端位置",
    }
}

impl BatchCode {
    /// Whether the receiver keeps the batch's signature as proof and raises an alarm.
    pub const fn alarming(self) -> bool {
        matches!(self, Self::Equivocation | Self::ChainBroken)
    }

    /// The code that a peer's problem document (RFC 9457) says, if it is one of these: nothing else of what a peer
    /// wrote is worth repeating.
    pub fn said_in(problem: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Said {
            code: BatchCode,
        }
        serde_json::from_slice::<Said>(problem).ok().map(|said| said.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_known_code_is_heard() {
        let said = |text: &str| BatchCode::said_in(text.as_bytes());
        assert_eq!(said(r#"{"code":"clock_skew","detail":"five minutes"}"#), Some(BatchCode::ClockSkew));
        let others = [r#"{"code":"张三"}"#, r#"{"code":7}"#, r#"{"detail":"clock_skew"}"#, "", "\u{feff}{}"];
        assert!(others.into_iter().all(|text| said(text).is_none()));
    }
}
