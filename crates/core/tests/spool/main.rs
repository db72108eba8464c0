//! The spool as a whole: what is recorded comes out of it once, whatever happens on the way.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

mod bound;
#[cfg(unix)]
mod hostile;
mod model;
mod runs;
mod sandbox;
mod whole;
