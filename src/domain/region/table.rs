//! The lists of GB/T 2260 from 1980 to 2023, embedded (sources and licences: `data/README.md`).
//!
//! Codes change; a case of 1995 cites districts abolished since. A code resolves in the list of the
//! year that it was taken from, and an abolished one still has its name. Knows nothing of leads.

use std::sync::LazyLock;

use thiserror::Error;

use super::{Level, RegionCode};

/// The year of the oldest list.
pub const FIRST_LIST: u16 = 1980;
/// The year of the current list.
pub const LATEST_LIST: u16 = 2023;

const DATA: &str = include_str!("data/regions.tsv");
/// Prefecture rows that stand for no government and have no part in a full name.
const PLACEHOLDERS: [&str; 3] = ["市辖区", "县", "市"];

/// A region as the lists of some years name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// The code.
    pub code: RegionCode,
    /// The name without its parents: 沧源佤族自治县.
    pub name: &'static str,
    /// The level that the code says.
    pub level: Level,
    /// The first list with this code and name.
    pub first_year: u16,
    /// The last list with this code and name.
    pub last_year: u16,
}

/// Why a code does not resolve. Whoever wrote the code or the year is at fault.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum RegionError {
    /// No list has the code.
    #[error("no list of GB/T 2260 has this code")]
    Unknown,
    /// There is no list of that year.
    #[error("there are lists from {FIRST_LIST} to {LATEST_LIST} only")]
    NoSuchList,
    /// Other lists have the code: the nearest ones are of these years.
    #[error("not in the list of that year; in the lists from {first_year} to {last_year}")]
    NotInList {
        /// The first of the nearest years with this code.
        first_year: u16,
        /// The last of them.
        last_year: u16,
    },
}

impl RegionError {
    /// The wire value.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "region_unknown",
            Self::NoSuchList => "region_no_such_list",
            Self::NotInList { .. } => "region_not_in_list",
        }
    }
}

/// The region table.
pub struct Table {
    rows: Vec<Region>,
}

/// The embedded table, read once.
pub fn table() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(DATA));
    &TABLE
}

impl Table {
    /// Rows that cannot be read are left out; a test holds that there are none.
    fn read(text: &'static str) -> Self {
        let mut rows: Vec<Region> = text.lines().filter_map(row).collect();
        rows.sort_by_key(|row| (row.code, row.first_year));
        Self { rows }
    }

    /// The region with that code in the list of that year.
    pub fn find(&self, code: RegionCode, list_year: u16) -> Result<&Region, RegionError> {
        let rows = self.rows_of(code);
        if let Some(found) = rows.iter().find(|row| (row.first_year..=row.last_year).contains(&list_year)) {
            return Ok(found);
        }
        let distance =
            |row: &&Region| row.first_year.abs_diff(list_year).min(row.last_year.abs_diff(list_year));
        let nearest = rows.iter().min_by_key(distance).ok_or(RegionError::Unknown)?;
        if !(FIRST_LIST..=LATEST_LIST).contains(&list_year) {
            return Err(RegionError::NoSuchList);
        }
        Err(RegionError::NotInList { first_year: nearest.first_year, last_year: nearest.last_year })
    }

    /// The region with that code by its newest name, whether or not it still exists.
    pub fn find_any_year(&self, code: RegionCode) -> Option<&Region> {
        self.rows_of(code).last()
    }

    /// The name with its parents in the list of that year: 云南省临沧市沧源佤族自治县. A code or
    /// parent that is not in that list takes its newest name; one in no list prints as its digits.
    pub fn full_name(&self, code: RegionCode, list_year: u16) -> String {
        let named = |code| self.find(code, list_year).ok().or_else(|| self.find_any_year(code));
        let Some(own) = named(code) else { return code.to_string() };
        let parents: &[RegionCode] = match code.level() {
            Level::Province => &[],
            Level::Prefecture => &[code.province()],
            Level::County => &[code.province(), code.prefecture()],
        };
        let mut name: String = parents
            .iter()
            .filter_map(|&parent| named(parent))
            .filter(|region| !region.is_placeholder())
            .map(|region| region.name)
            .collect();
        name.push_str(own.name);
        name
    }

