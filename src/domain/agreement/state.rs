//! One version of an agreement as its dossier stands: whether anything may travel under it.

use std::collections::BTreeSet;
use std::sync::Arc;

use thiserror::Error;

use super::said::{Draft, VersionKey};
use super::{Role, Terms};
use crate::clock::Timestamp;
use crate::domain::date::CivilDate;
use crate::domain::digest::Digest;
use crate::domain::lead::codes::{LeadKind, Purpose};
use crate::domain::node::NodeId;

/// One version of an agreement with the signatures and status statements seen so far. It is made by
/// its [`Dossier`](super::Dossier) only, so that no decision can overlook a suspension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    pub(super) draft: Draft,
    pub(super) countersigned: BTreeSet<NodeId>,
    /// Whose signature is missing.
    pub(super) awaiting: Vec<NodeId>,
    /// Whether this version and all before it are signed by everybody due.
    pub(super) signed: bool,
    /// The first day of the earliest signed version above this one.
    pub(super) superseded_from: Option<Timestamp>,
    pub(super) standing: Arc<Standing>,
}

/// What the parties' status statements add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whose latest word is a suspension.
    pub suspended_by: BTreeSet<NodeId>,
    /// Who gave notice of termination.
    pub terminated_by: BTreeSet<NodeId>,
    /// Who acknowledged the termination.
    pub acknowledged_by: BTreeSet<NodeId>,
    /// The parties that neither gave notice nor acknowledged one.
    pub owing: BTreeSet<NodeId>,
}

/// Where a version of an agreement stands at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// 草案: checked, not signed by anybody.
    Draft,
    /// 已提出: signatures are missing.
    Proposed {
        /// Whoever is due to sign and has not, by code.
        awaiting: Vec<NodeId>,
    },
    /// 已会签: everybody due has signed; the first day is ahead.
    Countersigned {
        /// The first day in force.
        from: CivilDate,
    },
    /// 生效
    InForce {
        /// The last day in force.
        until: CivilDate,
    },
    /// 已变更: the first day of a later version has come.
    Superseded,
    /// 中止: signed, and held by at least one party.
    Suspended {
        /// Who has to resume.
        by: BTreeSet<NodeId>,
    },
    /// 终止, for good.
    Terminated {
        /// Who gave notice.
        by: BTreeSet<NodeId>,
        /// The parties that have not acknowledged it.
        awaiting: BTreeSet<NodeId>,
    },
    /// 期满, whether or not it ever came into force.
    Expired {
        /// What was the last day.
        until: CivilDate,
    },
}

impl State {
    /// The wire value.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Proposed { .. } => "proposed",
            Self::Countersigned { .. } => "countersigned",
            Self::InForce { .. } => "in_force",
            Self::Superseded => "superseded",
            Self::Suspended { .. } => "suspended",
            Self::Terminated { .. } => "terminated",
            Self::Expired { .. } => "expired",
        }
    }

    /// The Chinese term that people read.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Draft => "草案",
            Self::Proposed { .. } => "已提出",
            Self::Countersigned { .. } => "已会签",
            Self::InForce { .. } => "生效",
            Self::Superseded => "已变更",
            Self::Suspended { .. } => "中止",
            Self::Terminated { .. } => "终止",
            Self::Expired { .. } => "期满",
        }
    }
}

/// Why nothing may travel under a version now. Whoever cites it is at fault.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum NotInForce {
    /// A party gave notice.
    #[error("the agreement is terminated")]
    Terminated,
    /// Its last day is over.
    #[error("the agreement has expired")]
    Expired,
    /// A signature is missing.
    #[error("not every party has countersigned the agreement")]
    NotCountersigned,
    /// A party holds it.
    #[error("the agreement is suspended")]
    Suspended,
    /// A later version has taken its place: for the sender on its first day, for the receiver once
    /// the chain carried it.
    #[error("a later version of the agreement has taken its place")]
    Superseded,
    /// Its first day is ahead: the same message may succeed later.
    #[error("the agreement is not yet valid")]
    NotYetValid,
}

impl NotInForce {
    /// The code of the refusal on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Terminated => "agreement_terminated",
            Self::Expired => "agreement_expired",
            Self::NotCountersigned => "agreement_not_countersigned",
            Self::Suspended => "agreement_suspended",
            Self::Superseded => "agreement_superseded",
            Self::NotYetValid => "not_yet_valid",
        }
    }

    /// Whether the sender sends it again by itself.
    pub const fn retryable(self) -> bool {
        matches!(self, Self::NotYetValid)
    }
}

