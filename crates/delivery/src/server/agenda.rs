//! What a server's agent has to do next, and when: a report, a delivery, or nothing yet.
//!
//! The agent's worker asks what is [`due`](Agenda::due), does it, says what came of it, and sleeps until
//! [`wake_at`](Agenda::wake_at).

use aboveboard_types::event::Seconds;
use aboveboard_types::id::Id;

use super::schedule::{Schedule, phase};
use super::settings::Setup;
use super::state::{Recording, Silence};
use super::timing::Timing;
use crate::pace::Pace;

/// When the worker has something to do next; zero where that is not known yet.
#[derive(Clone, Copy, Debug)]
pub struct Agenda {
    timing: Timing,
    /// The installation that these times are of.
    id: Option<Id>,
    report: Seconds,
    delivery: Seconds,
}

/// What is due at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// A report: take the turn, have the host count, record, and call [`Agenda::reported`].
    pub report: bool,
    /// A delivery, which is also due once a report was recorded: deliver, and call [`Agenda::delivered`].
    pub delivery: bool,
}

/// What the reports of one installation hang on.
#[derive(Clone, Copy, Debug)]
pub struct Basis {
    id: Id,
    reports: Schedule,
    shown_at: Seconds,
    started_at: Seconds,
}

impl Basis {
    /// Of a server that may record.
    #[must_use]
    pub fn of(recording: &Recording, setup: &Setup) -> Self {
        let Recording { id, reports, shown_at, .. } = *recording;
        Self { id, reports, shown_at, started_at: setup.started_at() }
    }

    /// When the next report is due, given when the last one was made.
    fn next_report(&self, last: Option<Seconds>, now: Seconds) -> Seconds {
        // A report in the future was made by a wrong clock and says nothing.
        let last = last.filter(|last| *last <= now);
        self.reports.next_report(self.id, self.shown_at, self.started_at, last)
    }
}

impl Agenda {
    /// The agenda of a server that has just started.
    #[must_use]
    pub fn new(timing: Timing) -> Self {
        Self { timing, id: None, report: 0, delivery: 0 }
    }

    /// When a server that may not record asks again.
    #[must_use]
    pub fn asks_again_at(&self, silence: Silence, now: Seconds) -> Seconds {
        match silence {
            Silence::FirstDelay(opens_at) => opens_at,
            // An operator who consents later is heard within one interval, by an agent that waits for it.
            Silence::Off(_) | Silence::Undecided(_) | Silence::NoId => now.saturating_add(self.every()),
        }
    }

    /// What is due now. `last` is when this installation last reported; with `has_backlog` so much waits that it
    /// leaves before its time.
    pub fn due(&mut self, basis: &Basis, last: Option<Seconds>, has_backlog: bool, now: Seconds) -> Due {
        if self.id.replace(basis.id).is_some_and(|id| id != basis.id) {
            // Consent after an opt-out: what was due for the installation that ended is not due for this one.
            self.report = 0;
            self.delivery = 0;
        }
        self.bound(now);
        let delivery = has_backlog || self.delivery > 0 && now >= self.delivery;
        if self.delivery == 0 {
            self.delivery = self.first_delivery(basis.id, now);
        }
        self.report = self.report.max(basis.next_report(last, now));
        Due { report: now >= self.report, delivery }
    }

    /// A report was tried. `before` and `after` are when this installation had last reported: where these are one, no
    /// report came of it, neither from here nor from a replica, and none is tried before a pause.
    pub fn reported(&mut self, basis: &Basis, before: Option<Seconds>, after: Option<Seconds>, now: Seconds) {
        self.report = if after.is_some() && after != before {
            basis.next_report(after, now)
        } else {
            now.saturating_add(Pace::every(self.every()).spread().max(1))
        };
    }

    /// A delivery ended. `not_before` is the time before which nothing more may be sent, where there is one.
    pub fn delivered(&mut self, not_before: Option<Seconds>, now: Seconds) {
        let Timing { deliver_every, .. } = self.timing;
        // What need not leave sooner leaves with the next report, so that one wake-up does for both.
        let regular =
            if deliver_every >= self.every() { self.report } else { now.saturating_add(deliver_every) };
        self.delivery = not_before.unwrap_or(regular).max(now.saturating_add(1));
    }

    /// When the next report is due.
    #[must_use]
    pub fn next_report(&self) -> Seconds {
        self.report
    }

    /// When something is due next.
    #[must_use]
    pub fn wake_at(&self) -> Seconds {
        self.report.min(self.delivery)
    }

    /// How long the worker sleeps, in seconds: at least one, and never longer than the interval, since a clock that was
    /// set may have moved what is due.
    #[must_use]
    pub fn seconds_until(&self, wake_at: Seconds, now: Seconds) -> u64 {
        wake_at.saturating_sub(now).clamp(1, self.every())
    }

    /// Seconds between two reports; at least one.
    #[must_use]
    pub fn every(&self) -> u64 {
        self.timing.reports.every
    }

