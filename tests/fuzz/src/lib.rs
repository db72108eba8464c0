//! What each fuzz target runs. The ordinary tests include the same files and run them over the corpora, so what a
//! fuzzer once found stays found without one. The target `ingest` runs `aboveboard_collector::fuzzing`.

pub mod batch;
pub mod manifest;
pub mod segment;
