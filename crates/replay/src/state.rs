//! What must be known of an installation to go on with what it sends next.

use std::collections::BTreeMap;
use std::sync::Arc;

use aboveboard_store::calendar::Day;
use aboveboard_store::contributions::Presence;
use aboveboard_store::read::{Days, ReportedCount};
use aboveboard_store::sequence::SequenceWindow;
pub use aboveboard_store::tally::{CountedDrops, DayTally};

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

/// What a process told last, its sums by their texts.
pub type Process = aboveboard_store::sums::Process<Arc<str>>;

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

impl Default for InstallationState {
    /// That of one of which nothing is known.
    fn default() -> Self {
        Self {
            first: None,
            last: None,
            received: None,
            heard: None,
            sequence: SequenceWindow::EMPTY,
            spent: None,
            drops: CountedDrops::default(),
            erased: None,
            days: BTreeMap::new(),
            processes: Vec::new(),
            presences: BTreeMap::new(),
            latest: None,
        }
    }
}

impl InstallationState {
    /// Whether anything of the installation is known, besides that it was erased.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.last.is_some()
    }
}
