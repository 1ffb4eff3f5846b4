//! Regions by their GB/T 2260 code, and the table that names them.

mod table;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use super::spelling;

pub use self::table::{FIRST_LIST, LATEST_LIST, Region, RegionError, Table, table};

/// A six-digit GB/T 2260 code: province, prefecture or county. That the code exists in a list is
/// the region table's question, not this type's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegionCode(u32);

/// Not six digits of a GB/T 2260 code. Whoever wrote it is at fault.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not a GB/T 2260 code of six digits")]
pub struct NotARegionCode;

/// How fine a code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// 省级
    Province,
    /// 地级
    Prefecture,
    /// 县级
    County,
}

impl RegionCode {
    /// The code with that number.
    pub const fn new(number: u32) -> Result<Self, NotARegionCode> {
        if number < 110_000 || number > 829_999 { Err(NotARegionCode) } else { Ok(Self(number)) }
    }

    /// The six digits as a number.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The level that the digits say.
    pub const fn level(self) -> Level {
        if self.0.is_multiple_of(10_000) {
            Level::Province
        } else if self.0.is_multiple_of(100) {
            Level::Prefecture
        } else {
            Level::County
        }
    }

    /// The province of this code (itself, if it is one).
    #[must_use]
    pub const fn province(self) -> Self {
        Self(self.0 / 10_000 * 10_000)
    }

    /// The prefecture of this code; a province stays a province.
    #[must_use]
    pub const fn prefecture(self) -> Self {
        Self(self.0 / 100 * 100)
    }

    /// Whether `other` lies in this region (or is it).
    pub fn contains(self, other: Self) -> bool {
        match self.level() {
            Level::Province => other.province() == self,
            Level::Prefecture => other.prefecture() == self,
            Level::County => other == self,
        }
    }
}

impl FromStr for RegionCode {
    type Err = NotARegionCode;

    fn from_str(text: &str) -> Result<Self, NotARegionCode> {
        if text.len() != 6 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotARegionCode);
        }
        text.parse().map_err(|_| NotARegionCode).and_then(Self::new)
    }
}

impl fmt::Display for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

impl Serialize for RegionCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RegionCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        spelling::read(deserializer)
    }
}
