//! What is hidden stays hidden.

use std::collections::{BTreeSet, HashMap};

use proptest::prelude::*;

use super::*;
use crate::domain::date::CivilDate;

/// The table of the first kinds, the rest without any count.
fn shown(counts: &[Vec<u64>]) -> Statistics {
    let months = "2026-01".parse::<Month>().unwrap().to("2030-12".parse().unwrap());
    let months = &months[..counts[0].len()];
    let row = |(kind, row): (&LeadKind, &Vec<u64>)| {
        months.iter().zip(row).map(|(month, count)| ((*kind, *month), *count)).collect::<Vec<_>>()
    };
    statistics(months, &LeadKind::ALL.iter().zip(counts).flat_map(row).collect())
}

/// Every kind with the same counts.
fn everywhere(counts: &[u64]) -> Statistics {
    shown(&vec![counts.to_vec(); LeadKind::ALL.len()])
}

#[test]
fn a_small_count_takes_the_sums_with_it() {
    let mut counts = vec![vec![20, 30]; LeadKind::ALL.len()];
    counts[0][0] = 10;
    let table = shown(&counts);
    assert_eq!((&table.kinds[0].counts[..], table.kinds[0].total), (&[None, Some(30)][..], None));
    assert_eq!((&table.kinds[1].counts[..], table.kinds[1].total), (&[Some(20), Some(30)][..], Some(50)));
    assert_eq!((table.totals, table.total), (vec![None, Some(30 * LeadKind::ALL.len() as u64)], None));
}

#[test]
fn no_sum_gives_away_that_there_was_nothing() {
    for counts in
        [vec![vec![30]], vec![vec![30, 40], vec![3, 0]], vec![vec![12, 0], vec![12, 0], vec![20, 30]]]
    {
        let table = shown(&counts);
        assert_eq!(table.check(), Ok(()));
        let hides = |row: &&KindCounts| row.counts.iter().any(Option::is_none);
        assert!(table.kinds.iter().filter(hides).all(|row| row.total.is_none()), "{table:?}");
        assert!(table.totals.iter().all(Option::is_none) && table.total.is_none(), "{table:?}");
    }
}

#[test]
fn large_counts_are_all_shown_and_small_ones_never() {
    let all = everywhere(&[11, 11]);
    assert!(all.kinds.iter().all(|row| row.total == Some(22)) && all.total.is_some());
    for empty in [everywhere(&[0]), statistics(&["2026-06".parse().unwrap()], &BTreeMap::new())] {
        assert!(empty.total.is_none() && empty.kinds.iter().all(|kind| kind.total.is_none()));
        assert!(empty.kinds.iter().all(|kind| kind.counts == [None]));
        assert_eq!(empty.check(), Ok(()));
    }
}

#[test]
fn rows_are_kinds_and_columns_months() {
    let month = Month::of(CivilDate::new(2026, 6, 30).unwrap());
    let next = month.next();
    let each = LeadKind::ALL.iter().flat_map(|kind| [((*kind, month), 20), ((*kind, next), 30)]);
    let statistics = statistics(&month.to(next), &each.collect());
    assert_eq!(statistics.check(), Ok(()));
    assert_eq!(statistics.months, [month, next]);
    assert_eq!(statistics.kinds[3].counts, [Some(20), Some(30)]);
    assert_eq!((statistics.kinds[3].total, statistics.total), (Some(50), Some(500)));
    assert_eq!(statistics.totals, [Some(200), Some(300)]);
}

#[test]
fn months_are_written_and_follow_one_another() {
    let month = |text: &str| text.parse::<Month>().unwrap();
    assert_eq!(month("2026-12").next().to_string(), "2027-01");
    assert_eq!(month("2026-11").to(month("2027-01")).len(), 3);
    assert!(month("2026-11").to(month("2026-10")).is_empty());
    assert_eq!(month("1900-01").to(month("2100-01")).len(), MOST_MONTHS);
    for bad in ["2026-13", "2026-1", "2026", "", "2026-01-01"] {
        assert!(bad.parse::<Month>().is_err(), "{bad}");
    }
}

#[test]
fn a_table_that_shows_too_much_is_found() {
    let months = "2026-06".parse::<Month>().unwrap().to("2026-07".parse().unwrap());
    let exchanged = LeadKind::ALL.iter().flat_map(|kind| months.iter().map(|month| ((*kind, *month), 20)));
    let fine = statistics(&months, &exchanged.collect());
    let changed = |change: fn(&mut Statistics)| {
        let mut table = fine.clone();
        change(&mut table);
        table.check()
    };
    assert_eq!(changed(|_| ()), Ok(()));
    assert_eq!(changed(|table| table.kinds[0].counts[0] = Some(10)), Err(StatisticsFault::Small));
    assert_eq!(changed(|table| table.kinds[0].counts[0] = None), Err(StatisticsFault::Small));
    assert_eq!(changed(|table| table.total = Some(1)), Err(StatisticsFault::Shape));
    assert_eq!(changed(|table| table.totals[0] = None), Err(StatisticsFault::Shape));
    assert_eq!(changed(|table| table.months.swap(0, 1)), Err(StatisticsFault::Shape));
    assert_eq!(changed(|table| drop(table.kinds.pop())), Err(StatisticsFault::Shape));
    assert_eq!(changed(|table| table.totals.clear()), Err(StatisticsFault::Shape));
    assert_eq!(changed(|table| table.kinds[0].counts.push(None)), Err(StatisticsFault::Shape));
}

/// By enumeration: of every table that looks the same, a hidden count takes each small value, whatever the others are.
#[test]
fn of_a_hidden_count_nothing_is_known_but_that_it_is_small() {
    const VALUES: [u64; 6] = [0, 1, 5, 10, 11, 30];
    let mut alike: HashMap<String, BTreeSet<[u64; 4]>> = HashMap::new();
    for code in 0..VALUES.len().pow(4) {
        let counts = [0, 1, 2, 3].map(|at| VALUES[code / VALUES.len().pow(at) % VALUES.len()]);
        let table = shown(&[counts[..2].to_vec(), counts[2..].to_vec()]);
        alike.entry(serde_json::to_string(&table).unwrap()).or_default().insert(counts);
    }
    for (look, tables) in alike {
        let one = tables.first().unwrap();
        let hidden = one.iter().filter(|count| **count < SMALLEST).count();
        assert_eq!(tables.len(), 4_usize.pow(u32::try_from(hidden).unwrap()), "{look}");
        for table in &tables {
            let same = |(a, b): (&u64, &u64)| if *a < SMALLEST { *b < SMALLEST } else { a == b };
            assert!(one.iter().zip(table).all(same), "{look}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_shown_is_true_and_holds(
        counts in proptest::collection::vec(
            proptest::collection::vec(prop_oneof![0_u64..15, 0_u64..200], 3), LeadKind::ALL.len(),
        ),
    ) {
        let table = shown(&counts);
        prop_assert_eq!(table.check(), Ok(()));
        for (row, truth) in table.kinds.iter().zip(&counts) {
            for (count, truth) in row.counts.iter().zip(truth) {
                prop_assert_eq!(*count, Some(*truth).filter(|count| *count >= SMALLEST));
            }
            prop_assert!(row.total.is_none_or(|total| total == truth.iter().sum::<u64>()));
            prop_assert_eq!(row.total.is_some(), row.counts.iter().all(Option::is_some));
        }
    }
}
