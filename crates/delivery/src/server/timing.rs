//! When reports and deliveries are due.

use std::time::Duration;

use aboveboard_core::environment::Environment;
use aboveboard_types::declaration::Declaration;

use super::schedule::Schedule;
use crate::limits::FIRST_DELAY;

/// When things are due.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// When reports are due.
    pub reports: Schedule,
    /// Seconds between two deliveries of what is not a report.
    pub deliver_every: u64,
}

impl Timing {
    /// What the builder said, else the manifest. In builds that are not releases, variables of the product come
    /// first (`<PREFIX>_TELEMETRY_FIRST_DELAY`, `…_PERIOD`, `…_DELIVER`, whole seconds), so that tests and
    /// demonstrations need not wait an hour.
    pub(super) fn new(
        declaration: &Declaration,
        environment: &Environment,
        first_delay: Option<Duration>,
        interval: Option<Duration>,
    ) -> Self {
        let prefix = declaration.variable_prefix();
        let variable = |name: &str| {
            let value = environment.var(&format!("{prefix}TELEMETRY_{name}"));
            value.and_then(|value| value.to_str()?.parse().ok()).filter(|_| !declaration.release)
        };
        // What the manifest says was reviewed; a host's release may report less often, and not more often.
        let min_interval = if declaration.release { declaration.report_every } else { 0 };
        let interval = interval.map(|interval| interval.as_secs().max(min_interval));
        let every = variable("PERIOD").or(interval).unwrap_or(declaration.report_every).max(1);
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
    use aboveboard_testkit::server_product::declaration;

    #[test]
    fn variables_shorten_waits_only_in_builds_that_are_not_releases() {
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
