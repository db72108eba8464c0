//! What days that are closed hold, as a database gives it back.

use std::ops::ControlFlow;
use std::sync::Arc;

use aboveboard_store::axis::Axis;
use aboveboard_store::calendar::Day;
use aboveboard_store::facts::BatchKey;
use aboveboard_store::packed_set::PackedSet;
use aboveboard_store::read::{Days, InstallationKey, ReadResult};
use aboveboard_types::declaration::Component;
use aboveboard_types::value::Version;

use crate::batch::{SentContext, SentEvent};
use crate::numbers::ProductNumbers;
use crate::order::Order;
use crate::state::InstallationState;

/// What a sum of a day is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CellKey {
    /// Which question.
    pub axis: Axis,
    /// Day of the events.
    pub day: Day,
    /// What.
    pub name: Arc<str>,
    /// What about it, where that is a number.
    pub detail: i64,
    /// What about it, where that is a name: the route of an action, a choice.
    pub about: Arc<str>,
    /// What recorded it.
    pub context: Arc<SentContext>,
}

impl CellKey {
    /// Whether this goes where an operator erases what goes by a name: a command, an action, a page, an event with its fields, a field, a
    /// timing with its parts.
    #[must_use]
    pub fn goes_by(&self, name: &str) -> bool {
        match self.axis {
            Axis::Command | Axis::View | Axis::Declared => *self.name == *name,
            Axis::Action => *self.name == *name || *self.about == *name,
            Axis::Flag | Axis::Number | Axis::Choice | Axis::Version | Axis::Country => {
                let event = self.name.split_once('.').map_or(&*self.name, |(event, _)| event);
                *self.name == *name || event == name
            }
            Axis::TimingCount | Axis::TimingTime => {
                self.name.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '.']))
            }
            Axis::Report | Axis::Success => false,
        }
    }
}

/// What puts installations into a set. The numbers are those of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum SetAxis {
    /// They were active on a day.
    Active = 0,
    /// They ran a command on a day; the detail is how it ended, as in the cells.
    Command = 1,
    /// They used an action of the console on a day.
    Action = 2,
    /// They reported about a day.
    Report = 4,
    /// A declared event happened to them on a day.
    Declared = 5,
    /// They had a success on a day, in whatever context.
    Success = 13,
    /// Something of them was received on a day.
    ReceivedDay = 21,
    /// Something of them was received in an hour since 1970.
    ReceivedHour = 22,
    /// A command of theirs was received on a day; the detail is how it ended.
    ReceivedEnding = 23,
    /// They were first seen on a day. The earliest of several counts.
    FirstSeen = 31,
    /// Something of them was first received on a day. The earliest of several counts.
    FirstReceived = 32,
}

/// The key of a set of installations.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MemberKey {
    /// What puts them in.
    pub axis: SetAxis,
    /// The day, or the hour since 1970.
    pub period: i32,
    /// What they used; empty where the axis says it all.
    pub name: Arc<str>,
    /// What about it.
    pub detail: i64,
    /// What recorded it; none where all contexts are one.
    pub context: Option<Arc<SentContext>>,
}

impl MemberKey {
    /// Whether this goes where an operator erases what goes by a name.
    #[must_use]
    pub fn goes_by(&self, name: &str) -> bool {
        let has_name = matches!(
            self.axis,
            SetAxis::Command | SetAxis::Action | SetAxis::Declared | SetAxis::ReceivedEnding
        );
        has_name && *self.name == *name
    }
}

/// What is tallied beside cells.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TallyKind {
    /// What was noted of the data itself, by day of receipt: summed.
    Note(aboveboard_store::read::QualityNote, Arc<SentContext>),
    /// Batches that were taken in in an hour since 1970, and whether they are synthetic: summed.
    Batches(Component, bool),
    /// When the first of them came, in seconds since 1970: the least. The period is 0.
    Began(Component, bool),
    /// When the last of them came: the greatest. The period is 0.
    Last(Component, bool),
    /// The first day of which there is data of a version that has a name: the least. The period is 0.
    Since(Arc<SentContext>),
}

/// The key of a tally.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TallyKey {
    /// What is tallied.
    pub kind: TallyKind,
    /// The day of receipt, the hour, or 0.
    pub period: i32,
}

/// Days or hours, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Periods {
    /// The first.
    pub first: i32,
    /// The last.
    pub last: i32,
}

/// What is kept of a batch to know it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenBatch {
    /// What it is known by.
    pub key: BatchKey,
    /// The hash of its events.
    pub events_hash: i64,
    /// Day of receipt.
    pub received: Day,
    /// Its place.
    pub order: Order,
}

/// What counts of a batch and a day that is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedRow {
    /// Who recorded it.
    pub installation: InstallationKey,
    /// Day of its events.
    pub day: Day,
    /// The place of its batch; those of one installation come in this order.
    pub order: Order,
    /// What recorded it, as it is counted.
    pub context: Arc<SentContext>,
    /// The version that was sent.
    pub sent_version: Version,
    /// Its events.
    pub events: Vec<SentEvent>,
}

