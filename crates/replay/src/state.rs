//! What must be known of an installation to go on with what it sends next.

use std::collections::BTreeMap;
use std::sync::Arc;

use aboveboard_store::calendar::Day;
use aboveboard_store::contributions::Presence;
use aboveboard_store::read::{Days, ReportedCount};
use aboveboard_store::sequence::SequenceWindow;
use aboveboard_types::id::Id;

use crate::batch::SentContext;
use crate::order::Order;

/// What is known of an installation at one place of the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstallationState {
    /// First and last day of its events that count.
    pub first: Option<Day>,
    /// See `first`; the day of receipt where nothing of it was placed yet.
    pub last: Option<Day>,
    /// The first day of receipt; none while it is not known.
    pub received: Option<Day>,
    /// The last day of receipt, of a product that publishes figures.
    pub heard: Option<Day>,
    /// The last sequence numbers.
    pub sequence: SequenceWindow,
    /// Up to when the growth of its sums is used up: seconds since 1970.
    pub spent: Option<i64>,
    /// Its dropped events of the last day of receipt that told of any.
    pub drops: CountedDrops,
    /// When it was erased, and the day of receipt of that.
    pub erased: Option<(Order, Day)>,
    /// What it has on each day on which more can be placed.
    pub days: BTreeMap<Day, DayTally>,
    /// The sums that its last processes told, the one that reported last at the end.
    pub processes: Vec<Process>,
    /// In which periods of published figures it was there.
    pub presences: BTreeMap<Days, Presence>,
    /// Its last report.
    pub latest: Option<LatestReport>,
}

/// How many dropped events were counted on a day of receipt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CountedDrops {
    /// The day.
    pub day: Option<Day>,
    /// How many.
    pub number: u64,
}

/// How much an installation has on a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayTally {
    /// Events.
    pub events: u64,
    /// Reports.
    pub reports: u64,
    /// Bytes of its events in their stored form.
    pub bytes: u64,
    /// Those of its reports.
    pub report_bytes: u64,
}

/// What a process told last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its restart tag.
    pub run: Id,
    /// The day of its last report.
    pub day: Day,
    /// Its sums, by name, whether they are times, and the edge at or below the times.
    pub sums: BTreeMap<(Arc<str>, bool, u64), u64>,
}

/// The last report of an installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LatestReport {
    /// Day and hour; a later report of the same hour wins.
    pub when: (Day, u8),
    /// What recorded it.
    pub context: Arc<SentContext>,
    /// What it counted.
    pub counts: Vec<ReportedCount>,
}