/// What the scope of an agreement leaves out. Whoever cites it is at fault.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum NotCovered {
    /// The purpose is not in its scope.
    #[error("the agreement does not cover the purpose")]
    Purpose,
    /// The kind of lead is not in its scope.
    #[error("the agreement does not cover the kind of lead")]
    Kind,
}

impl NotCovered {
    /// The code of the refusal on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Purpose => "purpose_not_covered",
            Self::Kind => "kind_not_covered",
        }
    }
}

impl Agreement {
    /// How far the clocks of two nodes may differ at receipt: five minutes.
    pub const RECEIPT_TOLERANCE_MS: i64 = 5 * 60 * Timestamp::SECOND;

    /// What was signed.
    pub fn terms(&self) -> &Terms {
        self.draft.terms()
    }

    /// The digest of the canonical terms.
    pub fn digest(&self) -> Digest {
        self.key().digest
    }

    /// The name of this version.
    pub fn key(&self) -> VersionKey {
        self.draft.key()
    }

    /// Who has countersigned.
    pub const fn countersigned(&self) -> &BTreeSet<NodeId> {
        &self.countersigned
    }

    /// What the parties' status statements add up to, for the agreement as a whole.
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// The roles that the agreement gives that node; `None` if it is not a party.
    pub fn roles_given(&self, node: NodeId) -> Option<&[Role]> {
        self.terms().party(node).map(|party| party.roles.as_slice())
    }

    /// Where this version stands at `now`, exactly.
    pub fn state_at(&self, now: Timestamp) -> State {
        let Terms { valid_from: from, valid_until: until, .. } = *self.terms();
        match self.may_send(now) {
            Ok(()) => State::InForce { until },
            Err(NotInForce::Terminated) => State::Terminated {
                by: self.standing.terminated_by.clone(),
                awaiting: self.standing.owing.clone(),
            },
            Err(NotInForce::Expired) => State::Expired { until },
            Err(NotInForce::NotCountersigned) => State::Proposed { awaiting: self.awaiting.clone() },
            Err(NotInForce::Suspended) => State::Suspended { by: self.standing.suspended_by.clone() },
            Err(NotInForce::Superseded) => State::Superseded,
            Err(NotInForce::NotYetValid) => State::Countersigned { from },
        }
    }

    /// Whether this node may send under this version now: it is the one in force in its own view, by
    /// its own clock exactly.
    pub fn may_send(&self, now: Timestamp) -> Result<(), NotInForce> {
        self.open(now, 0, self.superseded_from.is_some_and(|from| from <= now))
    }

    /// Whether this node may take what was sent under this version: by its own clock with
    /// [`Self::RECEIPT_TOLERANCE_MS`] at both dates. `carried` is the highest version under which the
    /// chain of the message brought anything before: an amendment takes effect on each chain at its
    /// own message, so an older version passes until then. A suspension or termination that this node
    /// knows of forbids at once.
    pub fn may_receive(&self, carried: Option<VersionKey>, now: Timestamp) -> Result<(), NotInForce> {
        self.open(now, Self::RECEIPT_TOLERANCE_MS, carried.is_some_and(|carried| carried > self.key()))
    }

    /// Whether everybody due has signed this version, whatever became of it since: what ends an exchange
    /// (withdrawals, purge receipts) may pass.
    pub const fn was_signed(&self) -> Result<(), NotInForce> {
        if self.signed { Ok(()) } else { Err(NotInForce::NotCountersigned) }
    }

    fn open(&self, now: Timestamp, tolerance_ms: i64, superseded: bool) -> Result<(), NotInForce> {
        let terms = self.terms();
        let closed = [
            (!self.standing.terminated_by.is_empty(), NotInForce::Terminated),
            (now >= terms.end().plus(tolerance_ms), NotInForce::Expired),
            (!self.signed, NotInForce::NotCountersigned),
            (!self.standing.suspended_by.is_empty(), NotInForce::Suspended),
            (superseded, NotInForce::Superseded),
            (now < terms.valid_from.start().plus(-tolerance_ms), NotInForce::NotYetValid),
        ];
        closed.iter().find(|(holds, _)| *holds).map_or(Ok(()), |(_, reason)| Err(*reason))
    }

    /// Whether the scope holds that purpose and that kind of lead.
    pub fn covers(&self, purpose: Purpose, kind: LeadKind) -> Result<(), NotCovered> {
        if !self.terms().purposes.contains(&purpose) {
            return Err(NotCovered::Purpose);
        }
        if !self.terms().kinds.contains(&kind) {
            return Err(NotCovered::Kind);
        }
        Ok(())
    }
}
