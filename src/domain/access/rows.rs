//! How far each row opens: the narrower precision of several roles, cell by cell.

use std::collections::BTreeSet;

use super::Already;
use crate::domain::agreement::Role;
use crate::domain::claim::Claim;
use crate::domain::profile::{Cell, Condition, Profile, Row, grant_only};

/// The claims that a profile opens to somebody with all of these roles: of each row the narrower
/// cell, one claim per ladder. Without the rule of the own territory.
pub fn row_claims(profile: &Profile, roles: &[Role], active_alert: bool) -> BTreeSet<Claim> {
    let opened = |row: &Row| -> &'static [Claim] {
        level(profile, *row, roles, active_alert).map_or(&[], |level| row.opened_at(level))
    };
    Row::ALL.iter().flat_map(opened).copied().collect()
}

/// How far a row opens to somebody with all of these roles; `None`: closed. Closed beats open, a
/// coarser step beats a finer one, a condition that does not hold beats one that does.
pub(super) fn level(profile: &Profile, row: Row, roles: &[Role], active_alert: bool) -> Option<usize> {
    roles.iter().map(|role| cell_level(profile.cell(row, *role), row, active_alert)).min().flatten()
}

/// Identities and what only a grant opens stay closed here whatever the profile says.
fn cell_level(cell: Cell, row: Row, active_alert: bool) -> Option<usize> {
    match cell {
        Cell::Closed => None,
        Cell::Open { claim, .. } if grant_only(claim) => None,
        Cell::Open { condition: Condition::ActiveAlert, .. } if !active_alert => None,
        Cell::Open { claim, .. } => row.level(claim),
    }
}

/// How far a row may be open to a receiver that holds something already: as far as its roles now and
/// its roles before allow both, or as far as it was opened before. What was opened before does not count
/// for places: the county of a corrected place is news.
pub(super) fn level_beside(
    profile: &Profile,
    row: Row,
    roles: &[Role],
    already: Option<&Already>,
    active_alert: bool,
) -> Option<usize> {
    let today = level(profile, row, roles, active_alert);
    let Some(already) = already.filter(|already| !already.roles.is_empty()) else {
        return today;
    };
    let before = level(profile, row, &already.roles, active_alert);
    let held = match row.place() {
        Some(_) => None,
        None => already.claims.iter().filter_map(|claim| row.level(*claim)).max(),
    };
    today.min(before.max(held))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn birth(roles: &[Role]) -> Option<usize> {
        level(&Profile::default_matrix(), Row::Birth, roles, false)
    }

    #[test]
    fn several_roles_get_the_narrower_cell() {
        assert_eq!(birth(&[Role::Origin]), Row::Birth.level(Claim::BirthMonth));
        assert_eq!(birth(&[Role::Origin, Role::Destination]), Row::Birth.level(Claim::BirthYear));
        assert_eq!(birth(Role::ALL), Row::Birth.level(Claim::BirthBand));
        assert_eq!(birth(&[]), None);
        let profile = Profile::default_matrix();
        assert_eq!(level(&profile, Row::DnaStatus, &[Role::Origin, Role::Transit], true), None);
    }

    #[test]
    fn an_alert_is_the_narrower_condition() {
        let profile = Profile::default_matrix();
        let both = [Role::Origin, Role::Transit];
        assert_eq!(level(&profile, Row::Accent, &both, false), None);
        assert_eq!(level(&profile, Row::Accent, &both, true), Some(0));
        assert_eq!(level(&profile, Row::Accent, &[Role::Origin], false), Some(0));
    }

    #[test]
    fn a_profile_that_nobody_checked_still_opens_no_identity() {
        let open = |claim| Cell::Open { claim, condition: Condition::Always };
        let profile = Profile::default_matrix()
            .with(Row::Names, Role::Origin, open(Claim::Names))
            .with(Row::Birth, Role::Origin, open(Claim::BirthDate))
            .with(Row::Sex, Role::Origin, open(Claim::IdNumber));
        let claims = row_claims(&profile, &[Role::Origin], true);
        assert!(!claims.contains(&Claim::Sex) && !claims.iter().any(|claim| grant_only(*claim)));
    }

    #[test]
    fn what_is_held_may_be_repeated_but_not_exceeded() {
        let profile = Profile::default_matrix();
        let already = |role, claim| Already { roles: vec![role], claims: BTreeSet::from([claim]) };
        let now = |row, role, already: &Already| level_beside(&profile, row, &[role], Some(already), false);
        let flag = already(Role::Origin, Claim::ExploitationFlag);
        assert_eq!(now(Row::Exploitation, Role::Destination, &flag), Some(0));
        let exact = already(Role::Origin, Claim::Exploitation);
        assert_eq!(now(Row::Exploitation, Role::Destination, &exact), Some(1));
        assert_eq!(now(Row::Exploitation, Role::Transit, &exact), None);
        let county = already(Role::Destination, Claim::LostCounty);
        assert_eq!(now(Row::LostPlace, Role::Origin, &county), Some(1));
    }
}
