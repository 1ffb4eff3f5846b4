//! Each cell that breaks a rule is named.

use super::*;

fn faults(row: Row, role: Role, claim: Claim) -> Vec<CellFault> {
    let cell = Cell::Open { claim, condition: Condition::Always };
    Profile::default_matrix().with(row, role, cell).check().iter().map(|error| error.fault).collect()
}

#[test]
fn the_default_keeps_its_own_rules() {
    assert_eq!(Profile::default_matrix().check(), []);
}

#[test]
fn a_cell_rises_only_where_marked() {
    assert_eq!(faults(Row::Birth, Role::Destination, Claim::BirthMonth), []);
    assert_eq!(faults(Row::Found, Role::Origin, Claim::FoundCounty), []);
    assert_eq!(faults(Row::Birth, Role::Transit, Claim::BirthYear), [CellFault::Raised]);
    assert_eq!(faults(Row::DnaStatus, Role::Transit, Claim::DnaStatus), [CellFault::Raised]);
    assert_eq!(faults(Row::Envelope, Role::Upper, Claim::Priority), [CellFault::Raised]);
}

#[test]
fn no_profile_opens_an_identity_or_what_needs_a_grant() {
    for role in Role::ALL {
        assert_eq!(faults(Row::Names, *role, Claim::Names), [CellFault::IdentityOpened]);
        assert_eq!(faults(Row::Birth, *role, Claim::BirthDate), [CellFault::GrantOnly]);
        assert_eq!(faults(Row::Shelter, *role, Claim::ShelterAddress), [CellFault::GrantOnly]);
        assert_eq!(faults(Row::Sex, *role, Claim::IdNumber), [CellFault::ForeignClaim]);
        assert_eq!(faults(Row::Sex, *role, Claim::HukouHold), [CellFault::ForeignClaim]);
        assert_eq!(faults(Row::Envelope, *role, Claim::Minor), [CellFault::ForeignClaim]);
    }
}

#[test]
fn a_fault_is_said_in_words() {
    let cell = Cell::Open { claim: Claim::BirthYear, condition: Condition::Always };
    let errors = Profile::default_matrix().with(Row::Birth, Role::Transit, cell).check();
    assert_eq!(errors[0].to_string(), "中转地·出生：该单元格不得高于默认精度");
}

#[test]
fn an_alert_condition_stays() {
    assert_eq!(faults(Row::Plate, Role::Origin, Claim::Plate), [CellFault::AlertRemoved]);
    assert_eq!(faults(Row::Accent, Role::Transit, Claim::Accent), [CellFault::AlertRemoved]);
}

#[test]
fn every_lowering_may_be_signed() {
    for row in Row::ALL {
        for role in Role::ALL {
            let mut profile = Profile::default_matrix();
            for _ in 0..5 {
                profile = profile.lowered(*row, *role);
                assert_eq!(profile.check(), [], "{row} {role}");
            }
        }
    }
}
