//! The rules that terms keep before anybody signs them.

use std::collections::BTreeSet;

use thiserror::Error;

use super::{Party, Terms};
use crate::domain::dna;
use crate::domain::profile::{CellFault, Profile};

/// Most parties of an agreement: with names as long as they may be, so many always fit into one statement.
pub const MAX_PARTIES: usize = 200;
const MAX_NAME: usize = 100;
const MAX_PROFILE_ID: usize = 64;
const MAX_RETENTION_DAYS: u32 = 3_650;

codes! {
    /// A rule that terms break. The label is the hint for their author.
    pub enum TermsFault {
        IdNotV4 = "id_not_v4" "协议编号须为随机UUID（第4版）",
        VersionZero = "version_zero" "版本号从1开始",
        PartyCount = "party_count" "签署方须为2至200个",
        PartyRepeated = "party_repeated" "同一节点只能列为一个签署方",
        RolesMissing = "roles_missing" "每个签署方至少承担一个角色",
        RoleRepeated = "role_repeated" "同一角色只列一次",
        NameLength = "name_length" "名称须为1至100个字符（范围名称为1至64个），不含控制字符",
        Genotype = "genotype" "名称不得含基因分型数据",
        PurposesMissing = "purposes_missing" "至少列明一个合作目的",
        PurposeRepeated = "purpose_repeated" "同一目的只列一次",
        KindsMissing = "kinds_missing" "至少列明一类线索",
        KindRepeated = "kind_repeated" "同一类线索只列一次",
        EndBeforeStart = "end_before_start" "截止日期不得早于起始日期",
        RetentionRange = "retention_range" "留存期限须为1至3650天",
        ProposerNotAParty = "proposer_not_a_party" "提出方须为签署方之一",
        PreviousMissing = "previous_missing" "变更版本须注明所变更的上一版本",
        PreviousUnexpected = "previous_unexpected" "第1版没有上一版本",
    }
}

/// What is wrong with terms, and where. Their author is at fault.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("the terms break the rule `{code}` at {pointer}")]
pub struct TermsError {
    /// The rule.
    pub code: &'static str,
    /// Where: a JSON pointer (RFC 6901) into the terms.
    pub pointer: String,
    /// What to do about it, in Chinese.
    pub hint: &'static str,
    /// The code point of the text at which it stands, if it stands in one place of it.
    pub offset: Option<usize>,
}

impl TermsError {
    fn new(fault: TermsFault, pointer: impl Into<String>) -> Self {
        Self { code: fault.code(), pointer: pointer.into(), hint: fault.label(), offset: None }
    }

    fn of_cell(fault: CellFault, index: usize) -> Self {
        let (code, pointer) = (fault.code(), format!("/profile/cells/{index}"));
        Self { code, pointer, hint: fault.label(), offset: None }
    }
}

impl Terms {
    /// Everything that is wrong with the terms; empty if they may be signed.
    pub fn check(&self) -> Vec<TermsError> {
        let mut errors = Vec::new();
        self.check_frame(&mut errors);
        self.check_parties(&mut errors);
        check_list(&self.purposes, "/purposes", &PURPOSES, &mut errors);
        check_list(&self.kinds, "/kinds", &KINDS, &mut errors);
        check_profile(&self.profile, &mut errors);
        errors
    }

    fn check_frame(&self, errors: &mut Vec<TermsError>) {
        let mut unless = |holds: bool, fault, pointer: &str| {
            if !holds {
                errors.push(TermsError::new(fault, pointer));
            }
        };
        unless(self.id.get_version_num() == 4, TermsFault::IdNotV4, "/id");
        unless(self.version >= 1, TermsFault::VersionZero, "/version");
        unless(self.valid_from <= self.valid_until, TermsFault::EndBeforeStart, "/valid_until");
        let retention = (1..=MAX_RETENTION_DAYS).contains(&self.retention_days);
        unless(retention, TermsFault::RetentionRange, "/retention_days");
        unless(self.party(self.proposer).is_some(), TermsFault::ProposerNotAParty, "/proposer");
        unless(self.version <= 1 || self.previous.is_some(), TermsFault::PreviousMissing, "/previous");
        unless(self.version > 1 || self.previous.is_none(), TermsFault::PreviousUnexpected, "/previous");
    }

    fn check_parties(&self, errors: &mut Vec<TermsError>) {
        if !(2..=MAX_PARTIES).contains(&self.parties.len()) {
            errors.push(TermsError::new(TermsFault::PartyCount, "/parties"));
        }
        let mut seen = BTreeSet::new();
        for (index, party) in self.parties.iter().enumerate() {
            if !seen.insert(party.node) {
                errors.push(TermsError::new(TermsFault::PartyRepeated, format!("/parties/{index}/node")));
            }
            check_party(party, index, errors);
        }
    }
}

/// The faults of a list that wants at least one entry, and each once.
struct ListRule {
    missing: TermsFault,
    repeated: TermsFault,
}

const PURPOSES: ListRule =
    ListRule { missing: TermsFault::PurposesMissing, repeated: TermsFault::PurposeRepeated };
const KINDS: ListRule = ListRule { missing: TermsFault::KindsMissing, repeated: TermsFault::KindRepeated };
const ROLES: ListRule = ListRule { missing: TermsFault::RolesMissing, repeated: TermsFault::RoleRepeated };

fn check_list<T: Ord>(list: &[T], pointer: &str, rule: &ListRule, errors: &mut Vec<TermsError>) {
    if list.is_empty() {
        errors.push(TermsError::new(rule.missing, pointer));
    }
    let mut seen = BTreeSet::new();
    for (index, entry) in list.iter().enumerate() {
        if !seen.insert(entry) {
            errors.push(TermsError::new(rule.repeated, format!("{pointer}/{index}")));
        }
    }
}

