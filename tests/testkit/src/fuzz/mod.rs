//! What each fuzz target runs. The ordinary tests run the same functions over the corpora in `tests/fuzz`, so what a
//! fuzzer once found stays found without one. The target `ingest` runs `aboveboard_collector::fuzzing`.

#![allow(clippy::expect_used, reason = "a fuzz target reports by panicking")]

pub mod batch;
pub mod manifest;
pub mod published;
pub mod sealed;
pub mod segment;
