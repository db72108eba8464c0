//! The read port: what figures and exports ask of one moment of a store.
//!
//! Everything is named here and nothing is numbered: products, commands and fields by their names, contexts by what they
//! say, days as days. How a store encodes its sets, names or versions stays below this port. Answers come a piece at a
//! time through callbacks, so that memory does not grow with the window. Pieces come by ascending day unless a question
//! says otherwise, also where a piece does not name its day.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::Marks;
use aboveboard_types::event::Ending;
use aboveboard_types::id::Id;
use aboveboard_types::outcome::DropReason;
use aboveboard_types::value::Version;

use super::StoreError;
use super::amendment::Change;
pub use super::calendar::Days;
use super::calendar::{Day, HourOfDay};
use super::context::{Context, ContextFilter};
use super::installation_set::{InstallationSet, Member};
use super::versions::{AdmittedVersion, ReleaseLine};
use crate::contributions::Presence;
use crate::entry::Position;

/// The result of a question to a store.
pub type ReadResult<T> = Result<T, StoreError>;

/// Takes one set of installations after the other, each with its day.
pub type EachSet<'e> = &'e mut dyn FnMut(Day, InstallationSet);

/// What a question is about. Data of other contexts is left out by the store, which may do so early.
#[derive(Clone, Copy, Debug)]
pub struct Selection<'a> {
    /// Product id.
    pub product: &'a str,
    /// The days of the data; for quality, the days of receipt.
    pub days: Days,
    /// Which contexts count.
    pub contexts: &'a ContextFilter,
}

/// How often questions are asked before a store is reported as unreadable. Each attempt waits for locks by itself.
const MAX_ATTEMPTS: u32 = 3;

/// Reads a store while it is written. Blocks; not for an async thread.
pub trait StoreReader: fmt::Debug + Send + Sync {
    /// The store as it is at this moment. Drop it soon: a store may end a snapshot that is held for long, and questions to
    /// it then fail.
    ///
    /// # Errors
    /// Where the store cannot be read.
    fn snapshot(&self) -> ReadResult<Box<dyn Snapshot + '_>>;
}

impl dyn StoreReader + '_ {
    /// Answers questions that belong together from one moment of the store. Where the store is busy, they are asked
    /// again of another moment.
    ///
    /// # Errors
    /// Where the store cannot be read, and what `questions` fails with.
    pub fn ask<T>(&self, questions: impl Fn(&dyn Snapshot) -> ReadResult<T>) -> ReadResult<T> {
        let mut attempt = 1;
        loop {
            match self.snapshot().and_then(|snapshot| questions(&*snapshot)) {
                Err(error) if error.is_transient() && attempt < MAX_ATTEMPTS => {
                    tracing::debug!(%error, attempt, "the store is busy; asking again");
                    attempt += 1;
                }
                answer => return answer,
            }
        }
    }
}

/// One moment of a store. About a product that was never stored, each question answers as if there were nothing.
///
/// # Errors
/// Every question fails where the store cannot be read, and where the store has ended the snapshot.
#[allow(
    clippy::missing_errors_doc,
    reason = "every question fails for the same reasons, which the trait states"
)]
pub trait Snapshot {
    /// The position in the ingest log up to which this moment is applied.
    fn position(&self) -> ReadResult<Position>;

    /// The newest day of receipt. None in a store that never received anything.
    fn newest_receipt(&self) -> ReadResult<Option<Day>>;

    /// The day of the last round of retention, or the newest day of receipt before there was one.
    fn retention_day(&self) -> ReadResult<Option<Day>>;

    /// The products of which anything was ever stored, by name.
    fn products(&self) -> ReadResult<Vec<String>>;

    /// Every context of a product, in no order.
    fn contexts(&self, product: &str) -> ReadResult<Vec<Context>>;

    /// How many events of a product are counted in all, by component and marks.
    fn totals(&self, product: &str) -> ReadResult<Vec<EventTotal>>;

    /// First and last day of an installation; none where nothing of it was ever placed, or it is not known at all.
    fn life(&self, product: &str, installation: Id) -> ReadResult<Option<Days>>;

    /// The day on which something of an installation was first received, by the collector's clock; none where it is not
    /// known.
    fn first_receipt(&self, product: &str, installation: Id) -> ReadResult<Option<Day>>;

    /// What a change would take out, if it were asked for on a day of receipt. `report_interval` is that of servers, in
    /// seconds.
    fn affected(
        &self,
        product: &str,
        change: &Change,
        day: Day,
        report_interval: u64,
    ) -> ReadResult<Affected>;

    /// The versions of a product that have names, and those of its fields (`event.field`), in no order.
    fn versions(&self, product: &str) -> ReadResult<Vec<NamedVersion>>;

    /// The release lines that an operator named.
    fn lines(&self, product: &str) -> ReadResult<Vec<ReleaseLine>>;

