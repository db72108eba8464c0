//! What changed between two manifests, and what it means for those who answered.

use super::Turn;
use crate::{Manifest, parse};

const BASE: &str = include_str!("../../tests/fixtures/every.toml");

fn base() -> Manifest {
    parse(BASE, "old.toml").unwrap()
}

fn with(from: &str, to: &str) -> Manifest {
    assert!(BASE.contains(from), "{from}");
    parse(&BASE.replacen(from, to, 1), "new.toml").unwrap()
}

#[test]
fn the_same_manifest_has_no_difference() {
    let diff = base().diff(&base());
    assert!(diff.changes.is_empty() && !diff.ask_again() && !diff.revision_stands());
}

#[test]
fn every_change_has_its_turn_and_the_reverse_has_the_opposite() {
    for (from, to, turn, back) in [
        ("retries = { count = 20,", "retries = { count = 30,", Turn::Widened, Turn::Narrowed),
        ("bucket = [1, 4, 16]", "bucket = [1, 2, 4, 16]", Turn::Widened, Turn::Narrowed),
        ("\"podman\", \"docker\"", "\"podman\", \"docker\", \"lima\"", Turn::Widened, Turn::Narrowed),
        ("status = { code = [100, 599] }", "status = { code = [100, 999] }", Turn::Widened, Turn::Narrowed),
        ("region = { country = true }\n", "", Turn::Removed, Turn::Collected),
        ("until = 2028-11-01", "until = 2027-11-01", Turn::Narrowed, Turn::Widened),
        ("retention = \"90 days\"", "retention = \"1 year\"", Turn::Widened, Turn::Narrowed),
        ("server = \"ask\"", "server = \"notice\"", Turn::Widened, Turn::Narrowed),
        (
            "ok = { flag = true }",
            "ok = { flag = true, what = \"it worked\" }",
            Turn::Reworded,
            Turn::Reworded,
        ),
        ("hosting = \"DE\"", "hosting = \"US\"", Turn::Widened, Turn::Widened),
        ("engine = { version = true }", "engine = { flag = true }", Turn::Widened, Turn::Widened),
    ] {
        let changed = with(from, to);
        let there = base().diff(&changed);
        assert!(there.changes.iter().all(|change| change.turn == turn), "{from}: {there:?}");
        assert_eq!(there.ask_again(), matches!(turn, Turn::Collected | Turn::Widened), "{from}");
        assert!(there.revision_stands());
        let here = changed.diff(&base());
        assert!(
            !here.changes.is_empty() && here.changes.iter().all(|it| it.turn == back),
            "{from}: {here:?}"
        );
    }
}

#[test]
fn a_difference_reads_as_text_markdown_and_json() {
    let diff = base().diff(&with("retries = { count = 20,", "retries = { count = 30,"));
    assert!(
        diff.text()
            .starts_with("Widened:\n  events.start-finished.retries: count up to 30, was count up to 20\n")
    );
    assert!(diff.markdown().contains("- `events.start-finished.retries`"));
    let json: serde_json::Value = serde_json::from_str(&diff.json()).unwrap();
    assert_eq!(json["ask_again"], true);
    assert_eq!(json["changes"][0]["turn"], "widened");
}
