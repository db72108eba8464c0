//! What one batch says, as every collector of a cluster reads it.

use std::sync::Arc;

use aboveboard_store::calendar::Day;
use aboveboard_store::context::Context;
use aboveboard_store::contributions::ShownPresence;
use aboveboard_store::facts::BatchKey;
use aboveboard_store::read::{InstallationKey, ReportedCount, RowSum};
use aboveboard_store::versions::OTHER;
use aboveboard_types::event::Ending;
use aboveboard_types::id::Id;
use aboveboard_types::outcome::DropReason;
use aboveboard_types::value::Version;

use crate::order::Order;

/// A batch, placed and checked, with the names and bounds that the collector which received it gave it. It holds no id of an
/// installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Product id.
    pub product: Arc<str>,
    /// Its place in the order.
    pub order: Order,
    /// Who sent it.
    pub installation: InstallationKey,
    /// What it is known by; of two with one key the first in the order counts.
    pub key: BatchKey,
    /// A hash of its events.
    pub events_hash: i64,
    /// Time of receipt, in seconds since 1970 UTC, by the clock of its collector.
    pub received_at: i64,
    /// How many batches the installation sealed before.
    pub sequence: u64,
    /// What recorded it, as it is counted.
    pub context: Arc<SentContext>,
    /// The version that was sent, which its rows keep.
    pub sent_version: Version,
    /// Events in the body, whatever becomes of them.
    pub sent: u64,
    /// Events that the manifest does not declare.
    pub refused: u64,
    /// Events whose time cannot be believed.
    pub unplaced: u64,
    /// Events that the agent dropped, by reason; with the most of them that strangers had left to add when it came.
    pub drops: Vec<(DropReason, u64, u64)>,
    /// How many reports of its installation count for one day.
    pub max_reports: u64,
    /// Whether its product publishes figures.
    pub publishes: bool,
    /// What it shows of the presence of its installation.
    pub presence: Option<ShownPresence>,
    /// Its events, in the order in which they were recorded.
    pub events: Vec<SentEvent>,
}

/// How a version is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Naming {
    /// Under its own name.
    Named,
    /// As [`OTHER`](aboveboard_store::versions::OTHER), until an operator admits it: then what came before has its name too.
    Other,
    /// As [`OTHER`](aboveboard_store::versions::OTHER) for good: it came when so many were other that there was no room to keep which.
    Unkept,
}

/// What recorded a batch, and how its version is counted. Where there was no room to keep a version, it is
/// [`OTHER`](aboveboard_store::versions::OTHER) itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SentContext {
    /// Recording component.
    pub component: aboveboard_types::declaration::Component,
    /// The version that was sent.
    pub version: Version,
    /// How that is counted.
    pub naming: Naming,
    /// Operating system.
    pub os: Arc<str>,
    /// Architecture.
    pub arch: Arc<str>,
    /// Marks, as they were sent.
    pub marks: aboveboard_types::envelope::Marks,
}

impl SentContext {
    /// The context under which it is counted; `has_name` says whether its version has a name now.
    #[must_use]
    pub fn counted(&self, has_name: bool) -> Context {
        Context {
            component: self.component,
            version: if has_name { self.version } else { OTHER },
            os: Arc::clone(&self.os),
            arch: Arc::clone(&self.arch),
            marks: if has_name { self.marks } else { self.marks.of_any_agent() },
        }
    }
}

/// An event with its hour.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SentEvent {
    /// Day, UTC.
    pub day: Day,
    /// Hour of the day.
    pub hour: u8,
    /// What happened.
    pub what: SentKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SentKind {
    /// A run of a command.
    Command {
        /// Its canonical path.
        command: Arc<str>,
        /// How it ended.
        ending: Ending,
        /// The server it talked to; whether that is one is not known here.
        server: Option<InstallationKey>,
        /// That server's version, [`OTHER`](aboveboard_store::versions::OTHER) where it had no name.
        server_version: Option<Version>,
    },
    /// An action or page view in a console.
    Console {
        /// The action; none for a page view.
        action: Option<Arc<str>>,
        /// The route pattern.
        route: Arc<str>,
        /// The server that serves the console.
        server: Option<InstallationKey>,
        /// The CLI that serves it: the sender, or none.
        cli: Option<InstallationKey>,
    },
    /// What a server counted, with what it served since its process began.
    Report {
        /// Its counts.
        counts: Vec<ReportedCount>,
        /// Its sums. An outcome has none: it has [`SentKind::Requests`] beside the report.
        timings: Option<Box<ReportedTimings>>,
    },
    /// By how much the sums of a server grew; only in outcomes.
    Requests(Vec<RowSum>),
    /// A declared event.
    Declared {
        /// Its name.
        event: Arc<str>,
        /// How often it happened.
        times: u64,
        /// `event.field` and value, in the order in which they were recorded; a set is one for each member.
        fields: Vec<(Arc<str>, SentValue)>,
    },
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SentValue {
    /// True or false.
    Flag(bool),
    /// A count; it is counted by its step.
    Count(u64),
    /// A number of which there are few: an edge, a code.
    Exact(u64),
    /// A declared choice, or a member of a set.
    Choice(Arc<str>),
    /// A version as it was sent, and how it is counted: where there was no room to keep which, its cells do not say it.
    Version(Version, Naming),
    /// Two letters of ISO 3166.
    Country([u8; 2]),
    /// A set without members.
    NoMember,
}

/// What a server says that it served.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReportedTimings {
    /// The restart tag of the process.
    pub process: Id,
    /// The sums of each timing.
    pub of: Vec<ReportedTiming>,
}

/// The sums of one timing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReportedTiming {
    /// The timing's name.
    pub name: Arc<str>,
    /// The most requests that one server answers in a second, and the most milliseconds that they take.
    pub a_second: [u64; 2],
    /// How much of each the sender had left to add when the batch came: all there is, of a verified one.
    pub left: [u64; 2],
    /// Its cells.
    pub cells: Vec<ReportedCell>,
}

/// The requests of one kind that took about the same time, since the process began.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReportedCell {
    /// The entries of its closed lists, joined by `/`.
    pub kind: Arc<str>,
    /// The edge at or below their times, in milliseconds.
    pub from: u64,
    /// The edge above their times, where there is one and it is known.
    pub below: Option<u64>,
    /// How many.
    pub count: u64,
    /// How long they took together, in milliseconds.
    pub total: u64,
    /// The parts of that time.
    pub parts: Vec<(Arc<str>, u64)>,
}
