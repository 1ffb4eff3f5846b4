//! Why a step in the life of an agreement is refused.

codes! {
    /// A step that the agreement does not allow; its signer is at fault, unless the fault is retryable.
    pub enum StepFault {
        OtherAgreement = "other_agreement" "协议编号不符",
        ForeignProposer = "foreign_proposer" "签名人不是条款所列的提出方",
        NotAParty = "not_a_party" "签名人不是协议签署方",
        NotYetAParty = "not_yet_a_party" "签名人尚不是已知版本的签署方",
        VersionUnknown = "version_unknown" "所签版本尚未到达",
        PreviousUnknown = "previous_unknown" "所变更的版本尚未到达",
        AnsweredUnknown = "answered_unknown" "所答复的提案尚未到达",
        VersionNotNext = "version_not_next" "版本号须比所变更的版本大一",
        AnswersOther = "answers_other_version" "对案与所答复的提案不属同一版本",
        DuplicateVersion = "duplicate_version" "该版本已有提案，请以对案答复",
        PreviousSuperseded = "previous_superseded" "所变更的版本已被取代",
        PreviousUnsigned = "previous_unsigned" "所变更的版本尚未签齐",
        VersionSuperseded = "version_superseded" "该版本已被取代",
        AlreadyCountersigned = "already_countersigned" "本方已会签",
        Unsigned = "agreement_not_countersigned" "协议尚未签齐",
        StatusVersionZero = "status_version_zero" "状态序号从1开始",
        AlreadySuspended = "already_suspended" "本方已中止",
        ResumeWithoutSuspension = "resume_without_suspension" "本方没有中止，不能恢复",
        AckWithoutNotice = "acknowledge_without_notice" "没有终止通知，不能确认",
        AlreadyAcknowledged = "already_acknowledged" "本方已确认或已通知终止",
        AfterTermination = "agreement_terminated" "协议已终止",
        Expired = "agreement_expired" "协议已到期",
        TooMany = "too_many_statements" "该方文书过多",
    }
}

impl StepFault {
    /// Whether the same statement may be admitted once more is known: its sender sends it again.
    pub const fn retryable(self) -> bool {
        matches!(
            self,
            Self::NotYetAParty
                | Self::VersionUnknown
                | Self::PreviousUnknown
                | Self::AnsweredUnknown
                | Self::AckWithoutNotice
        )
    }
}
