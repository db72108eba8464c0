//! By what a process knows that it is the helper, and what its host hands over to it.

/// The one argument of the helper, which makes it recognisable in a list of processes.
pub(super) const ARGUMENT: &str = "telemetry-deliver";

/// The variable that, together with the argument, makes a process the helper of the product it names.
pub(super) const MARKER: &str = "ABOVEBOARD_DELIVER";

/// The variable that holds the host's interval, in seconds.
pub(super) const INTERVAL: &str = "ABOVEBOARD_DELIVER_PERIOD";

/// The variable that has a process start the helper and end at once, so that the helper is no child of the host.
pub(super) const DETACH: &str = "ABOVEBOARD_DELIVER_DETACHED";
