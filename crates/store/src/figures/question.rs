//! What figures are asked for.

use super::super::context::ContextFilter;
use super::super::read::{Days, Selection, Usage};
use crate::calendar::Day;

/// A product, a window of days, and which data of them counts.
#[derive(Clone, Debug)]
pub struct Question {
    /// Product id.
    pub product: String,
    /// The window.
    pub days: Days,
    /// The day that is not over.
    pub today: Day,
    /// How many of its hours are over.
    pub hour: u8,
    /// Which contexts count.
    pub contexts: ContextFilter,
    /// Which installations count, in figures that are counted in installations.
    pub installations: InstallationFilter,
}

impl Question {
    /// The same question of as many days before the window.
    #[must_use]
    pub fn previous(&self) -> Self {
        let days = Days { first: self.days.first - self.length(), last: self.days.first - 1 };
        Self { days, ..self.clone() }
    }

    /// How many days the window has.
    #[must_use]
    pub fn length(&self) -> Day {
        self.days.last - self.days.first + 1
    }

    /// The last day of the window that is over: whole days are set beside whole days alone.
    #[must_use]
    pub fn last_whole(&self) -> Day {
        self.days.last.min(self.today - 1)
    }

    /// Whether a day may still grow for certain: it is not over.
    #[must_use]
    pub fn is_incomplete(&self, day: Day) -> bool {
        day >= self.today
    }

    pub(super) fn selection(&self) -> Selection<'_> {
        self.selection_of(self.days)
    }

    pub(super) fn selection_of(&self, days: Days) -> Selection<'_> {
        Selection { product: &self.product, days, contexts: &self.contexts }
    }
}

/// Which installations count, by what their last report counts, and by what they used or did not use. It reaches every
/// figure that is counted in installations, and none that is counted in events: those are kept without it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstallationFilter {
    /// Those whose last report is of all these sizes.
    pub sizes: Vec<SizeFilter>,
    /// Those that used all of these in the window.
    pub used: Vec<Usage>,
    /// Those that used none of these in the window.
    pub unused: Vec<Usage>,
}

impl InstallationFilter {
    /// Whether every installation counts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sizes.is_empty() && self.used.is_empty() && self.unused.is_empty()
    }
}

/// Installations whose last report counts so many of something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SizeFilter {
    /// The count's name.
    pub count: String,
    /// The entry of its closed list; none for a count of one number.
    pub entry: Option<String>,
    /// The smallest number that belongs.
    pub from: u64,
    /// The largest number that belongs; none for no bound.
    pub to: Option<u64>,
}

impl SizeFilter {
    pub(super) fn keeps(&self, number: u64) -> bool {
        self.from <= number && self.to.is_none_or(|to| number <= to)
    }
}
