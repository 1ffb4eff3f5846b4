//! The claims of a lead: every field at every precision is a claim of its own.
//!
//! Every claim always exists in a signed lead (`null` if unknown), so that neither the number of
//! digests nor the names tell anything. Reporter, DNA reference and text as typed are not claims at all.

use super::lead::place::PlaceField;

/// What kind of value a claim carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A code of a closed list, a flag or a list of codes.
    Code,
    /// A number or an interval of numbers.
    Number,
    /// A date or an interval of dates.
    Date,
    /// A string that identifies a person or a thing; closed unless a grant or an alert opens it.
    Identifier,
    /// A text of several lines, masked by the engine.
    Text,
}

/// What lets a claim's value leave (`redaction.md`, outbound gate).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Its type: a code, a number, a date, a place, a plate or a case number.
    Typed,
    /// A grant that names it.
    Granted,
    /// The engine, and the scan at dispatch: a person typed it.
    FreeText,
}

codes! {
    /// The name of a claim, as it stands in the signed lead.
    pub enum Claim {
        Names = "names" "姓名",
        IdNumber = "id_number" "身份号码",
        Phones = "phones" "电话",
        Parents = "parents" "父母",
        Sex = "sex" "性别",
        BirthBand = "birth.band" "年龄段",
        BirthAge = "birth.age" "案发时年龄（±1岁）",
        BirthYear = "birth.year" "出生年",
        BirthMonth = "birth.month" "出生年月",
        BirthDate = "birth.date" "出生日期",
        EthnicityHan = "ethnicity.han" "汉族/其他",
        Ethnicity = "ethnicity" "民族",
        NationalityCn = "nationality.cn" "中国/外国",
        Nationality = "nationality" "国籍",
        HouseholdProvince = "place.household.province" "户籍地（省）",
        HouseholdPrefecture = "place.household.prefecture" "户籍地（市）",
        HouseholdCounty = "place.household.county" "户籍地（县）",
        LostProvince = "place.lost.province" "失踪地（省）",
        LostPrefecture = "place.lost.prefecture" "失踪地（市）",
        LostCounty = "place.lost.county" "失踪地（县）",
        FoundProvince = "place.found.province" "发现地（省）",
        FoundPrefecture = "place.found.prefecture" "发现地（市）",
        FoundCounty = "place.found.county" "发现地（县）",
        LostMonth = "time.lost.month" "失踪年月",
        LostDay = "time.lost.day" "失踪日期",
        LostHour = "time.lost.hour" "失踪时段",
        ShelterType = "shelter.type" "安置机构类型",
        ShelterAddress = "shelter.address" "安置地址",
        Height = "height" "身高（5厘米）",
        Accent = "accent" "口音（代码）",
        Marks = "marks" "体貌特征（代码）",
        Clothing = "clothing" "衣着（代码）",
        Plate = "plate" "车牌",
        Photo = "photo" "有无照片",
        MeansCoarse = "means.coarse" "手段（粗）",
        Means = "means" "手段",
        ExploitationFlag = "exploitation.flag" "有无剥削用途",
        Exploitation = "exploitation" "用途",
        NeedsFlag = "needs.flag" "有无健康、残疾需要",
        NeedsEscort = "needs.escort" "护送需要",
        DnaStatus = "dna_status" "DNA状态",
        CaseAlias = "case_number.alias" "案件别名",
        CaseNumber = "case_number" "案件编号",
        Priority = "priority" "紧急程度",
        Purpose = "purpose" "目的",
        LegalBasis = "legal_basis" "法律依据",
        Minor = "minor" "未满十四周岁",
        CrossBorder = "cross_border" "跨境",
        InterviewDone = "interview_done" "已一站式询问",
        SourceUnit = "source_unit" "来源单位类型",
        HandlingUnit = "handling_unit" "办理单位类型",
        ReviewBy = "review_by" "复核期限",
        ExpiresAt = "expires_at" "有效期至",
        HukouHold = "hukou_hold" "暂缓落户",
        NarrativeMasked = "narrative.masked" "案情（脱敏）",
    }
}

impl Claim {
    /// What kind of value the claim carries.
    pub const fn class(self) -> Class {
        match self {
            Self::Names
            | Self::IdNumber
            | Self::Phones
            | Self::Parents
            | Self::ShelterAddress
            | Self::Plate
            | Self::CaseNumber
            | Self::CaseAlias => Class::Identifier,
            Self::NarrativeMasked => Class::Text,
            Self::Height | Self::BirthAge | Self::LostHour => Class::Number,
            Self::BirthYear
            | Self::BirthMonth
            | Self::BirthDate
            | Self::LostMonth
            | Self::LostDay
            | Self::ReviewBy
            | Self::ExpiresAt => Class::Date,
            _ => Class::Code,
        }
    }

    /// What lets the value leave.
    pub const fn door(self) -> Door {
        match self {
            Self::NarrativeMasked | Self::CaseAlias => Door::FreeText,
            Self::Names | Self::IdNumber | Self::Phones | Self::Parents | Self::ShelterAddress => {
                Door::Granted
            }
            _ => Door::Typed,
        }
    }

    /// The county claim of a place, which the recipient's own territory opens.
    pub const fn county_of(place: PlaceField) -> Self {
        match place {
            PlaceField::Household => Self::HouseholdCounty,
            PlaceField::Lost => Self::LostCounty,
            PlaceField::Found => Self::FoundCounty,
        }
    }
}
