//! Measurements of the collector: `cargo run --release -p aboveboard-benches --bin ingest` for what an acknowledged
//! batch costs, `--bin questions` for what the page costs once ten million events are counted,
//! `--bin cluster` for what a cluster of ClickHouse costs beside the embedded store,
//! `--bin languages` for what an event costs a program in another language. Whole programs beside
//! their peers are measured by `cargo xtask bench` from the package in `peers`.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a server prints on stdout where it listens")]

mod chance;
pub mod history;
pub mod http;
pub mod process;
pub mod serve;
pub mod usage;

/// What a measurement ends in.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
