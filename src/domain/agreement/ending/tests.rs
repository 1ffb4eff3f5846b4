//! Until when things are kept, and that nothing lengthens it.

use proptest::prelude::*;

use super::*;

fn day(n: i64) -> CivilDate {
    CivilDate::new(2026, 1, 1).unwrap().plus_days(n)
}

fn holding(received: i64) -> Holding {
    Holding {
        received_on: day(received),
        retention_days: 30,
        ended_on: None,
        withdrawn_at: None,
        receipted: false,
    }
}

#[test]
fn a_record_is_kept_for_its_days_and_its_purge_is_proved_in_seven() {
    let state = |now: Timestamp| holding(0).state_at(now, &Deadlines::default());
    assert_eq!(state(day(31).start().plus(-1)), PurgeState::Kept { until: day(30) });
    assert_eq!(state(day(31).start()), PurgeState::Due { receipt_by: day(38).start() });
    assert_eq!(state(day(38).start()), PurgeState::Overdue { since: day(38).start() });
    let receipted = Holding { receipted: true, ..holding(0) };
    assert_eq!(receipted.state_at(day(0).start(), &Deadlines::default()), PurgeState::Purged);
}

#[test]
fn an_ending_shortens_what_comes_after_it_and_lengthens_nothing() {
    let ended = |received| Holding { ended_on: Some(day(10)), ..holding(received) };
    assert_eq!(ended(0).kept_until(), day(30));
    assert_eq!(ended(20).kept_until(), day(40));
}

#[test]
fn a_withdrawal_is_due_at_once() {
    let at = day(5).start();
    let holding = Holding { withdrawn_at: Some(at), ..holding(0) };
    let state = |now: Timestamp| holding.state_at(now, &Deadlines::default());
    assert_eq!(state(at.plus(-1)).code(), "kept");
    assert_eq!(state(at), PurgeState::Due { receipt_by: at.plus(Timestamp::DAY) });
    assert_eq!(state(at.plus(Timestamp::DAY)).code(), "overdue");
    let late = Holding { withdrawn_at: Some(day(99).start()), ..holding };
    let since = PurgeState::Overdue { since: day(38).start() };
    assert_eq!(late.state_at(day(99).start(), &Deadlines::default()), since);
}

#[test]
fn the_list_shows_the_longest_due_first() {
    let all = [(1, holding(9)), (2, holding(0)), (3, holding(50))];
    let list = purge_list(all, day(40).start(), &Deadlines::default());
    assert_eq!(
        list.iter().map(|(name, state)| (*name, state.code())).collect::<Vec<_>>(),
        [(2, "overdue"), (1, "due")]
    );
}

proptest! {
    #[test]
    fn nothing_lengthens_a_retention(
        received in 0_i64..100, ended in proptest::option::of(0_i64..100),
        withdrawn in proptest::option::of(0_i64..200), now in 0_i64..300,
    ) {
        let plain = holding(received);
        let touched = Holding {
            ended_on: ended.map(day),
            withdrawn_at: withdrawn.map(|n| day(n).start()),
            ..plain
        };
        prop_assert!(touched.kept_until() <= plain.kept_until());
        let rank = |state| match state {
            PurgeState::Kept { .. } => 0,
            PurgeState::Due { .. } => 1,
            PurgeState::Overdue { .. } | PurgeState::Purged => 2,
        };
        let now = day(now).start();
        let deadlines = Deadlines::default();
        prop_assert!(rank(touched.state_at(now, &deadlines)) >= rank(plain.state_at(now, &deadlines)));
    }
}
