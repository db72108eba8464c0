//! The documents about the grammar say what the code does.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

use aboveboard_manifest::{parse, reference};

#[test]
fn the_complete_example_of_the_guide_passes_every_check() {
    let guide = include_str!("../../../docs/embed/manifest.md");
    let example = guide.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let manifest = parse(example, "docs/embed/manifest.md").unwrap_or_else(|problems| {
        panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    });
    assert_eq!(manifest.lints(), []);
}

#[test]
fn the_reference_page_is_what_the_code_gives() {
    let written = include_str!("../../../docs/embed/manifest-reference.md");
    assert!(
        written == reference(),
        "docs/embed/manifest-reference.md is out of date; run: \
         cargo run -p aboveboard-operator -- manifest schema --reference --output docs/embed/manifest-reference.md"
    );
}

/// The fenced blocks of a document with their languages, in order.
fn blocks(document: &str) -> Vec<(&str, &str)> {
    let fenced = document.split("```").skip(1).step_by(2);
    fenced.filter_map(|block| block.split_once('\n')).collect()
}

/// What `manifest check` says.
fn check(text: &str) -> String {
    let problems =
        parse(text, "telemetry.toml").map_or_else(|problems| problems, |manifest| manifest.lints());
    if problems.is_empty() {
        return "telemetry.toml: well\n".to_owned();
    }
    problems.iter().map(|problem| format!("{problem}\n")).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_walk_of_the_guide_says_what_the_program_says() {
    let base = blocks(include_str!("../../../docs/embed/manifest.md"));
    let (_, base) = base.iter().find(|(language, _)| *language == "toml").unwrap();
    let guide = include_str!("../../../docs/embed/manifest-walk.md");
    let steps = blocks(guide);
    assert!(steps.len() >= 14);
    for step in steps.chunks(2) {
        let [("toml", piece), ("text", said)] = step else {
            panic!("a piece and what is said of it: {step:?}")
        };
        let says = check(&format!("{base}\n{piece}"));
        assert!(*said == says, "of\n{piece}\nthe program says\n{says}");
    }
}