    /// The provinces of the list of that year (`parent` is `None`), or the regions one level below
    /// `parent`, by code. For choosing a place.
    pub fn children(&self, parent: Option<RegionCode>, list_year: u16) -> impl Iterator<Item = &Region> {
        let below = move |row: &&Region| match parent {
            None => row.level == Level::Province,
            Some(parent) => match parent.level() {
                Level::Province => row.level == Level::Prefecture && parent.contains(row.code),
                Level::Prefecture => row.level == Level::County && parent.contains(row.code),
                Level::County => false,
            },
        };
        let listed = move |row: &&Region| (row.first_year..=row.last_year).contains(&list_year);
        self.rows.iter().filter(listed).filter(below)
    }

    /// Every region of every list, by code and first year.
    pub fn all(&self) -> &[Region] {
        &self.rows
    }

    fn rows_of(&self, code: RegionCode) -> &[Region] {
        let start = self.rows.partition_point(|row| row.code < code);
        let end = self.rows.partition_point(|row| row.code <= code);
        self.rows.get(start..end).unwrap_or_default()
    }
}

impl Region {
    /// Whether the row is a place in the code only, not a government: 市辖区, 省直辖县级行政区划.
    pub fn is_placeholder(&self) -> bool {
        self.level == Level::Prefecture && (PLACEHOLDERS.contains(&self.name) || self.name.contains("直辖"))
    }
}

fn row(line: &'static str) -> Option<Region> {
    let mut cells = line.split('\t');
    let code: RegionCode = cells.next()?.parse().ok()?;
    let name = cells.next().filter(|name| !name.is_empty())?;
    let (first_year, last_year) = (cells.next()?.parse().ok()?, cells.next()?.parse().ok()?);
    let whole = cells.next().is_none() && first_year <= last_year;
    whole.then_some(Region { code, name, level: code.level(), first_year, last_year })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> RegionCode {
        text.parse().unwrap()
    }

    #[test]
    fn every_embedded_row_is_read() {
        assert_eq!(table().rows.len(), DATA.lines().count());
        assert!(table().rows.windows(2).all(|w| w[0].code != w[1].code || w[0].last_year < w[1].first_year));
        assert!(table().rows.iter().all(|r| r.first_year >= FIRST_LIST && r.last_year <= LATEST_LIST));
        assert!(DATA.len() < 250_000);
    }

    #[test]
    fn names_carry_their_parents() {
        for (place, year, name) in [
            ("530927", 2023, "云南省临沧市沧源佤族自治县"),
            ("110105", 2023, "北京市朝阳区"),
            ("500230", 2010, "重庆市丰都县"),
            ("419001", 2023, "河南省济源市"),
            ("140600", 2023, "山西省朔州市"),
            ("500000", 2023, "重庆市"),
            ("829999", 2023, "829999"),
        ] {
            assert_eq!(table().full_name(code(place), year), name);
        }
    }

    #[test]
    fn an_abolished_code_resolves_in_its_year() {
        let gone = code("110103");
        assert_eq!(table().find(gone, 1995).unwrap().name, "崇文区");
        assert!(matches!(table().find(gone, 2023), Err(RegionError::NotInList { first_year: 1980, .. })));
        assert_eq!(table().find_any_year(gone).unwrap().name, "崇文区");
        assert_eq!(table().full_name(gone, 2023), "北京市崇文区");
    }

    #[test]
    fn a_wrong_code_or_year_says_why() {
        assert_eq!(table().find(code("119999"), 2023), Err(RegionError::Unknown));
        assert_eq!(table().find(code("110105"), 1979), Err(RegionError::NoSuchList));
        assert_eq!(table().find(code("110105"), 2024), Err(RegionError::NoSuchList));
    }

    #[test]
    fn children_lie_one_level_below() {
        assert_eq!(table().children(None, 2023).count(), 34);
        assert!(table().children(Some(code("530900")), 2023).any(|r| r.name == "沧源佤族自治县"));
        assert_eq!(table().children(Some(code("530927")), 2023).count(), 0);
    }

    #[test]
    fn malformed_rows_are_left_out() {
        assert_eq!(
            Table::read("x\n110000\t\t1\t2\n110000\t北京市\t2\t1\n110000\t北京市\t1980\t2023").rows.len(),
            1
        );
    }
}
