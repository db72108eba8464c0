//! The numbers that every store owes, each with its reason.

use std::time::Duration;

use super::calendar::{Day, SECONDS_A_DAY};

/// The oldest an event may be when it arrives, in seconds: the age at which agents drop what they hold.
pub const MAX_EVENT_AGE: i64 = 14 * SECONDS_A_DAY;

/// How long batch ids and tombstones are kept, in days of receipt: three times the age at which agents drop what
/// they hold, so that no retry comes after its id is forgotten.
pub const ID_RETENTION_DAYS: Day = 45;

/// How long it is known what was received on a day, in days of receipt: what changed is found by comparing a week with the
/// four weeks before it, and the feed tells of the last three weeks.
pub const RECEIPT_DAYS: Day = 56;

/// How long it is known what was received in an hour, in days of receipt: the day that runs is set beside the same day of the
/// week before.
pub const RECEIPT_HOUR_DAYS: Day = 9;

/// Days after which no further event is placed on a day: the age at which agents drop what they hold, and the day
/// itself.
pub const OPEN_DAYS: Day = (MAX_EVENT_AGE / SECONDS_A_DAY) as Day;

/// Most events of one installation that count for one day. An honest server that serves a busy console stays far
/// below it; what is above is left out and counted, so that one sender cannot move a product's figures at will.
pub const MAX_EVENTS_A_DAY: u64 = 50_000;

/// Most bytes of stored events other than reports, before anything is deflated, of one installation that count for one day.
/// Fifty thousand common events take a quarter of it. Gzip makes a thousand wide events as short as one, and what reads them
/// needs room for all. Of reports so many of a day count: a server that reports every minute has its sums, and none may be
/// left out after it was taken for told.
pub const MAX_BYTES_A_DAY: u64 = 2 << 20;

/// Most dropped events of one installation that count for one day of receipt, of all reasons together: its events of a whole
/// day. All installations that are not verified add so many together, or as many as the verified ones do. A hostile sender
/// must not drown the honest ones.
pub const MAX_DROPS: u64 = 50_000;

/// How many days a server's report may lie before or after a command that names the server: a server reports once a day,
/// and the two clocks may differ.
pub const LINK_DAYS: Day = 2;

/// Most servers that one batch may make known by naming them. An honest one names the few servers that its
/// commands talked to; a sender that makes ids up must not fill the store with them.
pub const MAX_NEW_LINKS: u32 = 16;

/// Most contexts of one product that verified installations bring in. Beyond it the version of a new one is counted as
/// `other`.
pub const MAX_VERIFIED_CONTEXTS: u32 = 10_000;

/// Most contexts of one product that installations not yet verified bring in: what strangers make up must leave the others
/// alone.
pub const MAX_UNVERIFIED_CONTEXTS: u32 = 10_000;

/// Most contexts of one product whose version is `other`: all that the closed parts give, 4 components, 9 systems,
/// 10 architectures and 128 sets of marks. Which coding agent it was is let go with the version.
pub const MAX_OTHER_CONTEXTS: u32 = 4 * 9 * 10 * 128;

/// Most contexts of one product.
pub const MAX_CONTEXTS: u32 = MAX_VERIFIED_CONTEXTS + MAX_UNVERIFIED_CONTEXTS + MAX_OTHER_CONTEXTS;

/// New versions of a product itself that nobody named. Releases are few; a product with more names its release lines. In the
/// first days of a product nobody is verified yet, and every version that is in use is new.
pub const PRODUCT_VERSIONS: VersionLimits = VersionLimits {
    first_days: 3,
    first: 100,
    verified: 20,
    unverified: 10,
    live: 500,
    live_unverified: 250,
};

/// New values of one field of the type version. They are versions of whatever the product is used with, so there are
/// more of them, most of all when a field is new.
pub const FIELD_VERSIONS: VersionLimits = VersionLimits {
    first_days: 14,
    first: 500,
    verified: 50,
    unverified: 20,
    live: 2_000,
    live_unverified: 1_000,
};

/// Patch numbers that a named release line admits on each channel: 0 up to this, exclusive. A number that is admitted by
/// its value and not by its turn leaves nothing that a stranger could use up.
pub const PATCHES_OF_A_LINE: u16 = 64;

/// Most server processes of one installation whose sums are remembered: replicas of a server take turns, and a batch
/// that was kept back may come after the next start.
pub const MAX_PROCESSES: usize = 16;

/// For how long a server is taken to have run before its first report that counts, in seconds: nothing shows that it did.
/// So a made-up server weighs no more than one that worked for an hour.
pub const FIRST_GROWTH: i64 = 3_600;

/// The longest time whose growth one report may tell of, in seconds: what is older, agents have dropped.
pub const MAX_GROWTH: i64 = MAX_EVENT_AGE;

/// Reports of an installation that count for one day, beyond two for each interval of it: a server that restarts often
/// reports at each start.
pub const MORE_REPORTS_A_DAY: u64 = 8;

/// The furthest that the clock may be ahead of the last round of retention and still be believed at once. A machine
/// that was off for some days is common; less is deleted early by a clock that is wrong by this than any retention
/// keeps.
pub const MAX_CLOCK_LEAP: Day = 7;

/// How long a clock that leapt must stay where it is to be believed. One that was wrong at the start of a machine is
/// set within minutes; data whose time is over must not wait for more than it has to.
pub const CLOCK_PATIENCE: Duration = Duration::from_secs(6 * 3_600);

/// How many versions get a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionLimits {
    /// How many days an axis counts as new.
    pub first_days: Day,
    /// How many are admitted in these days, from anybody.
    pub first: u32,
    /// How many new ones a day from verified installations.
    pub verified: u32,
    /// How many new ones a day from all others.
    pub unverified: u32,
    /// How many there may be that are not named by a line or an operator.
    pub live: u32,
    /// How many of these may be there of installations that are not verified.
    pub live_unverified: u32,
}