/// Takes one part of a set after the other.
pub type EachPart<'e> = &'e mut dyn FnMut(&MemberKey, Day, &PackedSet);

/// Takes one row after the other; stops when it breaks.
pub type EachRow<'e> = &'e mut dyn FnMut(ClosedRow) -> ControlFlow<()>;

/// One moment of all days that are closed. It knows nothing of removals that came after the days were closed: it gives what was there,
/// and the view leaves out what is not any more. Of its sums [`lacking`](Self::lacking) says what is taken out of them already.
#[allow(clippy::missing_errors_doc, reason = "every question fails where the database cannot be read")]
pub trait ClosedDays {
    /// The last day of the order up to which every day is closed on every shard; none where no day is.
    fn last(&self) -> Option<Day>;

    /// The products of which anything is here, in order.
    fn products(&self) -> ReadResult<Vec<String>>;

    /// Every context of a product in which something counts or was noted, in no order.
    fn contexts(&self, product: &str) -> ReadResult<Vec<Arc<SentContext>>>;

    /// Sums of one axis, each with the day of the order, in no order; the same key may come several times.
    fn cells(
        &self,
        product: &str,
        axis: Axis,
        days: Days,
        each: &mut dyn FnMut(&CellKey, Day, i64),
    ) -> ReadResult<()>;

    /// Events counted on the axes up to `Declared`, by context and day of the order; the same may come several times.
    fn totals(&self, product: &str) -> ReadResult<Vec<(Arc<SentContext>, Day, i64)>>;

    /// The numbers by which sets of a product have their members.
    fn numbers(&self, product: &str) -> Arc<ProductNumbers>;

    /// Sets of one axis, of one name or of all, by ascending period; the same one may come several times, with the same and other members.
    /// The day is that of the order, on which these members were put in.
    fn members(
        &self,
        product: &str,
        axis: SetAxis,
        name: Option<&str>,
        periods: Periods,
        each: EachPart<'_>,
    ) -> ReadResult<()>;

    /// Tallies whose period lies between two, or whose kind has none, each with the day of the order; in no order. The same key may come several times.
    fn tallies(
        &self,
        product: &str,
        periods: Periods,
        each: &mut dyn FnMut(&TallyKey, Day, i64),
    ) -> ReadResult<()>;

    /// How many installations were active on days whose sets retention has deleted, by day and context.
    fn retired(&self, product: &str, days: Days) -> ReadResult<Vec<(Day, Arc<SentContext>, u64)>>;

    /// What is kept of the batches with these keys, of those whose ids are not forgotten; the last in the order of each: one was taken in
    /// again only where those before it were forgotten.
    fn seen(&self, keys: &[BatchKey]) -> ReadResult<Vec<SeenBatch>>;

    /// What is known of installations at the end of the last closed day, with the day of the order on which each last changed; those that
    /// are not known are left out.
    fn states(
        &self,
        product: &str,
        installations: &[InstallationKey],
    ) -> ReadResult<Vec<(InstallationKey, Day, InstallationState)>>;

    /// The last report of every installation that has one, as in [`states`](Self::states).
    fn latest(
        &self,
        product: &str,
        each: &mut dyn FnMut(InstallationKey, Day, &crate::state::LatestReport),
    ) -> ReadResult<()>;

    /// What is known of some installations, from a key on, ascending, as many as are read at once; with the key with which to go on.
    fn known(
        &self,
        product: &str,
        from: InstallationKey,
        each: &mut dyn FnMut(InstallationKey, Day, InstallationState),
    ) -> ReadResult<Option<InstallationKey>>;

    /// The days that have rows.
    fn row_days(&self, product: &str, days: Days) -> ReadResult<Vec<Day>>;

    /// The rows of a day, those of one installation in the order.
    fn rows(&self, product: &str, day: Day, each: EachRow<'_>) -> ReadResult<()>;

    /// The rows of some installations by ascending day, those of one installation and day in the order.
    fn rows_of(
        &self,
        product: &str,
        installations: &[InstallationKey],
        days: Days,
        each: EachRow<'_>,
    ) -> ReadResult<()>;

    /// The sums that count of one day of the order on a shard, by product, in no order: what a new reckoning of them begins with.
    fn sums_of_day(&self, shard: u32, day: Day, each: &mut dyn FnMut(&str, &CellKey, i64)) -> ReadResult<()>;

    /// The rows of one day of the order on a shard, by product, in no order.
    fn rows_of_day(
        &self,
        shard: u32,
        day: Day,
        each: &mut dyn FnMut(&str, ClosedRow) -> ControlFlow<()>,
    ) -> ReadResult<()>;

    /// Whether the cells of a day of the order lack the rows of an installation already that was removed after it.
    fn lacking(&self, day: Day, installation: InstallationKey) -> bool;
}
