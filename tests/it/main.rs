//! Integration tests: the real binaries, end to end, by promise.
#![forbid(unsafe_code)]
#![allow(clippy::expect_used, reason = "a test says what it expects by panicking, in its helpers too")]

mod demo;
mod faults;
mod kills;
mod secrets;
mod switches;
mod way;
mod world;