fn check_party(party: &Party, index: usize, errors: &mut Vec<TermsError>) {
    check_list(&party.roles, &format!("/parties/{index}/roles"), &ROLES, errors);
    for (name, field) in [(&party.government, "government"), (&party.office, "office")] {
        check_name(name, MAX_NAME, &format!("/parties/{index}/{field}"), errors);
    }
}

fn check_profile(profile: &Profile, errors: &mut Vec<TermsError>) {
    check_name(profile.id(), MAX_PROFILE_ID, "/profile/id", errors);
    if profile.version() == 0 {
        errors.push(TermsError::new(TermsFault::VersionZero, "/profile/version"));
    }
    errors.extend(profile.check().iter().map(|error| TermsError::of_cell(error.fault, error.index)));
}

fn check_name(name: &str, most: usize, pointer: &str, errors: &mut Vec<TermsError>) {
    let empty = name.trim().is_empty();
    if empty || name.chars().count() > most || name.chars().any(char::is_control) {
        errors.push(TermsError::new(TermsFault::NameLength, pointer));
    }
    if dna::genotype_in_text(name) {
        errors.push(TermsError::new(TermsFault::Genotype, pointer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::agreement::Role;
    use crate::domain::agreement::terms::tests::terms;
    use crate::domain::claim::Claim;
    use crate::domain::date::CivilDate;
    use crate::domain::profile::{Cell, Condition, Row};

    fn good() -> Terms {
        terms(&[("140600", &[Role::Origin]), ("500000", &[Role::Destination])], Profile::default_matrix())
    }

    /// What the check finds after `spoil`.
    fn found(spoil: impl FnOnce(&mut Terms)) -> Vec<(&'static str, String)> {
        let mut terms = good();
        spoil(&mut terms);
        terms.check().into_iter().map(|error| (error.code, error.pointer)).collect()
    }

    fn one(code: &'static str, pointer: &str) -> Vec<(&'static str, String)> {
        vec![(code, pointer.to_owned())]
    }

    #[test]
    fn good_terms_pass_with_two_to_200_parties() {
        assert_eq!(found(|_| ()), []);
        let grow = |count: u32| {
            move |terms: &mut Terms| {
                for number in 0..count {
                    let node = format!("330{number:03}").parse().unwrap();
                    terms.parties.push(Party { node, ..terms.parties[0].clone() });
                }
            }
        };
        assert_eq!(found(grow(198)), []);
        assert_eq!(found(grow(199)), one("party_count", "/parties"));
        assert_eq!(found(|terms| drop(terms.parties.pop())), one("party_count", "/parties"));
    }

    #[test]
    fn parties_are_distinct_named_and_have_roles() {
        assert_eq!(
            found(|terms| terms.parties[1].node = terms.parties[0].node),
            one("party_repeated", "/parties/1/node")
        );
        assert_eq!(found(|terms| terms.parties[1].roles.clear()), one("roles_missing", "/parties/1/roles"));
        assert_eq!(
            found(|terms| terms.parties[0].roles.push(Role::Origin)),
            one("role_repeated", "/parties/0/roles/1")
        );
        for bad in [String::new(), "  ".to_owned(), "市".repeat(101), "a\nb".to_owned()] {
            assert_eq!(found(|terms| terms.parties[1].office = bad), one("name_length", "/parties/1/office"));
        }
        assert_eq!(
            found(|terms| terms.proposer = "330000".parse().unwrap()),
            one("proposer_not_a_party", "/proposer")
        );
    }

    #[test]
    fn scope_is_neither_empty_nor_repeated() {
        assert_eq!(found(|terms| terms.purposes.clear()), one("purposes_missing", "/purposes"));
        assert_eq!(found(|terms| terms.kinds.clear()), one("kinds_missing", "/kinds"));
        assert_eq!(
            found(|terms| terms.purposes.push(terms.purposes[0])),
            one("purpose_repeated", "/purposes/6")
        );
        assert_eq!(found(|terms| terms.kinds.push(terms.kinds[0])), one("kind_repeated", "/kinds/10"));
    }

    #[test]
    fn the_frame_is_bounded() {
        assert_eq!(found(|terms| terms.version = 0), one("version_zero", "/version"));
        assert_eq!(found(|terms| terms.id = uuid::Uuid::nil()), one("id_not_v4", "/id"));
        assert_eq!(
            found(|terms| terms.valid_until = CivilDate::new(2025, 12, 31).unwrap()),
            one("end_before_start", "/valid_until")
        );
        assert_eq!(found(|terms| terms.valid_until = terms.valid_from), []);
        assert_eq!(found(|terms| terms.version = 2), one("previous_missing", "/previous"));
        let previous = Some(crate::domain::digest::Digest::of(b""));
        assert_eq!(found(|terms| terms.previous = previous), one("previous_unexpected", "/previous"));
        for bad in [0, 3_651] {
            assert_eq!(found(|terms| terms.retention_days = bad), one("retention_range", "/retention_days"));
        }
    }

    #[test]
    fn a_forbidden_cell_is_named_by_its_place_in_the_text() {
        let cell = Cell::Open { claim: Claim::Names, condition: Condition::Always };
        let spoiled = |terms: &mut Terms| {
            terms.profile = terms.profile.clone().with(Row::Names, Role::Origin, cell);
        };
        assert_eq!(found(spoiled), one("identity_opened", "/profile/cells/0"));
        let unnamed = |terms: &mut Terms| terms.profile = terms.profile.clone().named("", 0);
        assert_eq!(found(unnamed).len(), 2);
    }
}
