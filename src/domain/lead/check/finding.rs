//! Findings: where, which rule, and a hint for whoever entered it.

use super::super::identity::is_phone;
use crate::domain::date::CivilDate;

/// One field that breaks one rule. Carries no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field, as a JSON pointer (RFC 6901) into the lead.
    pub path: String,
    /// The rule.
    pub code: &'static str,
    /// What to do about it, in English.
    pub hint: &'static str,
    /// The code point of the text at which it stands, if it stands in one place of it.
    pub offset: Option<usize>,
}

#[derive(Clone, Copy)]
pub(super) struct Rule(&'static str, &'static str);

impl Rule {
    pub(super) const PLACE_MISSING: Self = Self("place_missing", "name at least one place of the case");
    pub(super) const PLACE_ROLE_TWICE: Self =
        Self("place_role_twice", "at most one place each of origin, found and household");
    pub(super) const REGION_UNKNOWN: Self = Self("region_unknown", "no list of GB/T 2260 has this code");
    pub(super) const REGION_NOT_IN_LIST: Self =
        Self("region_not_in_list", "the list of that year does not have this code; choose another year");
    pub(super) const NO_SUCH_LIST: Self = Self("region_no_such_list", "there is no list of that year");
    pub(super) const INTERVAL: Self = Self("interval_reversed", "`from` must not be after `to`");
    pub(super) const FUTURE: Self = Self("in_future", "a date that has not come yet");
    pub(super) const PAST: Self = Self("in_past", "must be a later date");
    pub(super) const PRECISION_MISMATCH: Self =
        Self("precision_mismatch", "an interval known to the month or year covers whole months or years");
    pub(super) const OUT_OF_RANGE: Self = Self("out_of_range", "outside of the range of the field");
    pub(super) const HOUR_WITHOUT_DAY: Self = Self("hour_without_day", "an hour needs the precision `day`");
    pub(super) const MINOR_NOT_FLAGGED: Self =
        Self("minor_not_flagged", "birth and event say under 14: set `minor`");
    pub(super) const KIND_NOT_CHILD: Self = Self("kind_not_child", "birth and event say an adult");
    pub(super) const KIND_NOT_ADULT: Self = Self("kind_not_adult", "birth and event say under 18");
    pub(super) const PLATE: Self = Self("plate", "not a vehicle plate");
    pub(super) const ALIAS_IS_NUMBER: Self =
        Self("alias_is_number", "the alias must tell nothing: not the case number");
    pub(super) const TOO_LONG: Self = Self("too_long", "longer than the field takes");
    pub(super) const EMPTY: Self = Self("empty", "leave the field out rather than empty");
    pub(super) const CONTROL: Self = Self("control_character", "contains a control character");
    pub(super) const TOO_MANY: Self = Self("too_many", "more entries than the field takes");
    pub(super) const REPEATED: Self = Self("repeated", "the same entry twice");
    pub(super) const PHONE: Self = Self("phone", "not a telephone number");
    pub(super) const ID_NUMBER: Self =
        Self("id_number", "18 characters with a date of birth and a right check character (GB 11643)");
    pub(super) const BIRTH_AND_ID: Self =
        Self("birth_differs_from_id_number", "the identity number carries another date of birth");
    pub(super) const BIRTH_AFTER_EVENT: Self = Self("birth_after_event", "born after the event");
    pub(super) const ETHNICITY: Self = Self("ethnicity", "01–56, 57, 58, 97 or 98 (GB/T 3304)");
    pub(super) const NATIONALITY: Self = Self("nationality", "three capital letters (ISO 3166-1 alpha-3)");
    pub(super) const LANGUAGE: Self = Self("language", "three small letters (ISO 639-3)");
    pub(super) const DNA_POLICE_ONLY: Self = Self("dna_police_only", "written by a police unit only");
    pub(super) const DNA_STATUS_MISSING: Self =
        Self("dna_status_missing", "a reference needs a DNA status other than `none`");
    pub(super) const GENOTYPE: Self = Self("genotype", "genotypes are refused: remove them");
}

#[derive(Default)]
pub(super) struct Findings(Vec<FieldError>);

impl Findings {
    pub(super) fn into_errors(self) -> Vec<FieldError> {
        self.0
    }

    pub(super) fn add(&mut self, path: impl Into<String>, rule: Rule) {
        self.0.push(FieldError { path: path.into(), code: rule.0, hint: rule.1, offset: None });
    }

    pub(super) fn at_most<T>(&mut self, list: &[T], most: usize, path: &str) {
        if list.len() > most {
            self.add(path, Rule::TOO_MANY);
        }
    }

    /// Distinctness also bounds the length of a list of codes. Stops at the first repetition.
    pub(super) fn distinct<T: Ord>(&mut self, list: &[T], path: &str) {
        let mut seen = std::collections::BTreeSet::new();
        if !list.iter().all(|entry| seen.insert(entry)) {
            self.add(path, Rule::REPEATED);
        }
    }

    /// A text is 1 to `most` characters; line breaks and tabs are the only control characters.
    pub(super) fn text(&mut self, text: Option<&str>, most: usize, path: &str) {
        let Some(text) = text else { return };
        if text.trim().is_empty() {
            self.add(path, Rule::EMPTY);
        }
        if text.chars().take(most + 1).count() > most {
            self.add(path, Rule::TOO_LONG);
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.add(path, Rule::CONTROL);
        }
    }

    pub(super) fn phone(&mut self, phone: Option<&str>, path: String) {
        if phone.is_some_and(|phone| !is_phone(phone)) {
            self.add(path, Rule::PHONE);
        }
    }

    pub(super) fn interval(&mut self, from: CivilDate, to: CivilDate, today: CivilDate, path: &str) {
        if from > to {
            self.add(format!("{path}/from"), Rule::INTERVAL);
        }
        // An interval may be open towards the present (“this year”): only its start is in the past.
        if from > today {
            self.add(format!("{path}/from"), Rule::FUTURE);
        }
    }
}
