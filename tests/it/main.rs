//! Integration tests: the real binaries, end to end, by promise.
#![forbid(unsafe_code)]
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what it expects by panicking, in its helpers too"
)]

mod agent_consent;
#[cfg(target_os = "linux")]
mod cluster;
mod consent;
mod demo;
mod faults;
#[cfg(target_os = "linux")]
mod full_disk;
mod instructions;
mod kill_points;
mod kills;
#[cfg(target_os = "linux")]
mod limits;
#[cfg(target_os = "linux")]
mod network;
#[cfg(target_os = "linux")]
mod planted;
mod products;
#[cfg(target_os = "linux")]
mod prompts;
mod published_check;
#[cfg(target_os = "linux")]
mod publishing;
mod recorder;
#[cfg(target_os = "linux")]
mod restored;
mod roundtrip;
mod sealed;
mod secrets;
mod switches;
mod truth_table;
mod unreadable;
#[cfg(target_os = "linux")]
mod volumes;
mod world;
