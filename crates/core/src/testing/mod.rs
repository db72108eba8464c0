//! The test kit: an in-memory collector with assertions, and the proof that off means nothing.
//!
//! For tests alone. It opens sockets, starts threads and panics, which nothing else in this crate does.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test kit says what it expects by panicking, as a test does"
)]

mod collector;
mod silence;

pub use self::collector::{Collector, Received};
pub use self::silence::{NOES, No, Watched, assert_silent, watch};
