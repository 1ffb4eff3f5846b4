//! The person a lead is about.

use serde::{Deserialize, Serialize};

use super::codes::{
    AccentRegion, Build, ClothingItem, Disability, DnaStatus, InstitutionType, Mark, Need, Relation, Sex,
};
use super::place::DateInterval;

/// The person a lead is about. Every field may be unknown.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Person {
    /// GB/T 2261.1.
    pub sex: Option<Sex>,
    /// Date of birth, or the interval it lies in.
    pub birth: Option<DateInterval>,
    /// GB/T 3304 numeric code, `01`–`58`, `97`, `98`.
    pub ethnicity: Option<String>,
    /// ISO 3166-1 alpha-3 (GB/T 2659.1), `CHN`.
    pub nationality: Option<String>,
    /// Height in centimetres, 30–250.
    pub height_cm: Option<u16>,
    /// 体型
    pub build: Option<Build>,
    /// 口音
    pub accent: Described<Option<AccentRegion>>,
    /// 体貌特征
    pub marks: Described<Vec<Mark>>,
    /// 衣着
    pub clothing: Described<Vec<ClothingItem>>,
    /// 残疾类别
    pub disability: Option<Vec<Disability>>,
    /// 护送与照料需要
    pub needs: Option<Vec<Need>>,
    /// ISO 639-3 codes of the languages spoken.
    pub languages: Vec<String>,
    /// Names, first the official one.
    pub names: Vec<String>,
    /// GB 11643 resident identity number.
    pub id_number: Option<String>,
    /// Telephone numbers.
    pub phones: Vec<String>,
    /// Parents and guardians.
    pub parents: Vec<Relative>,
    /// Whether the owner has a photograph.
    pub photo_available: Option<bool>,
    /// Whether the one-stop interview (一站式) took place, so that nobody repeats it.
    pub interview_done: Option<bool>,
    /// Whether the household registration is on hold (暂缓落户).
    pub hukou_hold: Option<bool>,
    /// Written by police units only.
    pub dna_status: Option<DnaStatus>,
    /// Reference in the police database: never leaves the node, never a claim.
    pub dna_reference: Option<String>,
    /// Where the person is cared for.
    pub shelter: Option<Shelter>,
}

/// A codeable description: codes travel, text as typed does not.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Described<T> {
    /// From a code list.
    pub codes: T,
    /// As typed: disclosed to nobody.
    pub text: Option<String>,
}

/// A parent or guardian.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relative {
    /// What the relative is to the person.
    pub relation: Relation,
    /// The relative's name.
    pub name: String,
    /// GB 11643 resident identity number.
    #[serde(default)]
    pub id_number: Option<String>,
    /// Telephone number.
    #[serde(default)]
    pub phone: Option<String>,
}

/// Where the person is cared for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shelter {
    /// The type of the institution.
    pub institution_type: InstitutionType,
    /// Its address: closed.
    #[serde(default)]
    pub address: Option<String>,
}
