//! The helper: the same program once more, in a session of its own, that delivers what is due and is gone.
//!
//! A command never talks to the network. When a delivery is due, at most once per interval, its end starts
//! `<program> telemetry-deliver` and does not wait for it. The helper holds none of the host's descriptors, has no
//! terminal, works in `/`, is the only one of its product (by a lock that dies with it), decides consent afresh,
//! and ends within ten seconds, if need be by killing itself.

mod descriptors;
mod due;
mod start;
mod work;

pub(crate) use self::{
    due::DueFile,
    start::{consents, start_if_due},
    work::take_over,
};

/// The one argument of the helper, which makes it recognisable in a list of processes.
const ARGUMENT: &str = "telemetry-deliver";

/// The variable that, together with the argument, makes a process the helper of the product it names.
const MARKER: &str = "ABOVEBOARD_DELIVER";

/// The variable that tells the helper the host's interval, in seconds.
const INTERVAL: &str = "ABOVEBOARD_DELIVER_PERIOD";
