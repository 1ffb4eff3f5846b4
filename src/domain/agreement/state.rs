//! From proposal to end: the state of an agreement follows from its signatures and its dates.

use std::collections::BTreeSet;

use thiserror::Error;

use super::{Role, Terms, TermsError};
use crate::clock::Timestamp;
use crate::domain::date::CivilDate;
use crate::domain::digest::Digest;
use crate::domain::lead::codes::{LeadKind, Purpose};
use crate::domain::node::NodeId;

/// One version of an agreement with the signatures seen so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    terms: Terms,
    digest: Digest,
    countersigned: BTreeSet<NodeId>,
}

/// Where an agreement stands at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// 已提出: signatures are missing.
    Proposed {
        /// The parties that have not countersigned, in their order.
        awaiting: Vec<NodeId>,
    },
    /// 已会签: every party has signed; the first day is ahead.
    Countersigned {
        /// The first day in force.
        from: CivilDate,
    },
    /// 生效
    InForce {
        /// The last day in force.
        until: CivilDate,
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
            Self::Proposed { .. } => "proposed",
            Self::Countersigned { .. } => "countersigned",
            Self::InForce { .. } => "in_force",
            Self::Expired { .. } => "expired",
        }
    }
}

/// Why nothing may travel under an agreement now. Whoever cites it is at fault.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum NotInForce {
    /// A party's signature is missing.
    #[error("not every party has countersigned the agreement")]
    NotCountersigned,
    /// Its first day is ahead: the same message may succeed later.
    #[error("the agreement is not yet valid")]
    NotYetValid,
    /// Its last day is over.
    #[error("the agreement has expired")]
    Expired,
}

impl NotInForce {
    /// The code of the refusal on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotCountersigned => "agreement_not_countersigned",
            Self::NotYetValid => "not_yet_valid",
            Self::Expired => "agreement_expired",
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

/// Why a countersignature does not count. Its signer is at fault.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum CountersignRefused {
    /// The signer is not a party.
    #[error("the signer is not a party to the agreement")]
    NotAParty,
    /// The signer's signature is there already.
    #[error("the party has countersigned already")]
    Twice,
}

impl CountersignRefused {
    /// The code of the refusal on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotAParty => "not_a_party",
            Self::Twice => "already_countersigned",
        }
    }
}

impl Agreement {
    /// Terms that pass their check, proposed; nobody has countersigned, the proposer neither.
    /// `digest` is that of the canonical terms (RFC 8785), which the caller computes.
    pub fn proposed(terms: Terms, digest: Digest) -> Result<Self, Vec<TermsError>> {
        let errors = terms.check();
        if errors.is_empty() {
            Ok(Self { terms, digest, countersigned: BTreeSet::new() })
        } else {
            Err(errors)
        }
    }

    /// The agreement with one more countersignature (会签), which the caller has verified.
    pub fn countersign(mut self, node: NodeId) -> Result<Self, CountersignRefused> {
        if self.terms.party(node).is_none() {
            return Err(CountersignRefused::NotAParty);
        }
        if !self.countersigned.insert(node) {
            return Err(CountersignRefused::Twice);
        }
        Ok(self)
    }

    /// What was signed.
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The digest of the canonical terms: it names this version.
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// Who has countersigned.
    pub const fn countersigned(&self) -> &BTreeSet<NodeId> {
        &self.countersigned
    }

    /// The roles that the agreement gives that node; `None` if it is not a party.
    pub fn roles_given(&self, node: NodeId) -> Option<&[Role]> {
        self.terms.party(node).map(|party| party.roles.as_slice())
    }

    /// Where the agreement stands at `now`, exactly.
    pub fn state_at(&self, now: Timestamp) -> State {
        let Terms { valid_from: from, valid_until: until, .. } = self.terms;
        match self.in_force(now, 0) {
            Ok(()) => State::InForce { until },
            Err(NotInForce::Expired) => State::Expired { until },
            Err(NotInForce::NotYetValid) => State::Countersigned { from },
            Err(NotInForce::NotCountersigned) => State::Proposed { awaiting: self.awaiting() },
        }
    }

    /// Whether messages may travel at `now`. `tolerance_ms` widens the dates at both ends: 0 for the
    /// sender at dispatch, [`Self::RECEIPT_TOLERANCE_MS`] for the receiver on its own clock.
    pub fn in_force(&self, now: Timestamp, tolerance_ms: i64) -> Result<(), NotInForce> {
        let tolerance = tolerance_ms.max(0);
        let end = self.terms.valid_until.start().plus(Timestamp::DAY);
        if now >= end.plus(tolerance) {
            return Err(NotInForce::Expired);
        }
        if self.countersigned.len() < self.terms.parties.len() {
            return Err(NotInForce::NotCountersigned);
        }
        if now < self.terms.valid_from.start().plus(-tolerance) {
            return Err(NotInForce::NotYetValid);
        }
        Ok(())
    }

    /// How far the clocks of two nodes may differ at receipt: five minutes.
    pub const RECEIPT_TOLERANCE_MS: i64 = 5 * 60 * Timestamp::SECOND;

