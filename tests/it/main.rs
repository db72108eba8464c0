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
mod instructions;
mod kills;
#[cfg(target_os = "linux")]
mod limits;
#[cfg(target_os = "linux")]
mod network;
mod points;
mod products;
#[cfg(target_os = "linux")]
mod prompts;
mod secrets;
mod switches;
mod table;
#[cfg(target_os = "linux")]
#[allow(clippy::unwrap_used, dead_code, reason = "it belongs to another test, which uses all of it")]
mod way;
mod world;
