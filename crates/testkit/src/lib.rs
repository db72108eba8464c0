//! What the tests of this repository share. Never published.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test kit says what it expects by panicking, as a test does")]

pub mod fleet;
pub mod sample;