    /// Whether the scope holds that purpose and that kind of lead.
    pub fn covers(&self, purpose: Purpose, kind: LeadKind) -> Result<(), NotCovered> {
        if !self.terms.purposes.contains(&purpose) {
            return Err(NotCovered::Purpose);
        }
        if !self.terms.kinds.contains(&kind) {
            return Err(NotCovered::Kind);
        }
        Ok(())
    }

    fn awaiting(&self) -> Vec<NodeId> {
        let nodes = self.terms.parties.iter().map(|party| party.node);
        nodes.filter(|node| !self.countersigned.contains(node)).collect()
    }
}

#[cfg(test)]
pub(in crate::domain) mod tests {
    use super::*;
    use crate::domain::agreement::terms::tests::terms;
    use crate::domain::profile::Profile;

    const FIRST: Timestamp = Timestamp(1_767_196_800_000); // 2026-01-01 in China
    const END: Timestamp = Timestamp(1_798_732_800_000); // 2027-01-01 in China
    const TOLERANCE: i64 = Agreement::RECEIPT_TOLERANCE_MS;

    /// Those terms, countersigned by all.
    pub(in crate::domain) fn signed(terms: Terms) -> Agreement {
        let nodes: Vec<_> = terms.parties.iter().map(|party| party.node).collect();
        let agreement = Agreement::proposed(terms, Digest::of(b"terms")).unwrap();
        nodes.into_iter().try_fold(agreement, Agreement::countersign).unwrap()
    }

    fn sample() -> Terms {
        terms(&[("140600", &[Role::Origin]), ("500000", &[Role::Destination])], Profile::default_matrix())
    }

    #[test]
    fn every_party_signs_once_and_nobody_else() {
        let (a, b, other) = ("140600".parse().unwrap(), "500000".parse().unwrap(), "330000".parse().unwrap());
        let agreement = Agreement::proposed(sample(), Digest::of(b"terms")).unwrap();
        assert_eq!(agreement.clone().countersign(other), Err(CountersignRefused::NotAParty));
        let half = agreement.countersign(b).unwrap();
        assert_eq!(half.clone().countersign(b), Err(CountersignRefused::Twice));
        assert_eq!(half.state_at(FIRST), State::Proposed { awaiting: vec![a] });
        assert_eq!(half.in_force(FIRST, TOLERANCE), Err(NotInForce::NotCountersigned));
        assert_eq!(half.state_at(END).code(), "expired");
        assert_eq!(half.countersign(a).unwrap().state_at(FIRST).code(), "in_force");
    }

    #[test]
    fn bad_terms_make_no_agreement() {
        let mut terms = sample();
        terms.retention_days = 0;
        assert_eq!(Agreement::proposed(terms, Digest::of(b"")).unwrap_err().len(), 1);
    }

    #[test]
    fn days_are_inclusive_and_in_china() {
        let agreement = signed(sample());
        assert_eq!(agreement.state_at(FIRST.plus(-1)).code(), "countersigned");
        assert_eq!(agreement.state_at(FIRST).code(), "in_force");
        assert_eq!(agreement.state_at(END.plus(-1)).code(), "in_force");
        assert_eq!(agreement.state_at(END).code(), "expired");
    }

    #[test]
    fn the_receiver_allows_five_minutes_on_either_side() {
        let agreement = signed(sample());
        let check = |now: Timestamp| agreement.in_force(now, TOLERANCE);
        assert_eq!(check(FIRST.plus(-TOLERANCE - 1)), Err(NotInForce::NotYetValid));
        assert_eq!(check(FIRST.plus(-TOLERANCE)), Ok(()));
        assert_eq!(check(END.plus(TOLERANCE - 1)), Ok(()));
        assert_eq!(check(END.plus(TOLERANCE)), Err(NotInForce::Expired));
        assert_eq!(agreement.in_force(FIRST.plus(-1), -5), Err(NotInForce::NotYetValid));
        assert!(NotInForce::NotYetValid.retryable() && !NotInForce::Expired.retryable());
    }

    #[test]
    fn the_last_day_of_the_calendar_counts() {
        let mut terms = sample();
        terms.valid_until = CivilDate::new(2199, 12, 31).unwrap();
        let noon = terms.valid_until.start().plus(Timestamp::DAY / 2);
        assert_eq!(signed(terms).in_force(noon, 0), Ok(()));
    }

    #[test]
    fn the_scope_names_what_it_leaves_out() {
        let mut terms = sample();
        (terms.purposes, terms.kinds) = (vec![Purpose::Rescue], vec![LeadKind::KinSearch]);
        let agreement = signed(terms);
        assert_eq!(agreement.covers(Purpose::Rescue, LeadKind::KinSearch), Ok(()));
        assert_eq!(agreement.covers(Purpose::Relief, LeadKind::KinSearch), Err(NotCovered::Purpose));
        assert_eq!(agreement.covers(Purpose::Rescue, LeadKind::PublicTip), Err(NotCovered::Kind));
    }
}
