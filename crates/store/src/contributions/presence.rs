//! That an installation was there in a period, by what only it can compute of that period.

use aboveboard_manifest::PublishEvery;
use aboveboard_published::counted;

use super::period::{days_of, period_of};
use crate::calendar::{Day, Days};

/// What a batch shows, under a revision of the manifest that publishes figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownPresence {
    /// What the *send* value of the installation gives. No store keeps it.
    pub value: counted::Value,
    /// The revision.
    pub revision: u32,
    /// How often it publishes.
    pub every: PublishEvery,
}

/// What is kept of it for one period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Presence {
    /// The days of the period.
    pub days: Days,
    /// What the shown value gives for this period. It says nothing of another one.
    pub value: counted::Value,
    /// The revision of the latest batch with events in the period.
    pub revision: u32,
}

impl ShownPresence {
    /// What is kept of it for the period in which a day lies.
    #[must_use]
    pub fn on(&self, day: Day) -> Option<Presence> {
        let period = period_of(self.every, day)?;
        let value = counted::of_period(&self.value, &period.to_string());
        Some(Presence { days: days_of(period), value, revision: self.revision })
    }
}
