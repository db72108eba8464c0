//! What changed, as it is told.

use aboveboard_types::event::Ending;
use aboveboard_types::value::Version;

use super::super::interval::Share;
use crate::calendar::Day;

/// What changed up to one day. Everything is counted in installations, by the day of receipt, and on each day in those
/// alone that are verified on it, new ones that come back apart: what was received on a day that is
/// over stays as it is, and so does this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// The last day that is over. It is compared with the same weekday of the weeks before, and the seven days that end with it
    /// with as many weeks before them.
    pub last: Day,
    /// How many weeks before there are to compare with, four at most. With fewer than [`Changes::MIN_WEEKS`] nothing is compared.
    pub weeks: u8,
    /// The first day on which something can be said; none where it is not known what was received.
    pub ready: Option<Day>,
    /// Verified installations of which something was received in the seven days.
    pub active: u64,
    /// The loudest first.
    pub found: Vec<Change>,
}

impl Changes {
    /// With fewer weeks before, nothing is compared: one week shows nothing of how weeks differ.
    pub const MIN_WEEKS: u8 = 2;

    /// Whether there was enough to compare with.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.weeks >= Self::MIN_WEEKS
    }
}

/// What changed, how loudly it is to be said, and since when it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// How loudly.
    pub tone: Tone,
    /// Since when.
    pub since: Since,
    /// What.
    pub finding: Finding,
}

/// How loudly a change is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    /// Somebody should look.
    Bad,
    /// Something got better.
    Good,
    /// Neither.
    Plain,
}

/// Since when something is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// On the last day that is over, beside the same weekday of the weeks before.
    Yesterday,
    /// In the seven days up to it, beside the weeks before.
    LastWeek,
}

/// What changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Nothing was received of any installation under these filters in all the weeks that are compared.
    Nobody,
    /// More or fewer installations sent something.
    Active {
        /// Now.
        now: u64,
        /// The mean of the days or weeks before.
        before: u64,
    },
    /// A version that was never there before is run by enough installations to speak of it.
    VersionArrived {
        /// The version.
        version: Version,
        /// The first day it has data of.
        day: Day,
        /// Installations that run it, of those of the last seven days.
        now: Share,
    },
    /// A command ends in one way for more or fewer installations.
    Ending {
        /// The command.
        command: String,
        /// The ending.
        ending: Ending,
        /// Whether it is more frequent now.
        is_more: bool,
        /// Installations for which a run of it ended so, of those that ran it.
        now: Share,
        /// The same of the days or weeks before, added up.
        before: Share,
    },
    /// Of the installations that were new two weeks ago, fewer came back in the seven days after.
    CohortLost {
        /// Those that came back, of all.
        now: Share,
        /// The same of those that were new in the three weeks before.
        before: Share,
    },
    /// Commands end in one way for more installations with the newest release than with the one before it.
    ReleaseWorse {
        /// The newest.
        newest: Version,
        /// The one before.
        previous: Version,
        /// The ending.
        ending: Ending,
        /// Installations for which a run ended so on the last of the seven days on which they ran it, of all.
        now: Share,
        /// The same of the one before.
        before: Share,
    },
}
