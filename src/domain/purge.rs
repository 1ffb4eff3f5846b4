//! When what was received must go, and by when its last copy is gone.
//!
//! Knows days and causes; must not know what is purged. Invariant: nothing is kept longer than the
//! shortest retention under which it was received.

use super::date::CivilDate;
use crate::clock::Timestamp;

codes! {
    /// Why what was received is destroyed (清除). The legal basis that the log's `erased` entry carries.
    pub enum PurgeCause {
        Withdrawn = "withdrawn" "撤回",
        Retention = "retention" "保存期满",
        AgreementEnded = "agreement_ended" "协议终止",
    }
}

codes! {
    /// Why an own lead is destroyed for good (销毁): the cases of article 47 of the Personal Information Protection
    /// Law. The legal basis that the log's `erased` entry carries.
    pub enum ErasureBasis {
        PurposeAchieved = "purpose_achieved" "处理目的已实现",
        RetentionOver = "retention_over" "保存期限届满",
        ConsentWithdrawn = "consent_withdrawn" "当事人撤回同意",
        Unlawful = "unlawful" "违法违约处理",
        Statutory = "statutory" "法律法规规定",
    }
}

/// How old the oldest copy of the key store may be, days. A destroyed key lives on in copies for that long.
pub const COPY_DAYS: i64 = 7;

/// When a record received at `received` is due: the start of the day in China after its last day kept.
pub fn due(received: Timestamp, retention_days: u32) -> Timestamp {
    CivilDate::of(received).plus_days(i64::from(retention_days)).start()
}

/// The last instant of a deadline that is a day in China.
pub fn end_of(day: CivilDate) -> Timestamp {
    day.plus_days(1).start().plus(-1)
}

/// By when no copy of the key store holds a key that was destroyed at `erased`.
pub const fn copies_gone_by(erased: Timestamp) -> Timestamp {
    erased.plus(COPY_DAYS * Timestamp::DAY)
}

/// Whether a copy of the key store made at `made` may still be restored at `now`. One from the future may not:
/// a clock is wrong.
pub const fn copy_is_fresh(made: Timestamp, now: Timestamp) -> bool {
    made.0 <= now.0.saturating_add(Timestamp::DAY)
        && now.0.saturating_sub(made.0) <= COPY_DAYS * Timestamp::DAY
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp(1_795_233_600_000); // 2026-11-21T12:00 in China

    #[test]
    fn a_record_is_kept_for_its_days_and_not_an_hour_longer() {
        let due = due(NOON, 30);
        assert_eq!(due.rfc3339(), "2026-12-20T16:00:00Z");
        assert_eq!(CivilDate::of(due).days_since(CivilDate::of(NOON)), 30);
        assert_eq!(CivilDate::of(due.plus(-1)).days_since(CivilDate::of(NOON)), 29);
    }

    #[test]
    fn a_copy_of_the_key_store_lives_seven_days() {
        let week = COPY_DAYS * Timestamp::DAY;
        assert!(copy_is_fresh(NOON, NOON.plus(week)) && !copy_is_fresh(NOON, NOON.plus(week + 1)));
        assert!(!copy_is_fresh(NOON.plus(2 * Timestamp::DAY), NOON));
        assert_eq!(copies_gone_by(NOON), NOON.plus(week));
    }

    #[test]
    fn a_deadline_is_a_whole_day() {
        let day = CivilDate::of(NOON);
        assert_eq!(CivilDate::of(end_of(day)), day);
        assert_eq!(end_of(day).plus(1), day.plus_days(1).start());
    }
}
