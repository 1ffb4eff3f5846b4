//! Why a claim stays closed to a recipient that gets a lead: what an officer reads before sharing.
//!
//! Must not decide anything: it explains a permit that `permit` made of the same request.

use super::{Permit, Request, permit as decide};
use crate::domain::claim::Claim;
use crate::domain::profile::{Row, grant_only};

codes! {
    /// Why a claim is closed to a recipient.
    pub enum Closed {
        GrantOnly = "grant_only" "须经批准",
        EarlierRole = "earlier_role" "受此前角色所限",
        OtherPrecision = "other_precision_given" "另给其他精度",
        AlertOnly = "alert_only" "仅预警期间",
        ClosedForRole = "closed_for_role" "该角色不开放",
        Narrowed = "narrowed" "已缩小范围",
        NotInVersion = "not_in_version" "签署时尚无此项",
    }
}

/// Why `permit`, the answer to `request`, does not open the claim; none if it does. What was narrowed, or was not
/// signed, only the record knows.
pub fn why_closed(request: &Request<'_>, permit: &Permit, claim: Claim) -> Option<Closed> {
    if permit.claims().contains(&claim) {
        return None;
    }
    let Some(row) = Row::of(claim).filter(|_| !grant_only(claim)) else { return Some(Closed::GrantOnly) };
    let opens = |other: &Request<'_>| decide(other).is_ok_and(|permit| permit.claims().contains(&claim));
    let other = row.claims().iter().any(|other| permit.claims().contains(other));
    Some(if opens(&Request { already: None, ..*request }) {
        Closed::EarlierRole
    } else if other {
        Closed::OtherPrecision
    } else if opens(&Request { active_alert: true, ..*request }) {
        Closed::AlertOnly
    } else {
        Closed::ClosedForRole
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::properties::case;
    use super::*;
    use crate::domain::access::Already;
    use crate::domain::agreement::Role;

    proptest! {
        #[test]
        fn every_closed_claim_has_its_reason(
            case in case(),
            before in prop::collection::vec(prop::sample::select(Role::ALL), 0..3),
        ) {
            let already = Already { roles: before, ..Already::default() };
            let agreement = case.agreement();
            let places = case.places();
            let request = case.request(&agreement, &places, Some(&already));
            let Ok(permit) = super::super::permit(&request) else { return Ok(()) };
            for claim in Claim::ALL {
                let why = why_closed(&request, &permit, *claim);
                prop_assert_eq!(why.is_none(), permit.claims().contains(claim));
                prop_assert_eq!(why == Some(Closed::GrantOnly), grant_only(*claim));
                let alone = Request { already: None, ..request };
                let wider = super::super::permit(&alone).unwrap();
                let lost = wider.claims().contains(claim) && !permit.claims().contains(claim);
                prop_assert_eq!(why == Some(Closed::EarlierRole), lost, "{}", claim);
            }
        }
    }
}
