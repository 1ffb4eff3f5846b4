//! The rows of the disclosure matrix and the ladder of each: its claims from coarse to fine.
//!
//! Invariant: every claim but `hukou_hold` belongs to exactly one row. A coarser claim of a ladder
//! is meant to say nothing that a finer one does not.

use crate::domain::claim::Claim;
use crate::domain::lead::place::PlaceField;

codes! {
    /// A row of the disclosure matrix.
    pub enum Row {
        Names = "names" "姓名",
        IdNumber = "id_number" "身份号码",
        Parents = "parents" "父母",
        Phones = "phones" "电话",
        Sex = "sex" "性别",
        Birth = "birth" "出生",
        Ethnicity = "ethnicity" "民族",
        Nationality = "nationality" "国籍",
        Household = "household" "户籍地",
        LostPlace = "lost_place" "失踪地",
        LostTime = "lost_time" "失踪时间",
        Found = "found" "发现地",
        Shelter = "shelter" "安置地",
        Height = "height" "身高",
        Accent = "accent" "口音",
        Marks = "marks" "体貌特征",
        Clothing = "clothing" "衣着",
        Plate = "plate" "车牌",
        LostHour = "lost_hour" "失踪时段",
        Photo = "photo" "照片",
        Means = "means" "手段",
        Exploitation = "exploitation" "用途",
        Needs = "needs" "健康、残疾需要",
        DnaStatus = "dna_status" "DNA状态",
        CaseNumber = "case_number" "案件编号",
        Narrative = "narrative" "案情",
        Envelope = "envelope" "办理信息",
    }
}

const ENVELOPE: &[Claim] = &[
    Claim::Priority,
    Claim::Purpose,
    Claim::LegalBasis,
    Claim::Minor,
    Claim::CrossBorder,
    Claim::InterviewDone,
    Claim::SourceUnit,
    Claim::HandlingUnit,
    Claim::ReviewBy,
    Claim::ExpiresAt,
];

impl Row {
    /// The claims that a cell of this row may name, coarse to fine. The envelope has one step, named
    /// `priority`, which opens all its claims together.
    pub const fn ladder(self) -> &'static [Claim] {
        use Claim as C;
        match self {
            Self::Names => &[C::Names],
            Self::IdNumber => &[C::IdNumber],
            Self::Parents => &[C::Parents],
            Self::Phones => &[C::Phones],
            Self::Sex => &[C::Sex],
            Self::Birth => &[C::BirthBand, C::BirthAge, C::BirthYear, C::BirthMonth, C::BirthDate],
            Self::Ethnicity => &[C::EthnicityHan, C::Ethnicity],
            Self::Nationality => &[C::NationalityCn, C::Nationality],
            Self::Household => &[C::HouseholdProvince, C::HouseholdPrefecture, C::HouseholdCounty],
            Self::LostPlace => &[C::LostProvince, C::LostPrefecture, C::LostCounty],
            Self::LostTime => &[C::LostMonth, C::LostDay],
            Self::Found => &[C::FoundProvince, C::FoundPrefecture, C::FoundCounty],
            Self::Shelter => &[C::ShelterType, C::ShelterAddress],
            Self::Height => &[C::Height],
            Self::Accent => &[C::Accent],
            Self::Marks => &[C::Marks],
            Self::Clothing => &[C::Clothing],
            Self::Plate => &[C::Plate],
            Self::LostHour => &[C::LostHour],
            Self::Photo => &[C::Photo],
            Self::Means => &[C::MeansCoarse, C::Means],
            Self::Exploitation => &[C::ExploitationFlag, C::Exploitation],
            Self::Needs => &[C::NeedsFlag, C::NeedsEscort],
            Self::DnaStatus => &[C::DnaStatus],
            Self::CaseNumber => &[C::CaseAlias, C::CaseNumber],
            Self::Narrative => &[C::NarrativeMasked],
            Self::Envelope => &[C::Priority],
        }
    }

    /// Every claim of the row.
    pub const fn claims(self) -> &'static [Claim] {
        if matches!(self, Self::Envelope) { ENVELOPE } else { self.ladder() }
    }

    /// The row of a claim; `None` for a claim that no profile opens (`hukou_hold`).
    pub fn of(claim: Claim) -> Option<Self> {
        Self::ALL.iter().copied().find(|row| row.claims().contains(&claim))
    }

    /// How fine a claim is in this row: 0 is the coarsest; `None` if it is not of this row.
    pub fn level(self, claim: Claim) -> Option<usize> {
        if matches!(self, Self::Envelope) {
            return ENVELOPE.contains(&claim).then_some(0);
        }
        self.ladder().iter().position(|step| *step == claim)
    }

    /// The claims that leave when the row is open at `level`: one step of the ladder, never the
    /// coarser ones with it. Empty beyond the ladder.
    pub fn opened_at(self, level: usize) -> &'static [Claim] {
        match self {
            Self::Envelope if level == 0 => ENVELOPE,
            _ => self.ladder().get(level..=level).unwrap_or_default(),
        }
    }

    /// The finest step of the ladder: of a place, its county.
    pub fn finest(self) -> &'static [Claim] {
        self.opened_at(self.ladder().len().saturating_sub(1))
    }

    /// Rows that name a person. No profile opens them, for nobody.
    pub const fn identity(self) -> bool {
        matches!(self, Self::Names | Self::IdNumber | Self::Parents | Self::Phones)
    }

    /// The place that the row is about.
    pub const fn place(self) -> Option<PlaceField> {
        match self {
            Self::Household => Some(PlaceField::Household),
            Self::LostPlace => Some(PlaceField::Lost),
            Self::Found => Some(PlaceField::Found),
            _ => None,
        }
    }
}

/// Whether only a grant (知悉申请) opens the claim, never a profile.
pub fn grant_only(claim: Claim) -> bool {
    matches!(claim, Claim::BirthDate | Claim::ShelterAddress) || Row::of(claim).is_none_or(Row::identity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_claim_but_one_has_exactly_one_row() {
        for claim in Claim::ALL {
            let rows = Row::ALL.iter().filter(|row| row.claims().contains(claim)).count();
            assert_eq!(rows, usize::from(*claim != Claim::HukouHold), "{claim}");
        }
    }

    #[test]
    fn what_only_a_grant_opens_is_listed() {
        let only: Vec<_> = Claim::ALL.iter().filter(|claim| grant_only(**claim)).map(|c| c.code()).collect();
        let expected =
            ["names", "id_number", "phones", "parents", "birth.date", "shelter.address", "hukou_hold"];
        assert_eq!(only, expected);
    }

    #[test]
    fn place_ladders_end_at_the_county() {
        for row in Row::ALL {
            if let Some(place) = row.place() {
                assert_eq!(row.level(Claim::county_of(place)), Some(2));
            }
        }
    }
}
