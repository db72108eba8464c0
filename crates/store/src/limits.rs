//! The numbers that every store owes, each with its reason.

use std::time::Duration;

use super::calendar::{Day, SECONDS_A_DAY};

/// The oldest an event may be when it arrives, in seconds: the age at which agents drop what they hold.
pub const MAX_EVENT_AGE: i64 = 14 * SECONDS_A_DAY;

/// How long batch ids and tombstones are kept, in days of receipt: three times the age at which agents drop what
/// they hold, so that no retry comes after its id is forgotten.
pub const ID_RETENTION_DAYS: Day = 45;

/// Days after which no further event is placed on a day: the age at which agents drop what they hold, and the day
/// itself.
pub const OPEN_DAYS: Day = (MAX_EVENT_AGE / SECONDS_A_DAY) as Day;

/// Most events of one installation that count for one day. An honest server that serves a busy console stays far
/// below it; what is above is left out and counted, so that one sender cannot move a product's figures at will.
pub const MAX_EVENTS_A_DAY: u64 = 50_000;

/// Most that one batch may add to one counter of dropped events: a hostile sender must not drown the honest ones.
pub const MAX_DROPS: u64 = 1_000_000;

/// Most installations that one batch may make known by naming them. An honest one names the few servers that its
/// commands talked to; a sender that makes ids up must not fill the store with them.
pub const MAX_NEW_LINKS: u32 = 16;

/// Most contexts of one product. Versions are the only open part of a context; a hostile sender that makes them up
/// must not fill the store. Beyond it new versions are counted as 0.0.0-other.
pub const MAX_CONTEXTS: u32 = 20_000;

/// Most server processes of one installation whose sums are remembered: replicas of a server take turns, and a batch
/// that was kept back may come after the next start.
pub const MAX_PROCESSES: u32 = 16;

/// Most by which one report lets one sum grow, a million million: a server that did nothing else for thirty years, in
/// milliseconds. A hostile one must not drown the others.
pub const MAX_SUM_GROWTH: u64 = 1_000_000_000_000;

/// The furthest that the clock may be ahead of the last round of retention and still be believed at once. A machine
/// that was off for some days is common; less is deleted early by a clock that is wrong by this than any retention
/// keeps.
pub const MAX_CLOCK_LEAP: Day = 7;

/// How long a clock that leapt must stay where it is to be believed. One that was wrong at the start of a machine is
/// set within minutes; data whose time is over must not wait for more than it has to.
pub const CLOCK_PATIENCE: Duration = Duration::from_secs(6 * 3_600);
