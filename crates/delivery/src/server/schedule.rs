//! When a server reports: a fleet spread out, and every server of it on time.

use aboveboard_types::event::Seconds;
use aboveboard_types::id::Id;

use crate::jitter::Jitter;
use crate::pace::Pace;

/// When the reports of one installation are due. A pure function of what is known, so that replicas which share
/// a directory agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Seconds from the first showing of the notice until anything may be recorded.
    pub first_delay: u64,
    /// Seconds between two reports.
    pub every: u64,
}

impl Schedule {
    /// When the next report is due.
    ///
    /// `shown` is when the notice was first shown to this installation, `started` when this process started,
    /// `last` when this installation last reported. A first report comes after the first delay, one that fell
    /// due while the server was down comes after the start, both later by a part of the first delay that hangs
    /// on the id: a thousand servers that were started at once do not report at once. The next one follows after
    /// `every`, give or take a forty-eighth of it.
    #[must_use]
    pub fn next_report(&self, id: Id, shown: Seconds, started: Seconds, last: Option<Seconds>) -> Seconds {
        let opens = self.opens(shown);
        let spread = Pace::every(self.every).spread();
        let regular = last.map_or(0, |last| {
            let offset = Jitter::seeded(seed(id) ^ last).between(0, spread);
            last.saturating_add(self.every - spread / 2).saturating_add(offset)
        });
        if regular > opens.max(started) {
            return regular;
        }
        opens.max(started).saturating_add(phase(id, self.first_delay.min(spread)))
    }

    /// Whether a report is due for a caller that comes when it likes, such as a job that runs once an interval: then one
    /// that comes a little early does not wait for its next time.
    #[must_use]
    pub fn is_due(&self, last: Option<Seconds>, now: Seconds) -> bool {
        // A report in the future was made by a wrong clock and says nothing.
        let since = last.and_then(|last| now.checked_sub(last));
        since.is_none_or(|since| since >= self.every - Pace::every(self.every).spread())
    }

    /// From when anything may be recorded at all.
    #[must_use]
    pub fn opens(&self, shown: Seconds) -> Seconds {
        shown.saturating_add(self.first_delay)
    }
}

/// A number from 0 to `most` that hangs on the id alone and is evenly spread over a fleet.
#[must_use]
pub fn phase(id: Id, most: u64) -> u64 {
    Jitter::seeded(seed(id)).between(0, most)
}

fn seed(id: Id) -> u64 {
    id.bytes().iter().fold(0, |seed: u64, byte| seed.rotate_left(8) ^ u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400;
    const NOW: Seconds = 1_800_000_000;
    const TABLE: Schedule = Schedule { first_delay: 3_600, every: DAY };

    fn fleet() -> impl Iterator<Item = Id> {
        (0..10_000_u128).map(|number| Id::from_custom((number.wrapping_mul(u128::MAX / 7)).to_be_bytes()))
    }

    #[test]
    fn nothing_is_due_within_the_first_delay_and_the_fleet_is_spread_after_it() {
        let mut minutes = [0; 60];
        for id in fleet() {
            let due = TABLE.next_report(id, NOW, NOW, None);
            assert!((NOW + 3_600..=NOW + 7_200).contains(&due));
            minutes[usize::try_from((due - NOW - 3_600) / 60).unwrap().min(59)] += 1;
        }
        assert!(minutes.iter().all(|count| (80..260).contains(count)), "{minutes:?}");
    }

    #[test]
    fn the_next_report_follows_about_a_day_later_also_after_a_restart() {
        for id in fleet() {
            let due = TABLE.next_report(id, NOW, NOW, Some(NOW + 5_000));
            assert!(due.abs_diff(NOW + 5_000 + DAY) <= 1_800);
            assert_eq!(
                TABLE.next_report(id, NOW, NOW + 9_000, Some(NOW + 5_000)),
                due,
                "a restart changes nothing"
            );
            let late = TABLE.next_report(id, NOW, NOW + 9 * DAY, Some(NOW + 5_000));
            assert!((NOW + 9 * DAY..=NOW + 9 * DAY + 3_600).contains(&late), "overdue ones are spread again");
        }
    }

    #[test]
    fn a_caller_that_comes_once_an_interval_is_never_too_early() {
        let last = Some(NOW);
        for (late, is_due) in
            [(0, false), (DAY / 2, false), (DAY - 3_601, false), (DAY - 3_600, true), (DAY, true)]
        {
            assert_eq!(TABLE.is_due(last, NOW + late), is_due, "{late}");
        }
        assert!(TABLE.is_due(None, NOW) && TABLE.is_due(last, NOW - 1), "none, or one of a wrong clock");
    }

    #[test]
    fn without_a_first_delay_the_first_report_is_due_at_once() {
        let table = Schedule { first_delay: 0, every: DAY };
        assert_eq!(table.next_report(Id::from_random([9; 16]), NOW, NOW + 7, None), NOW + 7);
        let extreme = Schedule { first_delay: u64::MAX, every: u64::MAX };
        assert_eq!(extreme.next_report(Id::NIL, u64::MAX, NOW, Some(u64::MAX)), u64::MAX);
        assert_eq!(Schedule { first_delay: 0, every: 0 }.next_report(Id::NIL, 0, NOW, Some(NOW)), NOW);
    }
}
