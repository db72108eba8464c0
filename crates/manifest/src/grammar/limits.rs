//! Every limit of the grammar, with its reason.

/// Most numbers in one report: more are a fingerprint of the server, and the wire refuses them.
pub(crate) use aboveboard_types::limits::MAX_ENTRIES as MAX_CELLS;
pub(crate) use aboveboard_types::limits::MAX_NUMBER;

/// Longest name or command path, in bytes: it is a column of a table and a label of a chart.
pub(crate) const MAX_NAME: usize = 64;
/// Longest route pattern or action type, in bytes.
pub(crate) const MAX_ROUTE: usize = 128;
/// Longest address, in bytes: as long as any line of prose.
pub(crate) const MAX_ADDRESS: usize = 200;
/// Longest mail address, in bytes.
pub(crate) const MAX_MAIL: usize = 100;
/// Most entries of a closed list (`by`, `choice`, `set`): nobody reviews more.
pub(crate) const MAX_LIST: usize = 100;
/// Most lists that split the requests of one timing, and most of its parts: each list multiplies its cells.
pub(crate) const MAX_SPLITS: usize = 4;
/// Most edges of a distribution, bucket or duration: finer steps recognise an installation.
pub(crate) const MAX_EDGES: usize = 20;
/// Most commands, actions or routes: the surface of a large program.
pub(crate) const MAX_SURFACE: usize = 400;
/// Most counts: as many as a report has cells.
pub(crate) const MAX_COUNTS: usize = MAX_CELLS;
/// Most timings: a report has room for no more with cells of their own.
pub(crate) const MAX_TIMINGS: usize = 20;
/// Requests a second that one server is taken to answer where its manifest does not say: more than most do on average.
pub const DEFAULT_RATE: u64 = 100;
/// The most that a manifest may say of them.
pub(crate) const MAX_RATE: u64 = 1_000_000;
/// Most events.
pub(crate) const MAX_EVENTS: usize = 100;
/// Most fields of one event: a wide row singles out who sent it.
pub(crate) const MAX_FIELDS: usize = 30;
/// Most old names of one thing: a name that changes more often is none.
pub(crate) const MAX_OLD_NAMES: usize = 8;
/// Most funnels: each reads its steps of every day of the window.
pub(crate) const MAX_FUNNELS: usize = 20;
/// Fewest steps of a funnel: one alone is a number that other panels show.
pub(crate) const MIN_STEPS: usize = 2;
/// Most steps of a funnel: more do not stand beside each other.
pub(crate) const MAX_STEPS: usize = 10;
/// Longest time between the first and the last step of a funnel, in days: later it is another story.
pub(crate) const MAX_WITHIN_DAYS: u64 = 90;
/// Most tables of a publication: one for each event and timing, and three more.
pub(crate) const MAX_PUBLISH_TABLES: usize = MAX_EVENTS + MAX_TIMINGS + 3;
/// Most keys of a publication: the one in use, and others while it is replaced.
pub(crate) const MAX_VERIFIER_KEYS: usize = 4;
/// Longest that raw data may be kept, in days: ten years.
pub(crate) const MAX_RETENTION_DAYS: u32 = 10 * 365;
/// Largest divisor of a share of all installations.
pub(crate) const MAX_SHARE_DIVISOR: u16 = 1_000;
