//! Periods in the days of a store.

use aboveboard_manifest::PublishEvery;
use aboveboard_published::period::CalendarPeriod;
use aboveboard_published::publication::Every;

use crate::calendar::{Day, Days};

/// The period in which a day lies; none outside the years that a publication can have.
#[must_use]
pub fn period_of(every: PublishEvery, day: Day) -> Option<CalendarPeriod> {
    let every = match every {
        PublishEvery::Month => Every::Month,
        PublishEvery::Quarter => Every::Quarter,
    };
    CalendarPeriod::of_day(every, u32::try_from(day).ok()?)
}

/// The days of a period.
#[must_use]
pub fn days_of(period: CalendarPeriod) -> Days {
    let day = |day| Day::try_from(day).unwrap_or(Day::MAX);
    Days { first: day(period.first()), last: day(period.last()) }
}

/// The period that has just these days; none where they are no month and no quarter.
#[must_use]
pub(super) fn period_with(days: Days) -> Option<CalendarPeriod> {
    [PublishEvery::Month, PublishEvery::Quarter]
        .into_iter()
        .filter_map(|every| period_of(every, days.first))
        .find(|period| days_of(*period) == days)
}

/// The first day of the period before.
pub(super) fn first_of_before(period: CalendarPeriod) -> Day {
    let last = period.first().checked_sub(1);
    let before = last.and_then(|last| CalendarPeriod::of_day(period.every(), last));
    before.map_or(Day::MIN, |before| days_of(before).first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_known_by_its_days_and_has_one_before_it() {
        for (id, before) in
            [("2026-q4", "2026-q3"), ("2027-q1", "2026-q4"), ("2026-12", "2026-11"), ("2027-01", "2026-12")]
        {
            let period = CalendarPeriod::parse(id).unwrap();
            let days = days_of(period);
            assert_eq!(period_with(days), Some(period));
            assert_eq!(first_of_before(period), days_of(CalendarPeriod::parse(before).unwrap()).first);
            assert_eq!(period_with(Days { last: days.last - 1, ..days }), None);
        }
        assert_eq!(period_of(PublishEvery::Month, -1), None);
        assert_eq!(first_of_before(CalendarPeriod::parse("1970-01").unwrap()), Day::MIN);
    }
}