    /// Runs of commands by day, command and ending.
    fn commands(&self, of: &Selection<'_>, each: &mut dyn FnMut(CommandCell<'_>)) -> ReadResult<()>;

    /// Actions and page views of consoles by day; first all actions, then all views.
    fn console(&self, of: &Selection<'_>, each: &mut dyn FnMut(ConsoleCell<'_>)) -> ReadResult<()>;

    /// Declared events by day.
    fn events(&self, of: &Selection<'_>, each: &mut dyn FnMut(EventCell<'_>)) -> ReadResult<()>;

    /// What the fields of declared events held, by day; one kind of value after the other.
    fn fields(&self, of: &Selection<'_>, each: &mut dyn FnMut(FieldCell<'_>)) -> ReadResult<()>;

    /// Requests that servers answered, by day; first their numbers, then their times.
    fn requests(&self, of: &Selection<'_>, each: &mut dyn FnMut(RequestCell<'_>)) -> ReadResult<()>;

    /// What was counted, set aside or dropped, by day of receipt.
    fn quality(&self, of: &Selection<'_>, each: &mut dyn FnMut(QualityNote, u64)) -> ReadResult<()>;

    /// The installations that were active on each day, a set for each context.
    fn active(
        &self,
        of: &Selection<'_>,
        each: &mut dyn FnMut(Day, &Context, InstallationSet),
    ) -> ReadResult<()>;

    /// How many installations were active on days whose sets retention has deleted, by context.
    fn retired(&self, of: &Selection<'_>, each: &mut dyn FnMut(Day, &Context, u64)) -> ReadResult<()>;

    /// Days whose sets retention has deleted, also those of contexts that do not count.
    fn retired_days(&self, product: &str, days: Days) -> ReadResult<Vec<Day>>;

    /// The installations that were first seen on each day.
    fn first_seen(&self, product: &str, days: Days, each: EachSet<'_>) -> ReadResult<()>;

    /// The installations of which something was first received on each day, by the collector's clock.
    fn first_received(&self, product: &str, days: Days, each: EachSet<'_>) -> ReadResult<()>;

    /// The installations that used something on each day.
    fn used(&self, of: &Selection<'_>, usage: &Usage, each: EachSet<'_>) -> ReadResult<()>;

    /// The installations whose runs of each command ended in each way, by day and context.
    fn endings(&self, of: &Selection<'_>, each: &mut dyn FnMut(EndingSet<'_>)) -> ReadResult<()>;

    /// The same by the day of receipt, of the last [`RECEIPT_DAYS`](super::limits::RECEIPT_DAYS) days. What was received on a
    /// day that is over does not grow any more. Runs that are not counted, above a cap or of a batch that came again, are not
    /// here either.
    fn received_endings(&self, of: &Selection<'_>, each: &mut dyn FnMut(EndingSet<'_>)) -> ReadResult<()>;

    /// The installations of which something was received on each day, a set for each context, of the last
    /// [`RECEIPT_DAYS`](super::limits::RECEIPT_DAYS) days: a batch of which an event is counted, on whatever day that happened.
    /// Batches without one are in [`batches_by_hour`](Self::batches_by_hour) alone. Retention takes what was received before its
    /// first day.
    fn received(
        &self,
        of: &Selection<'_>,
        each: &mut dyn FnMut(Day, &Context, InstallationSet),
    ) -> ReadResult<()>;

    /// The first day of receipt of which it is known what was received, though perhaps not from its beginning: that of the first
    /// batch, or a later one where what came before is forgotten. None where no batch came since it is kept what comes.
    fn received_from(&self, product: &str) -> ReadResult<Option<Day>>;

    /// The installations of which something was received in each hour, a set for each context, of the last
    /// [`RECEIPT_HOUR_DAYS`](super::limits::RECEIPT_HOUR_DAYS) days.
    fn received_by_hour(
        &self,
        of: &Selection<'_>,
        each: &mut dyn FnMut(HourOfDay, &Context, InstallationSet),
    ) -> ReadResult<()>;

    /// How many batches were taken in in each hour, by component, of the last
    /// [`RECEIPT_DAYS`](super::limits::RECEIPT_DAYS) days: not those that came again, nor those of erased installations.
    fn batches_by_hour(
        &self,
        product: &str,
        days: Days,
        each: &mut dyn FnMut(HourOfDay, Component, u64),
    ) -> ReadResult<()>;

    /// When the last batch of each component was taken in, in seconds since 1970 UTC.
    fn last_received(&self, product: &str) -> ReadResult<Vec<(Component, i64)>>;

    /// The first day of which there is or was data of each version that has a name, also where retention has deleted that day
    /// since or the installation was erased.
    fn first_days_of_versions(&self, product: &str) -> ReadResult<Vec<(Version, Day)>>;

    /// The installations that had a success on each day: a command that ended well, a report that counts an object.
    fn succeeded(&self, product: &str, days: Days, each: EachSet<'_>) -> ReadResult<()>;

    /// The last report of each installation whose day is one of the selected, in no order.
    fn last_reports(&self, of: &Selection<'_>, each: &mut dyn FnMut(LastReport<'_>)) -> ReadResult<()>;

    /// The days that have rows of a product.
    fn row_days(&self, product: &str, days: Days) -> ReadResult<Vec<Day>>;

    /// How many events the rows of a day hold.
    fn events_in_rows(&self, product: &str, day: Day) -> ReadResult<u64>;

    /// The rows of a day whose installation `wants` keeps; those of one installation in the order in which they arrived.
    fn rows(
        &self,
        product: &str,
        day: Day,
        wants: &dyn Fn(&Context, InstallationKey) -> bool,
        each: &mut dyn FnMut(BatchRow),
    ) -> ReadResult<()>;

    /// The rows of one installation by day, in the order in which they arrived. Stops when `each` breaks, or at the end of the
    /// day on which the cost reached `max_cost`.
    fn rows_of(
        &self,
        product: &str,
        installation: Id,
        days: Days,
        max_cost: u64,
        each: &mut dyn FnMut(Day, BatchRow) -> ControlFlow<()>,
    ) -> ReadResult<RowsRead>;

    /// The periods of published figures in which an installation was there, by their first day.
    fn presences(&self, product: &str, installation: Id) -> ReadResult<Vec<Presence>>;

    /// What some installations recorded on some days: those from a key on, as many as a store reads at once. `each` gets what is
    /// known of all of them, and then their rows by ascending day, those of one installation and day in the order in which they
    /// arrived. Returns the key with which to go on; none at the end. So nothing that is held grows with the number of
    /// installations.
    fn contributors(
        &self,
        product: &str,
        days: Days,
        from: InstallationKey,
        each: &mut dyn FnMut(ContributorPiece),
    ) -> ReadResult<Option<InstallationKey>>;
}

/// A piece of the answer to [`Snapshot::contributors`].
#[derive(Clone, Debug)]
pub enum ContributorPiece {
    /// An installation that may have recorded something on the days.
    Known(InstallationKey, KnownContributor),
    /// A row of one that was given before.
    Row(Day, BatchRow),
}

/// What is known of an installation besides its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownContributor {
    /// Bytes that stand for it and for no other.
    pub key: [u8; 16],
    /// The first day of its events.
    pub first: Day,
    /// The day of receipt on which it was first heard; none where it is not known.
    pub received: Option<Day>,
    /// The one on which it was last heard; none where its product published nothing then.
    pub heard: Option<Day>,
    /// That it was there in the period of just these days.
    pub presence: Option<Presence>,
}

