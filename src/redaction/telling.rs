//! What a masked text tells all the same: regions and days stay in it, whatever a profile makes of the fields.
//!
//! Knows the values of claims; must not know who gets them. Invariant: it hides nothing: whoever shares is warned, and
//! may mask more.

use std::collections::BTreeMap;

use serde_json::Value;

use super::narrative::{Gate, Hit, Known};
use crate::domain::claim::Claim;
use crate::domain::region::{RegionCode, table};

/// The claims that a text may tell, from coarse to fine.
const TELLABLE: [Claim; 7] = [
    Claim::HouseholdPrefecture,
    Claim::LostPrefecture,
    Claim::FoundPrefecture,
    Claim::HouseholdCounty,
    Claim::LostCounty,
    Claim::FoundCounty,
    Claim::LostDay,
];

/// What a text tells, and where first, whoever reads it.
pub fn told(values: &BTreeMap<Claim, Value>, text: &str) -> Vec<(Claim, Hit)> {
    let one = |claim: Claim| Some((claim, Gate::new(&known(values.get(&claim)?)).known_in(text)?));
    TELLABLE.into_iter().filter_map(one).collect()
}

/// Whether it is news to who gets the `open` claims: neither is the claim one of them, nor does one of them say it, or a
/// region within it.
pub fn is_news(values: &BTreeMap<Claim, Value>, claim: Claim, open: &[Claim]) -> bool {
    let beside =
        || open.iter().filter(|claim| TELLABLE.contains(claim)).filter_map(|claim| values.get(claim));
    let said = |value: &Value| beside().any(|open| says(open, value));
    !open.contains(&claim) && !values.get(&claim).is_some_and(said)
}

/// Whether who knows the one knows the other: the same, or a region around it.
fn says(open: &Value, closed: &Value) -> bool {
    let within = || Some(region(closed)?.contains(region(open)?));
    open == closed || within().unwrap_or(false)
}

/// The days, or the region, as a text would have them; none for what is not known so finely.
fn known(value: &Value) -> Vec<Known> {
    let days = [value.as_str(), value["from"].as_str(), value["to"].as_str()];
    let name = || {
        let year = u16::try_from(value["year"].as_u64()?).ok()?;
        Some(Known::region(table().find(region(value)?, year).ok()?.name))
    };
    days.into_iter().flatten().map(Known::day).chain(name()).collect()
}

fn region(value: &Value) -> Option<RegionCode> {
    value.get("code")?.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tells(text: &str, open: &[Claim]) -> Vec<(Claim, usize)> {
        let place = |code: &str| json!({ "code": code, "year": 2023 });
        let values = BTreeMap::from([
            (Claim::HouseholdPrefecture, place("530900")),
            (Claim::HouseholdCounty, place("530927")),
            (Claim::LostPrefecture, place("530900")),
            (Claim::LostCounty, place("530923")),
            (Claim::FoundPrefecture, place("140600")),
            (Claim::FoundCounty, Value::Null),
            (Claim::LostDay, json!("2024-03-05")),
        ]);
        let told = told(&values, text).into_iter().filter(|(claim, _)| is_news(&values, *claim, open));
        told.map(|(claim, hit)| (claim, hit.offset)).collect()
    }

    #[test]
    fn counties_and_days_are_told_in_any_form() {
        use Claim::{
            FoundPrefecture, HouseholdCounty, HouseholdPrefecture, LostCounty, LostDay, LostPrefecture,
        };
        let prefectures = [HouseholdPrefecture, LostPrefecture, FoundPrefecture];
        for (text, claim, at) in [
            ("她是沧源佤族自治县人。", HouseholdCounty, 2),
            ("沧 源县人。", HouseholdCounty, 0),
            ("2024年3月5日在永德县走失。", LostCounty, 10),
            ("当事人于３月５日走失。", LostDay, 4),
            ("2024-03-05 报案。", LostDay, 0),
            ("二〇二四年三月五日报案。", LostDay, 0),
        ] {
            let told = tells(text, &prefectures);
            assert!(told.contains(&(claim, at)), "{told:?}");
        }
        assert_eq!(tells("2024年3月在临沧走失，3月15日报案。", &prefectures), []);
    }

    #[test]
    fn what_an_open_claim_says_is_no_news() {
        let text = "在临沧市走失。";
        assert_eq!(tells(text, &[Claim::LostPrefecture]), []);
        assert_eq!(tells(text, &[]), [(Claim::HouseholdPrefecture, 1), (Claim::LostPrefecture, 1)]);
        let around = [Claim::LostCounty, Claim::FoundPrefecture];
        assert_eq!(tells("云南省临沧市永德县", &around), [], "the county tells its prefecture");
    }

    #[test]
    fn either_end_of_an_interval_is_a_day() {
        let values = BTreeMap::from([(Claim::LostDay, json!({ "from": "2024-03-05", "to": "2024-03-07" }))]);
        let tells = |text: &str| told(&values, text).len();
        assert_eq!([tells("3月5日晚"), tells("3月7日晨"), tells("3月17日")], [1, 1, 0]);
    }
}
