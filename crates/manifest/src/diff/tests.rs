//! What changed between two manifests, and what it means for those who answered.

use super::ChangeKind;
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
    assert!(diff.changes.is_empty() && !diff.ask_again() && !diff.is_revision_unraised());
}

#[test]
fn every_change_has_its_turn_and_the_reverse_has_the_opposite() {
    for (from, to, kind, back) in [
        ("retries = { count = 20,", "retries = { count = 30,", ChangeKind::Widened, ChangeKind::Narrowed),
        ("bucket = [1, 4, 16]", "bucket = [1, 2, 4, 16]", ChangeKind::Widened, ChangeKind::Narrowed),
        (
            "\"podman\", \"docker\"",
            "\"podman\", \"docker\", \"lima\"",
            ChangeKind::Widened,
            ChangeKind::Narrowed,
        ),
        (
            "status = { code = [100, 599] }",
            "status = { code = [100, 999] }",
            ChangeKind::Widened,
            ChangeKind::Narrowed,
        ),
        ("exact = true\nexact-why = \"They are counted.\"\n", "", ChangeKind::Narrowed, ChangeKind::Widened),
        (
            "exact-why = \"They are counted.\"",
            "exact-why = \"We like it.\"",
            ChangeKind::Restated,
            ChangeKind::Restated,
        ),
        ("edges = [5, 50]", "edges = [5, 10, 50]", ChangeKind::Widened, ChangeKind::Narrowed),
        (
            "edges = [5, 50]",
            "edges = [5, 50]\nexact = true\nexact-why = \"It is.\"",
            ChangeKind::Widened,
            ChangeKind::Narrowed,
        ),
        ("region = { country = true }\n", "", ChangeKind::Removed, ChangeKind::Collected),
        ("until = 2028-11-01", "until = 2027-11-01", ChangeKind::Narrowed, ChangeKind::Widened),
        ("retention = \"90 days\"", "retention = \"1 year\"", ChangeKind::Widened, ChangeKind::Narrowed),
        ("server = \"ask\"", "server = \"notice\"", ChangeKind::Widened, ChangeKind::Narrowed),
        (
            "ok = { flag = true }",
            "ok = { flag = true, what = \"it worked\" }",
            ChangeKind::Restated,
            ChangeKind::Restated,
        ),
        ("chart = \"number\"", "chart = \"trend\"", ChangeKind::Reworded, ChangeKind::Reworded),
        ("hosting = \"DE\"", "hosting = \"US\"", ChangeKind::Widened, ChangeKind::Widened),
        ("engine = { version = true }", "engine = { flag = true }", ChangeKind::Widened, ChangeKind::Widened),
    ] {
        let changed = with(from, to);
        let there = base().diff(&changed);
        assert!(there.changes.iter().all(|change| change.kind == kind), "{from}: {there:?}");
        let asks = |kind| !matches!(kind, ChangeKind::Narrowed | ChangeKind::Removed | ChangeKind::Reworded);
        assert_eq!(there.ask_again(), asks(kind), "{from}");
        assert!(there.is_revision_unraised());
        let here = changed.diff(&base());
        assert!(
            !here.changes.is_empty() && here.changes.iter().all(|it| it.kind == back),
            "{from}: {here:?}"
        );
        assert_eq!(here.ask_again(), asks(back), "{from}");
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
