//! Whether data still arrives: when the last batch came, how long it usually takes until the next one, how many came today,
//! and what was set aside or dropped lately.
//!
//! Silence is judged by what is usual for a product or a component, from the hours of receipt of the four weeks before its
//! last batch, and by who sent something in the same hours a week before. One sender alone decides nothing: whether a silence
//! is bad is a matter of installations (`heard.rs`). Times in which the collector did not run are taken out of both: nobody
//! can have been heard then.

use std::collections::BTreeMap;

use aboveboard_types::declaration::Component;

use super::super::context::ContextFilter;
use super::super::limits::RECEIPT_DAYS;
use super::super::read::{Days, ReadResult, Selection, Snapshot};
use super::heard::Heard;
use super::outage::{HOUR, gap, overlap};
use super::quality::Quality;
use crate::calendar::{Day, SECONDS_A_DAY, day_of};

pub use super::heard::Shortfall;
pub use super::outage::Outage;

/// The days before the last batch by which the usual gaps are known: four weeks, so that each weekday is in them four times.
const USUAL_DAYS: Day = 28;

/// What was noted and dropped is told of so many days, today among them.
pub const NOTED_DAYS: Day = 7;

/// A silence is far longer than usual when it is so many times as long as the longest gap, …
const MAX_GAPS: i64 = 2;

/// … and by this longer: gaps are known to the hour.
const MARGIN: i64 = HOUR;

/// With at least so many hours in which something came, spread over a week or more, gaps are known.
const ENOUGH_HOURS: usize = 4;

/// With at least so many hours, gaps are known also within less than a week.
const MANY_HOURS: usize = 24;

/// Where gaps are known of less than a week, no weekend is among them: a silence is nothing before it is this long.
const WITHOUT_A_WEEK: i64 = 3 * SECONDS_A_DAY;

/// A silence matters to somebody from so many installations on, in the seven days up to the last batch.
const MIN_SENDERS: u64 = 3;

/// So many installations in the same hours a week before are missed, however long gaps usually are, …
const MIN_MISSED: u64 = 10;

/// … when a silence is longer than this.
const MIN_SILENCE: i64 = 2 * HOUR;

/// Whether data still arrives.
#[derive(Debug)]
pub struct Health {
    /// Batches of the whole product; none where it is not known of any when it was received.
    pub all: Option<Arrivals>,
    /// Whether anything was ever counted: a store can hold what came before it noted when.
    pub has_data: bool,
    /// Batches of each component that ever sent one.
    pub components: Vec<(Component, Arrivals)>,
    /// Batches of today.
    pub today: BatchesToday,
    /// Where most of the installations are missing today that sent something in the same hours a week before.
    pub shortfall: Option<Shortfall>,
    /// What was noted in the last [`NOTED_DAYS`] days.
    pub noted: Quality,
}

/// When batches came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrivals {
    /// When the last one was received, in seconds since 1970 UTC.
    pub last: i64,
    /// Seconds since then in which the collector ran.
    pub silent: i64,
    /// Seconds since then in which it did not.
    pub down: i64,
    /// The longest gap of the four weeks before, to the hour, in seconds; none where too little came for gaps to say
    /// anything.
    pub longest_gap: Option<i64>,
    /// The longest gap of the last eight days between hours in which several installations sent something, where it is
    /// longer than that: one that sends each hour does not hide when a product is used.
    pub longest_gap_of_several: Option<i64>,
    /// From how many seconds on a silence is far longer than usual; none where it is not known.
    pub allowed: Option<i64>,
    /// Installations of which something was received in the seven days that end with that of the last batch.
    pub senders: u64,
    /// Installations of which something was received in the same hours a week before this silence.
    pub week_before: u64,
}

impl Arrivals {
    /// Whether nothing has come for far longer than usual.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.allowed.is_some_and(|allowed| self.silent > allowed)
    }

    /// Whether more than one or two senders are silent. Of fewer, nobody can tell whether they were ever meant.
    #[must_use]
    pub fn is_of_several(&self) -> bool {
        self.senders >= MIN_SENDERS
    }

    /// Whether many are missed that sent something in the same hours a week before.
    #[must_use]
    pub fn is_missed(&self) -> bool {
        self.silent > MIN_SILENCE && self.week_before >= MIN_MISSED
    }

    fn of(last: i64, hours: &[i64], heard: &Heard, now: i64, outages: &[Outage]) -> Self {
        let down = overlap(outages, last, now);
        let silent = (now.saturating_sub(last) - down).max(0);
        let first = last - i64::from(USUAL_DAYS) * SECONDS_A_DAY;
        let hours: Vec<i64> = hours.iter().copied().filter(|hour| hour * HOUR >= first).collect();
        let longest = hours.windows(2).map(|pair| gap(pair[0], pair[1], outages)).max();
        let span = hours.last().zip(hours.first()).map_or(0, |(last, first)| (last - first) * HOUR);
        let is_a_week = span >= i64::from(NOTED_DAYS) * SECONDS_A_DAY;
        let is_known = hours.len() >= MANY_HOURS || is_a_week && hours.len() >= ENOUGH_HOURS;
        let longest_gap = longest.filter(|_| is_known);
        let of_several = heard.longest_gap(now, outages);
        let longest_gap_of_several =
            of_several.filter(|several| longest_gap.is_some_and(|all| *several > all));
        let allowed = longest_gap_of_several.or(longest_gap).map(|longest| {
            let allowed = MAX_GAPS * longest + MARGIN;
            if is_a_week { allowed } else { allowed.max(WITHOUT_A_WEEK) }
        });
        Self {
            last,
            silent,
            down,
            longest_gap,
            longest_gap_of_several,
            allowed,
            senders: heard.senders(),
            week_before: heard.a_week_before(last, now, outages),
        }
    }
}

