//! How long the agent waits for what.

use std::time::Duration;

use aboveboard_core::declaration::Declaration;
use aboveboard_core::delivery::schedule::Schedule;
use aboveboard_core::environment::Environment;

/// From the first showing of the notice until anything is recorded, where the host names no other time: long
/// enough to read a log and act on it.
pub(crate) const FIRST_DELAY: Duration = Duration::from_secs(60 * 60);

/// Longest time that counting may take. A server too busy to count its objects in half a minute has better
/// things to do.
pub(crate) const COUNTING: Duration = Duration::from_secs(30);

/// Longest time that [`Handle::shutdown`](crate::Handle::shutdown) waits in all.
pub(crate) const SHUTDOWN: Duration = Duration::from_secs(1);

/// How much of it a request that is under way gets to finish.
pub(crate) const LAST_REQUEST: Duration = Duration::from_millis(700);

/// How old a decision may be before it is made anew: an open console falls silent within this time.
pub(crate) const FRESH: Duration = Duration::from_secs(1);

/// After so many recorded events a delivery is due although its time has not come, so that a busy console does
/// not outgrow the spool within a period.
pub(crate) const CROWD: u64 = 500;

/// When things are due.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    pub(crate) reports: Schedule,
    /// Seconds between two deliveries of what is not a report.
    pub(crate) deliver_every: u64,
}

impl Timing {
    /// What the builder said, else the manifest; in builds that are no release, variables of the product come
    /// first (`<PREFIX>_TELEMETRY_FIRST_DELAY`, `…_PERIOD`, `…_DELIVER`, whole seconds), so that tests and
    /// demonstrations need no hour.
    pub(crate) fn new(
        declaration: &Declaration,
        environment: &Environment,
        first_delay: Option<Duration>,
        every: Option<Duration>,
    ) -> Self {
        let prefix = declaration.variable_prefix();
        let variable = |name: &str| {
            let value = environment.var(&format!("{prefix}TELEMETRY_{name}"));
            value.and_then(|value| value.to_str()?.parse().ok()).filter(|_| !declaration.release)
        };
        // What the manifest says was reviewed; a host's release may report more seldom, and not more often.
        let least = if declaration.release { declaration.report_every } else { 0 };
        let every = every.map(|every| every.as_secs().max(least));
        let every = variable("PERIOD").or(every).unwrap_or(declaration.report_every);
        let every = every.max(1);
        let first_delay = first_delay.unwrap_or(FIRST_DELAY).as_secs();
        Self {
            reports: Schedule { first_delay: variable("FIRST_DELAY").unwrap_or(first_delay), every },
            deliver_every: variable("DELIVER").unwrap_or(every).clamp(1, every),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::declaration;

    #[test]
    fn variables_shorten_waits_only_in_builds_that_are_no_release() {
        let variables = [
            ("QUARRY_TELEMETRY_FIRST_DELAY", "0"),
            ("QUARRY_TELEMETRY_PERIOD", "60"),
            ("QUARRY_TELEMETRY_DELIVER", "5"),
        ];
        let environment = Environment::of(variables);
        let mut declaration = declaration();
        let timing = Timing::new(&declaration, &environment, None, None);
        assert_eq!((timing.reports, timing.deliver_every), (Schedule { first_delay: 0, every: 60 }, 5));
        declaration.release = true;
        let timing = Timing::new(&declaration, &environment, None, None);
        assert_eq!(timing.reports, Schedule { first_delay: 3_600, every: 86_400 });
        assert_eq!(timing.deliver_every, 86_400);
        let every =
            |seconds| Timing::new(&declaration, &environment, None, Some(Duration::from_secs(seconds)));
        assert_eq!((every(60).reports.every, every(172_800).reports.every), (86_400, 172_800));
    }
}
