//! What may travel on which basis (wire §2): one table, for whoever sends and whoever receives.

#[cfg(test)]
mod tests;

use super::Refusal;
use crate::clock::Timestamp;
use crate::domain::agreement::{Agreement, VersionKey};
use crate::domain::node::NodeId;

codes! {
    /// What a message rests on.
    pub enum BasisKind {
        Control = "control" "管理",
        Agreement = "agreement" "合作协议",
        Grant = "grant" "知悉授权",
        Alert = "alert" "预警",
        Residual = "residual" "协议终止后的善后",
        Order = "order" "上级指令",
    }
}

codes! {
    /// What a message brings, as far as its basis goes.
    pub enum Content {
        Descriptor = "descriptor" "节点说明",
        KeyChange = "key_change" "密钥变更",
        Register = "register" "节点名册",
        AgreementStep = "agreement_step" "协议文书",
        Filing = "filing" "备案",
        Roster = "roster" "成员名单",
        Report = "report" "年度报告",
        SupervisionOrder = "supervision_order" "挂牌督办",
        Lead = "lead" "线索",
        ReturnStep = "return_step" "送返",
        Answer = "answer" "办理反馈",
        Withdrawal = "withdrawal" "撤回",
        PurgeReceipt = "purge_receipt" "清除回执",
        DisclosureRequest = "disclosure_request" "知悉申请",
        Disclosure = "disclosure" "补充披露",
        Alert = "alert" "预警",
        AlertCancellation = "alert_cancellation" "预警解除",
    }
}

/// Which claims a basis may open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimRule {
    /// No case data at all.
    None,
    /// The cells of the agreement's profile for the recipient's role.
    Profile,
    /// Exactly those that the grant or the order names.
    Named,
    /// Those named, among the set that an alert may tell.
    AlertSet,
}

impl BasisKind {
    /// Whether a message on this basis may bring `content`. `upper`: one of the two nodes is the upper
    /// node of the other.
    pub const fn carries(self, content: Content, upper: bool) -> bool {
        use Content as C;
        match self {
            Self::Control => match content {
                C::Descriptor | C::KeyChange | C::Register | C::AgreementStep => true,
                C::Filing | C::Roster | C::Report | C::SupervisionOrder => upper,
                _ => false,
            },
            Self::Agreement => matches!(
                content,
                C::Lead | C::ReturnStep | C::Answer | C::Withdrawal | C::PurgeReceipt | C::DisclosureRequest
            ),
            Self::Grant => matches!(content, C::Disclosure),
            Self::Alert => matches!(content, C::Alert | C::AlertCancellation | C::PurgeReceipt),
            Self::Residual => matches!(content, C::Withdrawal | C::PurgeReceipt | C::ReturnStep),
            Self::Order => upper && matches!(content, C::ReturnStep | C::Report),
        }
    }

    /// Which claims a message on this basis may disclose.
    pub const fn claims(self) -> ClaimRule {
        match self {
            Self::Control | Self::Residual => ClaimRule::None,
            Self::Agreement => ClaimRule::Profile,
            Self::Grant | Self::Order => ClaimRule::Named,
            Self::Alert => ClaimRule::AlertSet,
        }
    }
}

/// On which side of a message a node stands: what it may tolerate depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// At dispatch, by the sender's clock exactly.
    Sender,
    /// At receipt, by the receiver's clock with [`Agreement::RECEIPT_TOLERANCE_MS`].
    Receiver {
        /// The highest version under which this chain carried anything before.
        carried: Option<VersionKey>,
    },
}

impl Side {
    pub(super) fn in_force(self, agreement: &Agreement, now: Timestamp) -> Result<(), Refusal> {
        let open = match self {
            Self::Sender => agreement.may_send(now),
            Self::Receiver { carried } => agreement.may_receive(carried, now),
        };
        Ok(open?)
    }

    /// How much later than its end something may still arrive, in milliseconds.
    pub(super) const fn tolerance_ms(self) -> i64 {
        match self {
            Self::Sender => 0,
            Self::Receiver { .. } => Agreement::RECEIPT_TOLERANCE_MS,
        }
    }
}

/// A message without claims: answers, withdrawals, receipts, requests.
#[derive(Clone, Copy)]
pub struct Errand<'a> {
    /// The sender.
    pub sender: NodeId,
    /// The recipient.
    pub recipient: NodeId,
    /// `agreement`, or `residual` after an ending or during a suspension.
    pub basis: BasisKind,
    /// The agreement that is cited.
    pub agreement: &'a Agreement,
    /// What is brought.
    pub content: Content,
    /// Whether a return that was opened under the agreement is not closed yet.
    pub open_return: bool,
    /// Who asks.
    pub side: Side,
    /// The clock of whoever asks.
    pub now: Timestamp,
}

/// Whether a message without claims may pass. What ends an exchange passes on `residual` whatever the
/// state of an agreement that was signed, so that a withdrawal never waits for a resumption.
pub fn passes(errand: &Errand<'_>) -> Result<(), Refusal> {
    let rests = matches!(errand.basis, BasisKind::Agreement | BasisKind::Residual);
    if !rests || errand.content == Content::Lead || !errand.basis.carries(errand.content, false) {
        return Err(Refusal::WrongBasis);
    }
    two_parties(errand.agreement, errand.sender, errand.recipient)?;
    match errand.basis {
        BasisKind::Residual if errand.content == Content::ReturnStep && !errand.open_return => {
            Err(Refusal::WrongBasis)
        }
        BasisKind::Residual => Ok(errand.agreement.was_signed()?),
        _ => errand.side.in_force(errand.agreement, errand.now),
    }
}

/// That sender and recipient are two parties.
pub(super) fn two_parties(agreement: &Agreement, one: NodeId, other: NodeId) -> Result<(), Refusal> {
    let party = |node| agreement.roles_given(node).is_some();
    if one != other && party(one) && party(other) { Ok(()) } else { Err(Refusal::NotAParty) }
}
