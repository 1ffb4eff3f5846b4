//! Where and when: places with the year of their list, and intervals with their precision.

use serde::{Deserialize, Serialize};

use crate::domain::date::CivilDate;
use crate::domain::region::RegionCode;

codes! {
    /// What a place is to the case.
    pub enum PlaceRole {
        Origin = "origin" "拐出地",
        Transit = "transit" "中转地",
        Destination = "destination" "拐入地",
        Found = "found" "发现地",
        Household = "household" "户籍地",
    }
}

/// The places that have a row of their own in the disclosure matrix. `Lost` is the place of role
/// `origin`, where the person disappeared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceField {
    /// 户籍地
    Household,
    /// 失踪地（拐出地）
    Lost,
    /// 发现地
    Found,
}

/// A place: a code and the year of the GB/T 2260 list it was taken from.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// What the place is to the case.
    pub role: PlaceRole,
    /// The code, at any level.
    pub code: RegionCode,
    /// The year of the list.
    pub list_year: u16,
}

codes! {
    /// How exactly an interval is known.
    pub enum Precision {
        Day = "day" "日",
        Month = "month" "月",
        Year = "year" "年",
    }
}

/// When it happened: an interval of days, with the hour if it is known.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventInterval {
    /// The first day it can have been.
    pub from: CivilDate,
    /// The last day it can have been; not before `from`.
    pub to: CivilDate,
    /// How exactly it is known.
    pub precision: Precision,
    /// The hour of the day, 0–23, in China.
    #[serde(default)]
    pub hour: Option<u8>,
}

/// A day, or the interval that it lies in.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DateInterval {
    /// The first day it can be.
    pub from: CivilDate,
    /// The last day it can be; not before `from`.
    pub to: CivilDate,
}
