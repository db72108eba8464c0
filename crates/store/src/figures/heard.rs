//! Of how many installations something was received, and when: one sender is one here, however often it sends.

use std::collections::BTreeMap;

use aboveboard_types::declaration::Component;

use super::super::context::ContextFilter;
use super::super::installation_set::InstallationSet;
use super::super::limits::RECEIPT_HOUR_DAYS;
use super::super::read::{Days, ReadResult, Selection, Snapshot};
use super::outage::{HOUR, Outage, gap, overlap};
use crate::calendar::{Day, SECONDS_A_DAY, day_of};

/// The days that end with that of the last batch, by which it is known how many installations a silence is of.
const SENDERS_DAYS: Day = 7;

/// An hour is one in which a product is used, and not one sender's, from so many installations on.
const SEVERAL: u64 = 2;

/// The gaps between such hours are those of so many days.
const GAP_DAYS: i64 = 8;

/// In the hours of a day that are over, so many installations a week before are enough to miss them …
const MIN_MISSED: u64 = 20;

/// … where now there is at most one of so many.
const MISSED: u64 = 5;

/// A week, in hours.
const WEEK: i64 = 7 * 24;

/// Far fewer installations than in the same hours a week before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortfall {
    /// The hour that is not over, 0 to 23.
    pub hour: u8,
    /// Installations of which something was received today before this hour.
    pub now: u64,
    /// The same a week before.
    pub week_before: u64,
}

/// The installations of which something was received, of a product or of one of its components.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// By hour since 1970 UTC, as far back as hours are kept.
    hours: BTreeMap<i64, InstallationSet>,
    /// In the seven days that end with that of the last batch.
    lately: InstallationSet,
}

impl Heard {
    /// Those of a product, and of each of its components. `last` is when the last batch of each component came.
    pub(super) fn gather(
        snapshot: &dyn Snapshot,
        product: &str,
        today: Day,
        last: &[(Component, i64)],
    ) -> ReadResult<(Self, BTreeMap<Component, Self>)> {
        let mut all = Self::default();
        let mut components: BTreeMap<Component, Self> = BTreeMap::new();
        let everything = ContextFilter::everything();
        let of = |days: Days| Selection { product, days, contexts: &everything };
        let hours = of(Days { first: today - RECEIPT_HOUR_DAYS, last: today + 1 });
        snapshot.received_by_hour(&hours, &mut |hour, context, set| {
            let at = i64::from(hour.day) * 24 + i64::from(hour.hour);
            all.hours.entry(at).or_default().unite(&set);
            components.entry(context.component).or_default().hours.entry(at).or_default().unite(&set);
        })?;
        let Some(newest) = last.iter().map(|(_, last)| day_of(*last)).max() else {
            return Ok((all, components));
        };
        let until = |day: Day| Days { first: day - SENDERS_DAYS + 1, last: day };
        snapshot.received(&of(until(newest)), &mut |_, _, set| all.lately.unite(&set))?;
        for (component, last) in last {
            let heard = components.entry(*component).or_default();
            let contexts = ContextFilter { component: Some(*component), ..ContextFilter::everything() };
            let days = Selection { product, days: until(day_of(*last)), contexts: &contexts };
            snapshot.received(&days, &mut |_, _, set| heard.lately.unite(&set))?;
        }
        Ok((all, components))
    }

    /// How many there were in the seven days that end with that of the last batch.
    pub(super) fn senders(&self) -> u64 {
        self.lately.len()
    }

    /// The longest time between hours of the last eight days in which there were several, in seconds; none where there are
    /// not two such hours.
    pub(super) fn longest_gap(&self, now: i64, outages: &[Outage]) -> Option<i64> {
        let first = (now - GAP_DAYS * SECONDS_A_DAY).div_euclid(HOUR);
        let several = self.hours.range(first..).filter(|(_, set)| set.len() >= SEVERAL);
        let hours: Vec<i64> = several.map(|(hour, _)| *hour).collect();
        hours.windows(2).map(|pair| gap(pair[0], pair[1], outages)).max()
    }

    /// How many there were a week before the whole hours since the last batch, as far back as hours are kept. Hours in
    /// which the collector did not run are left out: nobody could have been heard then.
    pub(super) fn a_week_before(&self, last: i64, now: i64, outages: &[Outage]) -> u64 {
        let silent = last.div_euclid(HOUR) + 1..now.div_euclid(HOUR);
        let mut heard = InstallationSet::default();
        for hour in silent.filter(|hour| overlap(outages, hour * HOUR, (hour + 1) * HOUR) == 0) {
            if let Some(set) = self.hours.get(&(hour - WEEK)) {
                heard.unite(set);
            }
        }
        heard.len()
    }

