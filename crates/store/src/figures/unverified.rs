//! From when on an installation is believed to be one.

use aboveboard_types::declaration::Component;

use crate::calendar::Day;

/// How many days from its first on an installation is not yet verified: two intervals at which its component reports, of
/// a day at least. `every` is the interval of a server in seconds.
#[must_use]
pub fn days_to_verify(component: Component, every: u64) -> Day {
    let every = if component == Component::Server { every } else { 0 };
    2 * Day::try_from(every.div_ceil(86_400)).unwrap_or(1).clamp(1, 30)
}
