//! Integration tests: the real binaries, end to end, by promise.
#![forbid(unsafe_code)]
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what it expects by panicking, in its helpers too"
)]

mod consent;
mod demo;
mod faults;
mod kills;
mod secrets;
mod switches;
mod table;
mod way;
mod world;
