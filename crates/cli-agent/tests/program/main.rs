//! The agent inside a real program: `tests/tool/program.rs`, run as its users run it.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what it expects by panicking"
)]

mod coding_agent;
mod collector;
mod deliverers;
mod delivery;
mod doctor;
mod erasure;
mod held;
mod instructions;
mod keys;
mod moved;
mod once;
mod own;
mod proxy;
mod published;
mod question;
mod shapes;
mod silence;
mod staying;
mod streams;
mod tool;
mod transport;
mod typed;
mod unfinished;
mod uninstall;