    /// Whether most of those of the same hours a week before are missing today. Where the collector did not run in one of
    /// today's hours, nothing is said.
    pub(super) fn shortfall(&self, now: i64, outages: &[Outage]) -> Option<Shortfall> {
        let this = now.div_euclid(HOUR);
        let hour = this.rem_euclid(24);
        let begin = this - hour;
        if overlap(outages, begin * HOUR, this * HOUR) > 0 {
            return None;
        }
        let today = self.between(begin, this);
        let week_before = self.between(begin - WEEK, this - WEEK);
        (week_before >= MIN_MISSED && today.saturating_mul(MISSED) <= week_before).then(|| Shortfall {
            hour: u8::try_from(hour).unwrap_or_default(),
            now: today,
            week_before,
        })
    }

    /// How many there were from the begin of one hour to that of another.
    fn between(&self, from: i64, to: i64) -> u64 {
        let mut heard = InstallationSet::default();
        for (_, set) in self.hours.range(from..to) {
            heard.unite(set);
        }
        heard.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::installation_set::Member;

    /// A Friday at noon.
    const NOON: i64 = 20_777 * SECONDS_A_DAY + 12 * HOUR;

    impl Heard {
        /// In each of these hours, installations with these numbers.
        pub(in super::super) fn of_hours(
            hours: impl IntoIterator<Item = (i64, std::ops::Range<u32>)>,
        ) -> Self {
            let mut heard = Self::default();
            for (hour, members) in hours {
                let set = heard.hours.entry(hour).or_default();
                members.for_each(|member| set.insert(Member(member)));
            }
            heard
        }
    }

    /// The same in hours counted from noon.
    fn heard(hours: impl IntoIterator<Item = (i64, std::ops::Range<u32>)>) -> Heard {
        Heard::of_hours(hours.into_iter().map(|(hour, members)| (NOON / HOUR + hour, members)))
    }

    #[test]
    fn one_hourly_sender_shortens_no_gap() {
        let one = || (-190..0).map(|hour| (hour, 0..1));
        let daily = [-168, -144, -120, -96, -72, -48, -24].map(|hour| (hour, 1..31));
        assert_eq!(heard(one().chain(daily)).longest_gap(NOON, &[]), Some(24 * HOUR));
        assert_eq!(heard(one()).longest_gap(NOON, &[]), None);
        let before = Outage { from: NOON - 70 * HOUR, to: NOON - 50 * HOUR };
        let rare = [-72, -48].map(|hour| (hour, 1..31));
        assert_eq!(heard(rare).longest_gap(NOON, &[before]), Some(4 * HOUR));
    }

    #[test]
    fn whoever_sent_in_the_same_hours_a_week_before_is_missed_once_and_not_while_the_collector_was_down() {
        let before = || heard([(-172, 0..5), (-171, 0..9), (-170, 5..12), (-168, 50..90)]);
        let last = NOON - 5 * HOUR + 60;
        assert_eq!(before().a_week_before(last, NOON + 60, &[]), 12);
        assert_eq!(before().a_week_before(NOON - 3 * HOUR, NOON, &[]), 7);
        let down = Outage { from: NOON - 3 * HOUR, to: NOON - 2 * HOUR - 60 };
        assert_eq!(before().a_week_before(last, NOON, &[down]), 12);
        let down = Outage { from: NOON - 3 * HOUR, to: NOON - 2 * HOUR + 60 };
        assert_eq!(before().a_week_before(last, NOON, &[down]), 5);
    }

    #[test]
    fn most_are_missing_today_where_at_most_a_fifth_of_twenty_or_more_came() {
        let day = |now: u32, before: u32| heard([(-3, 0..now), (-2, 0..now), (-170, 0..before), (0, 0..99)]);
        let seen = |now, before| day(now, before).shortfall(NOON + 60, &[]);
        assert_eq!(seen(1, 32), Some(Shortfall { hour: 12, now: 1, week_before: 32 }));
        assert_eq!(seen(4, 20).map(|shortfall| shortfall.now), Some(4));
        assert_eq!((seen(5, 20), seen(0, 19), seen(20, 20)), (None, None, None));
        // What was sent on another day is not of these hours.
        assert_eq!(heard([(-13, 0..40), (-168 - 13, 0..40)]).shortfall(NOON, &[]), None);
        let down = Outage { from: NOON - 4 * HOUR, to: NOON - 3 * HOUR };
        assert_eq!(day(1, 32).shortfall(NOON, &[down]), None);
    }
}
