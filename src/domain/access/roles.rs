//! Which roles the places of a lead give its recipient.

use crate::domain::agreement::Role;
use crate::domain::lead::place::{Place, PlaceField, PlaceRole};
use crate::domain::profile::Row;
use crate::domain::region::RegionCode;

/// The roles that a lead gives the node of `territory`, among those the agreement gives it: origin
/// by the place of disappearance or the household, transit and destination by theirs, destination
/// also by the place found, upper by any place. Only places inside the territory count. In the order
/// of [`Role::ALL`], each once; empty: the lead is none of its business.
pub fn roles_of(places: &[Place], territory: RegionCode, given: &[Role]) -> Vec<Role> {
    let inside =
        |role: Role| places.iter().any(|place| gives(place.role, role) && territory.contains(place.code));
    Role::ALL.iter().copied().filter(|role| given.contains(role) && inside(*role)).collect()
}

const fn gives(place: PlaceRole, role: Role) -> bool {
    match role {
        Role::Origin => matches!(place, PlaceRole::Origin | PlaceRole::Household),
        Role::Transit => matches!(place, PlaceRole::Transit),
        Role::Destination => matches!(place, PlaceRole::Destination | PlaceRole::Found),
        Role::Upper => true,
    }
}

/// Whether the row is about a place that lies inside `territory`. A place given twice must lie
/// inside both times.
pub(super) fn in_territory(row: Row, places: &[Place], territory: RegionCode) -> bool {
    let role = match row.place() {
        Some(PlaceField::Household) => PlaceRole::Household,
        Some(PlaceField::Lost) => PlaceRole::Origin,
        Some(PlaceField::Found) => PlaceRole::Found,
        None => return false,
    };
    let mut codes = places.iter().filter(|place| place.role == role).map(|place| place.code).peekable();
    codes.peek().is_some() && codes.all(|code| territory.contains(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(role: PlaceRole, code: &str) -> Place {
        Place { role, code: code.parse().unwrap(), list_year: 2023 }
    }

    fn roles(places: &[Place], territory: &str, given: &[Role]) -> Vec<Role> {
        roles_of(places, territory.parse().unwrap(), given)
    }

    #[test]
    fn a_place_gives_its_role_inside_the_territory_only() {
        let cases = [
            (PlaceRole::Origin, Role::Origin),
            (PlaceRole::Household, Role::Origin),
            (PlaceRole::Transit, Role::Transit),
            (PlaceRole::Destination, Role::Destination),
            (PlaceRole::Found, Role::Destination),
        ];
        for (at, role) in cases {
            let places = [place(at, "140603")];
            assert_eq!(roles(&places, "140600", Role::ALL), [role, Role::Upper]);
            assert_eq!(roles(&places, "140600", &[role]), [role]);
            assert_eq!(roles(&places, "140700", Role::ALL), []);
            assert_eq!(roles(&places, "140602", Role::ALL), []);
            assert_eq!(roles(&places, "140000", &[]), []);
        }
        assert_eq!(roles(&[place(PlaceRole::Origin, "140600")], "140603", Role::ALL), []);
    }

    #[test]
    fn a_role_that_the_agreement_does_not_give_is_none() {
        let places = [place(PlaceRole::Origin, "140603"), place(PlaceRole::Found, "140603")];
        assert_eq!(roles(&places, "140600", &[Role::Transit]), []);
        let both = roles(&places, "140600", &[Role::Destination, Role::Origin]);
        assert_eq!(both, [Role::Origin, Role::Destination]);
    }

    #[test]
    fn a_doubled_place_counts_as_own_only_if_both_are() {
        let inside = place(PlaceRole::Origin, "140603");
        let outside = place(PlaceRole::Origin, "530927");
        let territory = "140600".parse().unwrap();
        assert!(in_territory(Row::LostPlace, &[inside], territory));
        assert!(!in_territory(Row::LostPlace, &[inside, outside], territory));
        assert!(!in_territory(Row::Found, &[inside], territory));
        assert!(!in_territory(Row::Sex, &[inside], territory));
    }
}
