//! The corpora of the fuzz targets, run through the same functions without a fuzzer. That of `ingest` is run by the
//! collector.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    unreachable_pub,
    reason = "tests panic, and publish nothing"
)]

use std::path::Path;

use aboveboard_testkit::fuzz::{batch, manifest, sealed, segment};

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/corpus").join(target);
    let inputs: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| std::fs::read(entry.unwrap().path()).unwrap())
        .collect();
    assert!(inputs.len() > 10);
    inputs
}

/// Runs a corpus. Where too little of it is read to the end, it no longer tests anything.
fn run(target: &str, run: impl Fn(&[u8]) -> bool) {
    let inputs = corpus(target);
    let whole = inputs.iter().filter(|input| run(input)).count();
    assert!(whole >= 5, "{whole} of {}", inputs.len());
}

#[test]
fn the_corpus_of_manifests_parses_or_is_refused_with_words() {
    run("manifest", manifest::run);
}

#[test]
fn the_corpus_of_sealed_manifests_is_refused_or_the_one_form_of_its_manifest() {
    run("sealed", sealed::run);
}

#[test]
fn the_corpus_of_batches_is_refused_or_written_as_it_was_read() {
    run("batch", batch::run);
}

#[test]
fn the_corpus_of_segments_is_sealed_into_declared_batches() {
    let stand = segment::Stand::new();
    run("segment", |input| stand.run(input));
}
