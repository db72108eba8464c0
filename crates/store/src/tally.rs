//! What is counted of one installation and one day, and what is too much.

use super::calendar::Day;
use super::limits::{MAX_BYTES_A_DAY, MAX_DROPS, MAX_EVENTS_A_DAY};

/// How many dropped events of an installation were counted on the last day of receipt that told of any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CountedDrops {
    /// The day.
    pub day: Option<Day>,
    /// How many.
    pub number: u64,
}

impl CountedDrops {
    /// Counts some more on a day, up to the bound of a day. Returns how many.
    pub fn add(&mut self, day: Day, number: u64) -> u64 {
        if self.day != Some(day) {
            *self = Self { day: Some(day), number: 0 };
        }
        let counted = number.min(MAX_DROPS.saturating_sub(self.number));
        self.number += counted;
        counted
    }
}

/// How much an installation has on a day, or how much a batch adds to that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayTally {
    /// Events.
    pub events: u64,
    /// Reports.
    pub reports: u64,
    /// Bytes of its events in their stored form, before anything is deflated.
    pub bytes: u64,
    /// What its reports take of them.
    pub report_bytes: u64,
}

impl DayTally {
    /// Whether what a batch adds is within what one installation may have on a day. Reports have a cap of their own, which is checked
    /// before what they told is remembered: one that is left out later could not be made up for.
    #[must_use]
    pub fn has_room_for(&self, more: &Self) -> bool {
        let both = self.with(more);
        both.events <= MAX_EVENTS_A_DAY && both.bytes.saturating_sub(both.report_bytes) <= MAX_BYTES_A_DAY
    }

    /// What is there with what is added.
    #[must_use]
    pub fn with(&self, more: &Self) -> Self {
        Self {
            events: self.events.saturating_add(more.events),
            reports: self.reports.saturating_add(more.reports),
            bytes: self.bytes.saturating_add(more.bytes),
            report_bytes: self.report_bytes.saturating_add(more.report_bytes),
        }
    }
}