/// What a question about the rows of one installation read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowsRead {
    /// What it cost. One is the work of checking about one byte of a batch.
    pub cost: u64,
    /// The day with which to go on; none at the end.
    pub next: Option<Day>,
}

/// What a change takes out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Affected {
    /// Installations, whole.
    pub installations: u64,
    /// Events, where it takes out events of installations that stay.
    pub events: u64,
}

/// A version that has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedVersion {
    /// The field it is a value of, `event.field`; none for a version of the product itself.
    pub field: Option<String>,
    /// The version.
    pub version: Version,
    /// Since when, and why.
    pub admitted: AdmittedVersion,
}

/// How many events are counted of one component under the same marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventTotal {
    /// Recording component.
    pub component: Component,
    /// Marks.
    pub marks: Marks,
    /// Events.
    pub events: u64,
}

/// Runs of one command on one day that ended in one way.
#[derive(Clone, Copy, Debug)]
pub struct CommandCell<'a> {
    /// Day.
    pub day: Day,
    /// The command's path.
    pub command: &'a str,
    /// How these runs ended.
    pub ending: Ending,
    /// Runs.
    pub runs: u64,
}

/// The installations whose runs of one command ended in one way on one day, in one context.
#[derive(Debug)]
pub struct EndingSet<'a> {
    /// Day.
    pub day: Day,
    /// The command's path.
    pub command: &'a str,
    /// How the runs ended. An installation is in the set of each way in which one of its runs did.
    pub ending: Ending,
    /// What recorded them.
    pub context: &'a Context,
    /// The installations.
    pub installations: InstallationSet,
}

/// What happened on one route of a console on one day.
#[derive(Clone, Copy, Debug)]
pub struct ConsoleCell<'a> {
    /// The action; none for views of the page.
    pub action: Option<&'a str>,
    /// The route pattern.
    pub route: &'a str,
    /// How often.
    pub times: u64,
}

/// A declared event on one day.
#[derive(Clone, Copy, Debug)]
pub struct EventCell<'a> {
    /// Day.
    pub day: Day,
    /// The event's name.
    pub event: &'a str,
    /// How often.
    pub times: u64,
}