/// Batches of the day that is not over, beside the same day of the week before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BatchesToday {
    /// Up to the begin of the hour that is not over.
    pub batches: u64,
    /// The hour that is not over, 0 to 23.
    pub hour: u8,
    /// In the same hours of the same day of the week before. None where the data does not reach back.
    pub week_before: Option<u64>,
}

impl Health {
    pub(super) fn gather(
        snapshot: &dyn Snapshot,
        product: &str,
        now: i64,
        outages: &[Outage],
    ) -> ReadResult<Self> {
        let today = day_of(now);
        // Something may have been received a little ahead of a clock that was set right since.
        let kept = Days { first: today - RECEIPT_DAYS, last: today + 1 };
        let mut hours: BTreeMap<i64, u64> = BTreeMap::new();
        let mut by_component: BTreeMap<Component, Vec<i64>> = BTreeMap::new();
        snapshot.batches_by_hour(product, kept, &mut |hour, component, batches| {
            let at = i64::from(hour.day) * 24 + i64::from(hour.hour);
            *hours.entry(at).or_default() += batches;
            by_component.entry(component).or_default().push(at);
        })?;
        let mut last_received = snapshot.last_received(product)?;
        last_received.sort_unstable();
        let last = last_received.iter().map(|(_, last)| *last).max();
        let (heard, mut heard_of) = Heard::gather(snapshot, product, today, &last_received)?;
        let every_hour: Vec<i64> = hours.keys().copied().collect();
        let components = last_received.into_iter().map(|(component, last)| {
            let mut hours = by_component.remove(&component).unwrap_or_default();
            hours.sort_unstable();
            hours.dedup();
            let heard = heard_of.remove(&component).unwrap_or_default();
            (component, Arrivals::of(last, &hours, &heard, now, outages))
        });
        let days = Days { first: today - NOTED_DAYS + 1, last: today };
        let everything = ContextFilter::everything();
        let lately = Selection { product, days, contexts: &everything };
        Ok(Self {
            has_data: last.is_some() || snapshot.totals(product)?.iter().any(|total| total.events > 0),
            all: last.map(|last| whole(last, &every_hour, &heard, now, outages)),
            components: components.collect(),
            today: today_of(&hours, now),
            shortfall: heard.shortfall(now, outages),
            noted: Quality::of_selection(snapshot, &lately)?,
        })
    }
}

/// A product of which nothing has come for longer than hours of receipt are kept is silent, whatever was usual.
fn whole(last: i64, hours: &[i64], heard: &Heard, now: i64, outages: &[Outage]) -> Arrivals {
    let arrivals = Arrivals::of(last, hours, heard, now, outages);
    let allowed = arrivals.allowed.unwrap_or(i64::from(RECEIPT_DAYS) * SECONDS_A_DAY);
    Arrivals { allowed: Some(allowed), ..arrivals }
}

