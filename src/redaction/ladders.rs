//! Precision ladders: each step is a function of the finer one, so that a coarse claim never tells
//! what the fine one does not. What is known less finely than a step stays as it is known.

use serde_json::{Value, json};

use crate::domain::date::CivilDate;
use crate::domain::lead::age::AgeInterval;
use crate::domain::region::{Level, RegionCode, table};

/// Width of a height class in centimetres.
const HEIGHT_STEP: u16 = 5;

/// The days from `from` to `to`: `"YYYY-MM-DD"`, or `{"from","to"}` if there is more than one.
pub(super) fn days(from: CivilDate, to: CivilDate) -> Value {
    span(from.to_string(), to.to_string())
}

/// The months that hold `from` and `to`: `"YYYY-MM"` or an interval of months.
pub(super) fn months(from: CivilDate, to: CivilDate) -> Value {
    let month = |date: CivilDate| format!("{:04}-{:02}", date.year(), date.month());
    span(month(from), month(to))
}

/// The years that hold `from` and `to`: `"YYYY"` or an interval of years.
pub(super) fn years(from: CivilDate, to: CivilDate) -> Value {
    let year = |date: CivilDate| format!("{:04}", date.year());
    span(year(from), year(to))
}

fn span(from: String, to: String) -> Value {
    if from == to { Value::String(from) } else { interval(from, to) }
}

fn interval(from: String, to: String) -> Value {
    Value::Object([("from".to_owned(), from.into()), ("to".to_owned(), to.into())].into_iter().collect())
}

/// The age give or take a year, as an interval (never below 0).
pub(super) fn age(age: AgeInterval) -> Value {
    json!({ "min": age.min.saturating_sub(1), "max": age.max.saturating_add(1) })
}

/// `0-6`, `7-13`, `14-17`, `18+`; null if the interval lies in more than one band.
pub(super) fn band(age: AgeInterval) -> Value {
    let (low, high) = (band_of(age.min), band_of(age.max));
    if low == high { Value::from(low) } else { Value::Null }
}

const fn band_of(age: u8) -> &'static str {
    match age {
        0..=6 => "0-6",
        7..=13 => "7-13",
        14..=17 => "14-17",
        18.. => "18+",
    }
}

/// The region that holds `code` at `level`, or `code` itself if it is no finer. Where the list of that year has no such
/// prefecture (a county that its province governs: 329001 of 1990), the province.
pub(super) fn region(code: RegionCode, list_year: u16, level: Level) -> RegionCode {
    let listed = |code: &RegionCode| table().find(*code, list_year).is_ok();
    match level {
        Level::Province => code.province(),
        Level::Prefecture => Some(code.prefecture()).filter(listed).unwrap_or(code.province()),
        Level::County => code,
    }
}

/// The class of five centimetres: 131 → 130–134.
pub(super) fn height(centimetres: u16) -> Value {
    let min = centimetres - centimetres % HEIGHT_STEP;
    json!({ "min": min, "max": min.saturating_add(HEIGHT_STEP - 1) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_every_list_is_cut_to_a_region_of_that_list() {
        let mut without_prefecture = 0;
        for row in table().all() {
            for year in row.first_year..=row.last_year {
                let [county, prefecture, province] = [Level::County, Level::Prefecture, Level::Province]
                    .map(|level| region(row.code, year, level));
                assert_eq!((county, province), (row.code, row.code.province()));
                assert!([row.code.prefecture(), province].contains(&prefecture), "{} of {year}", row.code);
                assert!(prefecture.level() <= Level::Prefecture && prefecture.contains(row.code));
                assert_eq!(
                    region(prefecture, year, Level::Province),
                    province,
                    "no finer than the step below"
                );
                for cut in [prefecture, province] {
                    assert!(table().find(cut, year).is_ok(), "{} of {year}: {cut}", row.code);
                }
                without_prefecture += usize::from(prefecture != row.code.prefecture());
            }
        }
        assert_eq!(without_prefecture, 846, "county-years whose list has no prefecture for them");
        let cut = |code: &str, year| region(code.parse().unwrap(), year, Level::Prefecture).to_string();
        assert_eq!(cut("329001", 1990), "320000");
        assert_eq!(cut("222121", 1981), "220000");
        assert_eq!(cut("419001", 2023), "419000", "a list that has the row keeps it");
    }
}
