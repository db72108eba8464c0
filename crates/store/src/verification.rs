//! From when on an installation is believed to be one.
//!
//! What counts is the day on which the collector first received something of it, by the collector's clock. The days that its
//! events claim prove nothing.

use aboveboard_types::declaration::Component;

use super::calendar::{Day, SECONDS_A_DAY};

/// Whether an installation is believed to be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Known for so short a time that one sender may be many.
    Unverified,
    /// Known for two intervals of its component.
    Verified,
}

impl Standing {
    /// Of an installation of which something was first received on `first`, on a later day of receipt. `every` is the
    /// interval of a server in seconds.
    #[must_use]
    pub fn on(day: Day, first: Day, component: Component, every: u64) -> Self {
        if day.saturating_sub(first) >= days_to_verify(component, every) {
            Self::Verified
        } else {
            Self::Unverified
        }
    }
}

/// How many days from its first receipt on an installation is not yet verified: two intervals at which its component
/// reports, of a day at least. `every` is the interval of a server in seconds.
#[must_use]
pub fn days_to_verify(component: Component, every: u64) -> Day {
    let every = if component == Component::Server { every } else { 0 };
    let day = SECONDS_A_DAY.unsigned_abs();
    2 * Day::try_from(every.div_ceil(day)).unwrap_or(1).clamp(1, 30)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installation_is_verified_two_intervals_after_its_first_receipt() {
        let of = |component, every| [0, 1, 2, 13, 14].map(|day| Standing::on(day, 0, component, every));
        let unverified = Standing::Unverified;
        let verified = Standing::Verified;
        assert_eq!(of(Component::Cli, 604_800), [unverified, unverified, verified, verified, verified]);
        assert_eq!(
            of(Component::Server, 604_800),
            [unverified, unverified, unverified, unverified, verified]
        );
        assert_eq!(Standing::on(-9, 0, Component::App, 0), unverified, "a clock that was set back");
        assert_eq!(Standing::on(Day::MAX, Day::MIN, Component::App, 0), verified);
    }
}