fn today_of(hours: &BTreeMap<i64, u64>, now: i64) -> BatchesToday {
    let this = now.div_euclid(HOUR);
    let hour = this.rem_euclid(24);
    let begin = this - hour;
    let sum = |from: i64, to: i64| hours.range(from..to).map(|(_, batches)| *batches).sum();
    let week_before = begin - 7 * 24;
    let reaches_back = hours.first_key_value().is_some_and(|(first, _)| *first < week_before);
    BatchesToday {
        batches: sum(begin, this),
        hour: u8::try_from(hour).unwrap_or_default(),
        week_before: reaches_back.then(|| sum(week_before, week_before + hour)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Friday at noon.
    const NOON: i64 = 20_777 * SECONDS_A_DAY + 12 * HOUR;

    const DAY: i64 = SECONDS_A_DAY;

    /// Batches every so many seconds for so many days up to [`NOON`], and a look so many seconds later.
    fn arrivals(every: i64, days: i64, later: i64, outages: &[Outage]) -> Arrivals {
        let first = NOON - days * DAY;
        let mut hours: Vec<i64> = (0..=days * DAY / every).map(|n| (first + n * every) / HOUR).collect();
        hours.dedup();
        Arrivals::of(hours[hours.len() - 1] * HOUR, &hours, &Heard::default(), NOON + later, outages)
    }

    #[test]
    fn silence_is_judged_by_what_is_usual() {
        // (every, days of history, silent after, not silent after)
        for (every, days, silent, calm) in [
            (60, 40, 3 * HOUR + 1, 3 * HOUR),
            (DAY / 2, 40, 25 * HOUR + 1, 25 * HOUR),
            (DAY, 18, 49 * HOUR + 1, 49 * HOUR),
            (7 * DAY, 49, 15 * DAY, 14 * DAY + HOUR),
            // In the first week a weekend may still come.
            (60, 2, 3 * DAY + 1, 3 * DAY),
        ] {
            let at = |later: i64| arrivals(every, days, later, &[]);
            assert!(at(silent).is_silent(), "every {every} s");
            for later in [300, HOUR, calm] {
                assert!(!at(later).is_silent(), "every {every} s, {later} s later");
            }
        }
    }

    #[test]
    fn of_what_was_always_rare_or_has_only_begun_nothing_is_said() {
        for hours in [&[0][..], &[0, -1], &[0, -1, -2, -3, -4], &[0, -400]] {
            let mut hours: Vec<i64> = hours.iter().map(|hour| NOON / HOUR + hour).collect();
            hours.sort_unstable();
            let seen = Arrivals::of(NOON, &hours, &Heard::default(), NOON + 20 * DAY, &[]);
            assert_eq!((seen.is_silent(), seen.longest_gap), (false, None), "{hours:?}");
            assert!(!whole(NOON, &hours, &Heard::default(), NOON + 55 * DAY, &[]).is_silent());
            assert!(whole(NOON, &hours, &Heard::default(), NOON + 57 * DAY, &[]).is_silent());
        }
    }

    #[test]
    fn a_time_in_which_the_collector_did_not_run_is_nobodys_silence() {
        let weekend = Outage { from: NOON + HOUR, to: NOON + 3 * DAY };
        let seen = arrivals(60, 40, 3 * DAY + HOUR, &[weekend]);
        assert_eq!((seen.silent, seen.down), (2 * HOUR, 3 * DAY - HOUR));
        assert!(!seen.is_silent());
        assert!(arrivals(60, 40, 3 * DAY + 3 * HOUR, &[weekend]).is_silent(), "and it goes on");
        // Nor is one in the weeks before a usual gap.
        let before = Outage { from: NOON - 5 * DAY, to: NOON - 2 * DAY };
        let hours: Vec<i64> = (-600..=0).map(|hour| NOON / HOUR + hour).collect();
        let (gone, rest): (Vec<i64>, Vec<i64>) =
            hours.into_iter().partition(|hour| (before.from..before.to).contains(&(hour * HOUR)));
        assert_eq!(gone.len(), 72);
        assert_eq!(Arrivals::of(NOON, &rest, &Heard::default(), NOON, &[]).longest_gap, Some(73 * HOUR));
        assert_eq!(Arrivals::of(NOON, &rest, &Heard::default(), NOON, &[before]).longest_gap, Some(HOUR));
    }

    #[test]
    fn today_stands_beside_the_same_hours_a_week_before() {
        let hour = NOON / HOUR;
        let hours: BTreeMap<i64, u64> = [
            (hour - 200, 2),
            (hour - 168 - 1, 3),
            (hour - 168, 5),
            (hour - 168 + 1, 7),
            (hour - 1, 11),
            (hour, 13),
        ]
        .into();
        let today = today_of(&hours, NOON + 60);
        assert_eq!(today, BatchesToday { batches: 11, hour: 12, week_before: Some(3) });
        let young: BTreeMap<i64, u64> = [(hour - 24, 1), (hour, 13)].into();
        assert_eq!(today_of(&young, NOON).week_before, None);
    }

    #[test]
    fn a_clock_that_went_back_makes_no_silence() {
        let seen = arrivals(60, 40, -2 * HOUR, &[]);
        assert_eq!((seen.silent, seen.is_silent()), (0, false));
    }

    #[test]
    fn only_where_ten_are_missed_for_more_than_two_hours_is_a_silence_within_the_usual_gap_bad() {
        let calm = arrivals(DAY, 40, 3 * HOUR, &[]);
        let missed = |silent, week_before| Arrivals { silent, week_before, ..calm }.is_missed();
        assert!(!calm.is_silent() && missed(2 * HOUR + 1, 10));
        assert!(!missed(2 * HOUR, 10) && !missed(2 * HOUR + 1, 9));
        let several = |senders| Arrivals { senders, ..calm }.is_of_several();
        assert!(several(3) && !several(2));
    }

    #[test]
    fn hours_of_several_installations_make_the_usual_gap_longer_and_never_shorter() {
        let hours: Vec<i64> = (-600..=0).map(|hour| NOON / HOUR + hour).collect();
        let daily = (0..7).map(|day| (NOON / HOUR - day * 24, 1..31));
        let hourly = hours[500..].iter().map(|hour| (*hour, 0..2));
        let seen = |heard: &Heard| Arrivals::of(NOON, &hours, heard, NOON + 5 * HOUR, &[]);
        assert!(seen(&Heard::default()).is_silent());
        assert!(seen(&Heard::of_hours(hourly)).is_silent());
        let of_days = seen(&Heard::of_hours(daily));
        assert_eq!((of_days.longest_gap_of_several, of_days.allowed), (Some(24 * HOUR), Some(49 * HOUR)));
    }
}
