//! Measurements of the collector: `cargo run --release -p aboveboard-benches --bin ingest`. Whole programs beside
//! their peers are measured by `cargo xtask bench` from the package in `peers`.
#![forbid(unsafe_code)]
