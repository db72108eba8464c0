//! The documents about the grammar say what the code does.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

use aboveboard_manifest::{parse, reference};

#[test]
fn the_complete_example_of_the_guide_passes_every_check() {
    let guide = include_str!("../../../docs/manifest.md");
    let example = guide.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let manifest = parse(example, "docs/manifest.md").unwrap_or_else(|problems| {
        panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    });
    assert_eq!(manifest.lints(), []);
}

#[test]
fn the_reference_page_is_what_the_code_gives() {
    let written = include_str!("../../../docs/manifest-reference.md");
    assert!(
        written == reference(),
        "docs/manifest-reference.md is out of date; run: \
         cargo run -p aboveboard-operator -- manifest schema --reference --output docs/manifest-reference.md"
    );
}
