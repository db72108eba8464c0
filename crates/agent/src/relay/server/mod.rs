//! The relay for a server: it reports at the start and every interval what the host counted and measured, and records
//! the server's events, under the server's own id.
//!
//! Deciding is [`aboveboard_delivery::server`]'s. Here is what moves: the loop that reads the lines hands them over, and
//! a thread reports and delivers. That thread is not started before the server may speak.

mod deliver;
mod inbox;
mod meters;
mod once;
#[cfg(test)]
mod sample;
mod shared;
mod sink;
mod words;
mod worker;

#[cfg(any(test, feature = "fuzzing"))]
pub(super) use meters::Meters;
pub(crate) use once::report_once;
pub(super) use sink::Server;
