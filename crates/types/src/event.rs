//! What can be recorded, and nothing else. Every text is a declared name, borrowed from the declaration.

use crate::declaration::{CountDeclaration, Declaration};
use crate::id::Id;
use crate::value::{Value, Version};

/// Seconds since 1970-01-01T00:00:00Z. What is recorded knows no finer time.
pub type Seconds = u64;

/// One thing that happened, as an agent records it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event<'d> {
    /// When, in whole seconds UTC by the recording machine's clock.
    pub time: Seconds,
    /// What.
    pub kind: EventKind<'d>,
}

/// The four kinds of event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind<'d> {
    /// A command of a CLI.
    Command(Command<'d>),
    /// An action or a page view in a web console.
    Console(Console<'d>),
    /// The object counts of a server.
    Report(Report<'d>),
    /// An event that the manifest declares with its fields.
    Declared(Declared<'d>),
}

/// One command of a CLI: never its arguments, flags or messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command<'d> {
    /// Canonical path of the command, as declared.
    pub command: &'d str,
    /// The run it belongs to: random, for this process alone.
    pub run: Id,
    /// How it ended.
    pub ending: Ending,
    /// Which server it talked to, when it did and the server said so.
    pub server: Option<Id>,
    /// That server's version.
    pub server_version: Option<Version>,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// It succeeded.
    Success,
    /// It failed.
    Error,
    /// It began and its end was never recorded: `process::exit`, a panic, a signal.
    Unfinished,
}

/// One action or page view in a web console: a declared name and a declared pattern, no payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Console<'d> {
    /// The page session: random, in the page's memory alone.
    pub session: Id,
    /// The declared action; none for a page view.
    pub action: Option<&'d str>,
    /// The declared route pattern, or [`UNKNOWN_ROUTE`].
    pub route: &'d str,
    /// The server that serves the console or that the CLI talked to.
    pub server: Option<Id>,
    /// The CLI that serves the console.
    pub cli: Option<Id>,
}

/// What stands for every route that no pattern declares.
pub const UNKNOWN_ROUTE: &str = "unknown";

/// The object counts of a server at one time, and what it served until then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report<'d> {
    /// Each declared count once.
    pub counts: Vec<Count<'d>>,
    /// What was served since the start of the process; none where nothing was.
    pub timings: Option<Timings<'d>>,
}

impl<'d> Report<'d> {
    /// The report of a server that has nothing of what it could count: what a report looks like before there is one.
    #[must_use]
    pub fn empty(declaration: &'d Declaration) -> Self {
        let none_of = |count: &'d CountDeclaration| {
            let entries = count.by.iter().map(|entry| (&**entry, 0));
            let cells = if count.by.is_empty() { Cells::One(0) } else { Cells::By(entries.collect()) };
            Count { name: &count.name, cells }
        };
        Self { counts: declaration.counts.iter().map(none_of).collect(), timings: None }
    }
}

/// What a process served since it began to count. The sums only grow; after a restart they begin anew under
/// another run. Adding up the differences within each run is therefore right, whatever was lost or came late.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timings<'d> {
    /// The restart tag: random, for as long as the sums go on.
    pub run: Id,
    /// Declared timings in which something was counted, each once.
    pub of: Vec<Timing<'d>>,
}

/// One timing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timing<'d> {
    /// Its declared name.
    pub name: &'d str,
    /// The cells in which something was counted, in the order of their kinds and edges.
    pub cells: Vec<TimingCell<'d>>,
}

/// The requests of one kind that took about the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimingCell<'d> {
    /// The kind: the name of each declared list with its entry, in order.
    pub kind: Vec<(&'d str, &'d str)>,
    /// The edge at or below the time of each, in milliseconds.
    pub from: u64,
    /// How many there were; at least one.
    pub count: u64,
    /// Their time together, in whole milliseconds.
    pub total: u64,
    /// The declared parts of it by name, each together, in whole milliseconds, in order.
    pub parts: Vec<(&'d str, u64)>,
}

/// One count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count<'d> {
    /// Its declared name.
    pub name: &'d str,
    /// Its cells.
    pub cells: Cells<'d>,
}

/// The number or numbers of a count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cells<'d> {
    /// One number.
    One(u64),
    /// A number for each of the declared list, in its order.
    By(Vec<(&'d str, u64)>),
}

/// An event that the manifest declares.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Declared<'d> {
    /// Its declared name.
    pub name: &'d str,
    /// Its declared fields, each at most once, in the order of the declaration.
    pub fields: Vec<(&'d str, Value<'d>)>,
    /// How often it happened: 1, or more where repeats were folded, at most [`MAX_TIMES`].
    pub times: u64,
}

/// How many repeats one folded event stands for at most; what is above begins another.
pub const MAX_TIMES: u64 = 10_000;
