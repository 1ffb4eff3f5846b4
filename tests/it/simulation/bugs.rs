//! Bugs that the tests of the checker plant in a simulated node: each is one that a real node could have.

/// What the node does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bug {
    /// Sender: a batch without an answer counts as receipted.
    LostAnswerFiled,
    /// Receiver: a stored lead is stored twice.
    DoubledInsert,
    /// Sequencer: a message is not chained to the one before it.
    WrongPrev,
    /// Receiver: a claim is kept that was not disclosed to it.
    OverDisclosure,
    /// Sender: what may no longer go is sent.
    SkippedVoid,
    /// Sender: whatever is sent goes void.
    NeedlessVoid,
    /// Receiver: a withdrawal is logged and not honoured.
    KeptAfterWithdrawal,
    /// Sender: a correction goes out as the version before it.
    OldVersionAgain,
    /// Sender: a version that was refused sends the newer one once more, which has gone already.
    RenewedTwice,
    /// Sequencer: an entry is left out of the log.
    UnloggedMessage,
    /// Log: an entry is rewritten after its head was seen.
    RewrittenEntry,
}

impl Bug {
    /// All of them.
    pub(crate) const ALL: [Self; 11] = [
        Self::LostAnswerFiled,
        Self::DoubledInsert,
        Self::WrongPrev,
        Self::OverDisclosure,
        Self::SkippedVoid,
        Self::NeedlessVoid,
        Self::KeptAfterWithdrawal,
        Self::OldVersionAgain,
        Self::RenewedTwice,
        Self::UnloggedMessage,
        Self::RewrittenEntry,
    ];
}
