//! The test kit: an in-memory collector with assertions, and the proof that off means nothing.
//!
//! For tests alone. It opens sockets, starts threads and panics, which nothing else in this crate does.
//! The feature `silence` has the proof without the collector.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test kit says what it expects by panicking, as a test does"
)]

#[cfg(feature = "testing")]
mod collector;
mod silence;

#[cfg(feature = "testing")]
pub use self::collector::{Collector, Received};
pub use self::silence::{Deed, Kind, No, Report, Round, Silence, Watched, watch};