    /// Takes out what a clock that was ahead has left.
    fn bound(&mut self, now: Seconds) {
        let latest = now.saturating_add(self.every().saturating_mul(2));
        self.report = self.report.min(latest);
        self.delivery = self.delivery.min(latest);
    }

    /// What an earlier process left behind leaves with the first report, or a little after the start: servers that are
    /// started together do not all deliver in the same second.
    fn first_delivery(&self, id: Id, now: Seconds) -> Seconds {
        let spread = self.timing.reports.first_delay.min(self.timing.deliver_every);
        now.saturating_add(phase(id, spread)).saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400;
    const NOW: Seconds = 1_800_000_000;

    fn timing(first_delay: u64, deliver_every: u64) -> Timing {
        Timing { reports: Schedule { first_delay, every: DAY }, deliver_every }
    }

    fn basis(timing: Timing) -> Basis {
        Basis { id: Id::from_random([9; 16]), reports: timing.reports, shown_at: NOW, started_at: NOW }
    }

    #[test]
    fn a_report_is_due_at_the_start_and_again_an_interval_later_and_is_delivered_with_it() {
        let timing = timing(0, DAY);
        let basis = basis(timing);
        let mut agenda = Agenda::new(timing);
        assert_eq!(agenda.due(&basis, None, false, NOW), Due { report: true, delivery: false });
        agenda.reported(&basis, None, Some(NOW), NOW);
        assert!(agenda.next_report().abs_diff(NOW + DAY) <= 1_800);
        agenda.delivered(None, NOW);
        assert_eq!(agenda.wake_at(), agenda.next_report(), "one wake-up for both");
        let next = agenda.next_report();
        assert_eq!(agenda.due(&basis, Some(NOW), false, next - 1), Due::default());
        assert_eq!(agenda.due(&basis, Some(NOW), false, next), Due { report: true, delivery: true });
    }

    #[test]
    fn a_report_that_did_not_come_is_tried_again_after_a_pause_and_not_before() {
        let timing = timing(0, DAY);
        let basis = basis(timing);
        let mut agenda = Agenda::new(timing);
        assert!(agenda.due(&basis, None, false, NOW).report);
        agenda.reported(&basis, None, None, NOW);
        assert_eq!(agenda.next_report(), NOW + 3_600);
        assert!(!agenda.due(&basis, None, false, NOW + 3_599).report);
        assert!(agenda.due(&basis, None, false, NOW + 3_600).report);
    }

    #[test]
    fn what_waits_leaves_before_its_time_where_it_is_much_and_no_sooner_than_the_collector_asks() {
        let timing = timing(0, 60);
        let basis = basis(timing);
        let mut agenda = Agenda::new(timing);
        let last = Some(NOW - 5);
        assert_eq!(agenda.due(&basis, last, true, NOW), Due { report: false, delivery: true });
        agenda.delivered(Some(NOW + 700), NOW);
        assert_eq!(agenda.wake_at(), NOW + 700);
        agenda.delivered(None, NOW);
        assert_eq!(agenda.wake_at(), NOW + 60);
        agenda.delivered(Some(NOW - 9), NOW);
        assert_eq!(agenda.wake_at(), NOW + 1, "a time that has passed is no reason to spin");
    }

    #[test]
    fn a_clock_that_was_ahead_holds_up_no_report_for_longer_than_two_intervals() {
        let timing = timing(0, DAY);
        let basis = basis(timing);
        let mut agenda = Agenda::new(timing);
        let ahead = NOW + 900 * DAY;
        assert!(agenda.due(&basis, None, false, ahead).report);
        agenda.reported(&basis, None, Some(ahead), ahead);
        agenda.delivered(None, ahead);
        assert!(!agenda.due(&basis, Some(ahead), false, NOW).report);
        assert!(agenda.wake_at() <= NOW + 2 * DAY, "{}", agenda.wake_at());
        assert_eq!(agenda.seconds_until(agenda.wake_at(), NOW), DAY, "and it looks again before");
    }

    #[test]
    fn another_installation_reports_as_one_that_has_just_begun() {
        let timing = timing(0, DAY);
        let ended = basis(timing);
        let mut agenda = Agenda::new(timing);
        agenda.due(&ended, None, false, NOW);
        agenda.reported(&ended, None, Some(NOW), NOW);
        let begun = Basis { id: Id::from_random([8; 16]), shown_at: NOW + 60, ..ended };
        assert_eq!(agenda.due(&begun, None, false, NOW + 60), Due { report: true, delivery: false });
    }

    #[test]
    fn a_silent_server_asks_again_when_its_first_delay_is_over_or_after_an_interval() {
        let agenda = Agenda::new(timing(3_600, DAY));
        assert_eq!(agenda.asks_again_at(Silence::FirstDelay(NOW + 7), NOW), NOW + 7);
        assert_eq!(agenda.asks_again_at(Silence::NoId, NOW), NOW + DAY);
        assert_eq!(agenda.seconds_until(NOW - 1, NOW), 1);
    }
}
