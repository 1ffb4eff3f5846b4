//! Calendar dates as people write them: `YYYY-MM-DD`, no time zone.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;
use time::{Date, Month};

use super::spelling;
use crate::clock::Timestamp;

/// A civil date between 1900-01-01 and 2199-12-31.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilDate(Date);

/// Not a date of the form `YYYY-MM-DD` between 1900 and 2199. Whoever wrote it is at fault.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not a date of the form YYYY-MM-DD between 1900 and 2199")]
pub struct NotADate;

impl CivilDate {
    /// The date of that year (1900–2199), month (1–12) and day.
    pub fn new(year: i32, month: u8, day: u8) -> Result<Self, NotADate> {
        if !(1900..=2199).contains(&year) {
            return Err(NotADate);
        }
        let month = Month::try_from(month).map_err(|_| NotADate)?;
        Date::from_calendar_date(year, month, day).map(Self).map_err(|_| NotADate)
    }

    /// The calendar year.
    pub const fn year(self) -> i32 {
        self.0.year()
    }

    /// The month, 1–12.
    pub const fn month(self) -> u8 {
        self.0.month() as u8
    }

    /// The day of the month, 1–31.
    pub const fn day(self) -> u8 {
        self.0.day()
    }

    /// Days from `earlier` to this date; negative if `earlier` is later.
    pub const fn days_since(self, earlier: Self) -> i64 {
        (self.0.to_julian_day() - earlier.0.to_julian_day()) as i64
    }

    /// Full years between `birth` and this date: the age that day; 0 before birth.
    pub fn years_since(self, birth: Self) -> u8 {
        let full =
            self.year() - birth.year() - i32::from((self.month(), self.day()) < (birth.month(), birth.day()));
        u8::try_from(full.clamp(0, 255)).unwrap_or(0)
    }

    /// This date moved by `days`, kept within the range of dates.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        let moved = self.0.checked_add(time::Duration::days(days)).unwrap_or(self.0);
        if (1900..=2199).contains(&moved.year()) { Self(moved) } else { self }
    }

    /// Midnight at the start of this date in China (UTC+8), where agreements and deadlines are dated.
    pub fn start(self) -> Timestamp {
        Timestamp(self.0.midnight().assume_utc().unix_timestamp() * Timestamp::SECOND - 8 * 3_600_000)
    }

    /// The date in China (UTC+8) at that instant; clamped to the range of dates.
    pub fn of(at: Timestamp) -> Self {
        let seconds = at.plus(8 * 3_600_000).seconds();
        let date =
            time::OffsetDateTime::from_unix_timestamp(seconds).map_or(Date::MIN, time::OffsetDateTime::date);
        Self(date)
    }
}

impl FromStr for CivilDate {
    type Err = NotADate;

    fn from_str(text: &str) -> Result<Self, NotADate> {
        let digits =
            |part: &str| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse::<u16>().ok()).flatten();
        let (Some(year), Some(month), Some(day)) = (text.get(0..4), text.get(5..7), text.get(8..10)) else {
            return Err(NotADate);
        };
        if text.len() != 10 || text.as_bytes()[4] != b'-' || text.as_bytes()[7] != b'-' {
            return Err(NotADate);
        }
        let (Some(year), Some(month), Some(day)) = (digits(year), digits(month), digits(day)) else {
            return Err(NotADate);
        };
        let small = |n: u16| u8::try_from(n).map_err(|_| NotADate);
        Self::new(i32::from(year), small(month)?, small(day)?)
    }
}

impl fmt::Display for CivilDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year(), self.month(), self.day())
    }
}

/// Dates of birth are personal data: a date never prints itself into a log.
impl fmt::Debug for CivilDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CivilDate(…)")
    }
}

impl Serialize for CivilDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CivilDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        spelling::read(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_parse_strictly() {
        assert_eq!("2015-03-09".parse::<CivilDate>().unwrap().to_string(), "2015-03-09");
        for bad in [
            "2015-3-9",
            "2015-02-30",
            "1899-12-31",
            "2015/03/09",
            "+015-03-09",
            "2015-03-09 ",
            "二〇一五",
            "",
        ] {
            assert_eq!(bad.parse::<CivilDate>(), Err(NotADate), "{bad}");
        }
    }

    #[test]
    fn an_age_counts_full_years() {
        let birth = CivilDate::new(2015, 3, 9).unwrap();
        assert_eq!(CivilDate::new(2026, 3, 8).unwrap().years_since(birth), 10);
        assert_eq!(CivilDate::new(2026, 3, 9).unwrap().years_since(birth), 11);
        assert_eq!(CivilDate::new(2014, 3, 9).unwrap().years_since(birth), 0);
    }

    #[test]
    fn a_day_starts_at_midnight_in_china() {
        let date = CivilDate::new(2026, 1, 1).unwrap();
        assert_eq!(date.start().rfc3339(), "2025-12-31T16:00:00Z");
        assert_eq!(CivilDate::of(date.start()), date);
        assert_eq!(CivilDate::of(date.start().plus(-1)).to_string(), "2025-12-31");
    }
}
