//! What is hidden stays hidden.

use proptest::prelude::*;

use super::suppression::Entry;
use super::*;
use crate::domain::date::CivilDate;

const N: usize = 3;

fn shown(counts: [[u64; N]; N]) -> Vec<Vec<Option<u64>>> {
    suppressed(&with_totals(counts.map(Vec::from).to_vec()))
}

#[test]
fn a_small_count_takes_others_with_it() {
    let table = shown([[5, 20, 30], [40, 50, 60], [70, 80, 90]]);
    assert_eq!(table[0], [None, None, Some(30), Some(55)]);
    assert_eq!(table[1], [None, None, Some(60), Some(150)]);
    assert_eq!(table[2], [Some(70), Some(80), Some(90), Some(240)]);
    assert_eq!(table[3], [Some(115), Some(150), Some(180), Some(445)]);
}

#[test]
fn large_counts_are_all_shown_and_small_ones_never() {
    let all = shown([[11; N]; N]);
    assert!(all.iter().flatten().all(Option::is_some));
    assert!(shown([[0; N]; N]).iter().flatten().all(Option::is_none));
    let month = "2026-06".parse().unwrap();
    let empty = statistics(&[month], &BTreeMap::new());
    assert!(empty.total.is_none() && empty.kinds.iter().all(|kind| kind.total.is_none()));
    assert_eq!(empty.check(), Ok(()));
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
    assert_eq!(changed(|table| table.months.swap(0, 1)), Err(StatisticsFault::Shape));
    assert_eq!(changed(|table| drop(table.kinds.pop())), Err(StatisticsFault::Shape));
    assert_eq!(changed(|table| table.totals.clear()), Err(StatisticsFault::Shape));
    assert_eq!(changed(|table| table.kinds[0].counts.push(None)), Err(StatisticsFault::Shape));
}

/// Solves for what the sums tell: a line with one hidden entry gives it away; so do combinations of
/// lines, found by elimination over the rationals (here: modulo a large prime).
fn derivable(table: &[Vec<Option<u64>>]) -> usize {
    const P: i64 = 1_000_003;
    let width = table[0].len();
    let hidden: Vec<Entry> = (0..table.len())
        .flat_map(|row| (0..width).map(move |column| (row, column)))
        .filter(|(row, column)| table[*row][*column].is_none())
        .collect();
    let sign = |at: usize, length: usize| if at + 1 == length { P - 1 } else { 1 };
    let in_row =
        |row: usize| hidden.iter().map(|e| if e.0 == row { sign(e.1, width) } else { 0 }).collect::<Vec<_>>();
    let in_column = |column: usize| {
        hidden.iter().map(|e| if e.1 == column { sign(e.0, table.len()) } else { 0 }).collect::<Vec<_>>()
    };
    let mut lines: Vec<Vec<i64>> = (0..table.len()).map(in_row).chain((0..width).map(in_column)).collect();
    let mut rank = 0;
    for column in 0..hidden.len() {
        let Some(pivot) = (rank..lines.len()).find(|line| lines[*line][column] != 0) else { continue };
        lines.swap(rank, pivot);
        let scale = power(lines[rank][column], P - 2, P);
        let row: Vec<i64> = lines[rank].iter().map(|x| x * scale % P).collect();
        lines[rank].clone_from(&row);
        for (_, line) in lines.iter_mut().enumerate().filter(|(at, _)| *at != rank) {
            let factor = line[column];
            for (x, y) in line.iter_mut().zip(&row) {
                *x = (*x + (P - factor) * y) % P;
            }
        }
        rank += 1;
    }
    lines.iter().filter(|line| line.iter().filter(|x| **x != 0).count() == 1).count()
}

fn power(base: i64, exponent: i64, modulus: i64) -> i64 {
    let (mut result, mut base, mut rest) = (1, base % modulus, exponent);
    while rest > 0 {
        if rest % 2 == 1 {
            result = result * base % modulus;
        }
        base = base * base % modulus;
        rest /= 2;
    }
    result
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_hidden_follows_and_what_is_shown_is_true(
        counts in proptest::array::uniform3(proptest::array::uniform3(prop_oneof![0_u64..15, 0_u64..200])),
    ) {
        let truth = with_totals(counts.map(Vec::from).to_vec());
        let table = shown(counts);
        for (row, true_row) in table.iter().zip(&truth) {
            for (count, true_count) in row.iter().zip(true_row) {
                prop_assert!(count.is_none_or(|count| count == *true_count && count >= SMALLEST));
            }
        }
        prop_assert_eq!(derivable(&table), 0);
    }
}