/// A value of a field of a declared event on one day.
#[derive(Clone, Debug)]
pub struct FieldCell<'a> {
    /// The event's name.
    pub event: &'a str,
    /// The field's name.
    pub field: &'a str,
    /// The value. A count stands for the step of 1, 2, 5 … at or below it.
    pub value: FieldValue,
    /// How often.
    pub times: u64,
}

/// The value of a field; a set is one value for each member.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldValue {
    /// True or false.
    Flag(bool),
    /// A count, an edge of a bucket or a duration in milliseconds, a code.
    Number(u64),
    /// A set without members.
    NoMember,
    /// A declared choice, or a member of a set.
    Choice(Arc<str>),
    /// A version.
    Version(Version),
    /// Two letters of ISO 3166.
    Country([u8; 2]),
}

/// A sum over requests of one kind that took about as long.
#[derive(Clone, Copy, Debug)]
pub struct RequestCell<'a> {
    /// The timing's name.
    pub timing: &'a str,
    /// The part of the time; none for the whole.
    pub part: Option<&'a str>,
    /// The kind of request: the entries of its closed lists.
    pub kind: &'a str,
    /// The edge at or below the time of each request, in milliseconds.
    pub from: u64,
    /// What is summed.
    pub sum: RequestSum,
}

/// What a sum over requests counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestSum {
    /// How many there were.
    Requests(u64),
    /// How long they took together, in milliseconds.
    Milliseconds(u64),
}

/// What an installation can have used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Usage {
    /// A command.
    Command(String),
    /// An action of the console.
    Action(String),
    /// A declared event.
    Event(String),
    /// A report of a server.
    Report,
}

/// The last report of an installation.
#[derive(Clone, Copy, Debug)]
pub struct LastReport<'a> {
    /// The installation, to be found in sets of the same snapshot.
    pub installation: Member,
    /// What it counted.
    pub counts: &'a [ReportedCount],
}

/// One number of a report.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReportedCount {
    /// The count's name.
    pub count: Arc<str>,
    /// The entry of its closed list; none for a count of one number.
    pub entry: Option<Arc<str>>,
    /// The number.
    pub number: u64,
}

/// What a store notes of the data itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QualityNote {
    /// Batches taken in.
    Batch,
    /// Batches that came again.
    Duplicate,
    /// Batches whose id was there, from the same installation, with other events.
    Conflict,
    /// Events whose time cannot be believed.
    Unplaced,
    /// Events that the manifest does not declare, in batches that were acknowledged.
    Refused,
    /// Events above the daily cap of an installation.
    OverCap,
    /// Events of installations that were erased before.
    Erased,
    /// Sequence numbers that came twice.
    Cloned,
    /// Versions that have no name and are counted as `other`.
    OtherVersion,
    /// Reports whose sums grew by more than a server can serve, or than servers that are not verified may add; what is above is
    /// not counted.
    Overgrown,
    /// Events that agents dropped.
    Dropped(DropReason),
}

/// An installation in rows: the same throughout a store's life, and never of two installations. Of the three names of an
/// installation, [`Id`] is the one that it sends; a store resolves it. `InstallationKey` stands for it in rows and exports.
/// [`Member`] stands for it in sets, and only within one snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstallationKey(pub u64);

/// What one batch says of one day.
#[derive(Clone, Debug)]
pub struct BatchRow {
    /// The installation that recorded it.
    pub installation: InstallationKey,
    /// What recorded it.
    pub context: Context,
    /// Its events, in the order in which they were recorded.
    pub events: Vec<RowEvent>,
}

/// An event in a row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RowEvent {
    /// Hour of the day, UTC.
    pub hour: u8,
    /// What happened.
    pub what: Recorded,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Recorded {
    /// A run of a command.
    Command {
        /// Its canonical path.
        command: Arc<str>,
        /// How it ended.
        ending: Ending,
        /// The server it talked to.
        server: Option<InstallationKey>,
        /// That server's version.
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
        /// The CLI that serves it.
        cli: Option<InstallationKey>,
    },
    /// What a server counted.
    Report(Vec<ReportedCount>),
    /// What a server served since its report before.
    Requests(Vec<RowSum>),
    /// A declared event.
    Declared {
        /// Its name.
        event: Arc<str>,
        /// How often it happened.
        times: u64,
        /// Its fields, in the order in which they were recorded.
        fields: Vec<(Arc<str>, FieldValue)>,
    },
}

/// By how much a sum over requests has grown.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RowSum {
    /// `requests query/http`, `requests.database query/http` for a part of the time.
    pub name: Arc<str>,
    /// The edge at or below the time of each request, in milliseconds.
    pub from: u64,
    /// The growth.
    pub sum: RequestSum,
}
