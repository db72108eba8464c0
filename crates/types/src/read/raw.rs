//! An event as it was read, before anything about it was checked.

use std::borrow::Cow;

use crate::id::Id;

/// A map in the order in which it was written, with every key once.
pub type RawMap<'a, T> = Vec<(Cow<'a, str>, T)>;

/// One event. Which keys belong together is settled by [`RawEvent::check`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawEvent<'a> {
    /// `command`, `console`, `report` or the name of a declared event.
    pub name: Cow<'a, str>,
    /// Whole seconds since 1970 UTC.
    pub time: u64,
    /// Command path.
    pub command: Option<Cow<'a, str>>,
    /// Run id; in a report, the restart tag of its timings.
    pub run: Option<Id>,
    /// Whether the command failed.
    pub error: Option<bool>,
    /// True where the command never said how it ended.
    pub unfinished: Option<bool>,
    /// Server id.
    pub server: Option<Id>,
    /// Server version.
    pub server_version: Option<Cow<'a, str>>,
    /// CLI id.
    pub cli: Option<Id>,
    /// Page session.
    pub session: Option<Id>,
    /// Console action.
    pub action: Option<Cow<'a, str>>,
    /// Console route pattern.
    pub route: Option<Cow<'a, str>>,
    /// Counts of a report.
    pub counts: Option<RawMap<'a, RawCells<'a>>>,
    /// Timings of a report: each with its cells, and each cell with its kind, edge and sums.
    pub timings: Option<RawMap<'a, Vec<RawMap<'a, RawValue<'a>>>>>,
    /// Fields of a declared event.
    pub fields: Option<RawMap<'a, RawValue<'a>>>,
    /// How many repeats a declared event stands for.
    pub times: Option<u64>,
}

/// The value of a declared field as JSON has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RawValue<'a> {
    /// `true`, `false`
    Flag(bool),
    /// A whole number.
    Number(u64),
    /// A text.
    Text(Cow<'a, str>),
    /// A list of texts.
    List(Vec<Cow<'a, str>>),
}

/// The value of a count as JSON has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RawCells<'a> {
    /// One number.
    One(u64),
    /// A number for each name.
    By(RawMap<'a, u64>),
}
