//! For the tests of adopters: a collector in memory with assertions, the proof that off means nothing, and the suite
//! that every transport passes.
//!
//! For tests alone: it opens sockets, starts threads and panics.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test kit says what it expects by panicking, as a test does"
)]

mod collector;
pub mod conformance;
mod http;
mod silence;

pub use self::collector::{Collector, Received};
pub use self::silence::{Effect, EffectKind, OptOut, Silence, SilenceReport, SilenceRun, Watched, watch};
