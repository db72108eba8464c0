//! The page for users says all that the manifest declares, and nothing in it can become markup.

use aboveboard_types::declaration::Component;

use super::example;
use crate::{Manifest, parse};

fn manifest() -> Manifest {
    parse(include_str!("../../../../examples/quarry/telemetry.toml"), "telemetry.toml").unwrap()
}

fn every() -> Manifest {
    parse(include_str!("../../tests/fixtures/every.toml"), "every.toml").unwrap()
}

#[test]
fn the_example_is_a_batch_that_the_collector_takes() {
    for manifest in [manifest(), every()] {
        let declaration = manifest.declaration();
        for (component, _) in manifest.components() {
            let body = example::batch(&declaration, component).unwrap();
            let batch: aboveboard_wire::Batch<'_> = serde_json::from_str(&body).unwrap();
            assert!(batch.envelope().is_ok());
            for event in &batch.events {
                event.check(component, &declaration).unwrap();
            }
            let indented: serde_json::Value = serde_json::from_str(&example::indent(&body)).unwrap();
            assert_eq!(indented, serde_json::from_str::<serde_json::Value>(&body).unwrap());
        }
    }
}

#[test]
fn every_item_stands_on_the_page_with_its_reason() {
    let manifest = manifest();
    for page in [manifest.disclosure_markdown(), manifest.disclosure_html()] {
        for count in &manifest.counts {
            assert!(page.contains(&count.name) && page.contains(&count.info.why), "{}", count.name);
        }
        let cli = manifest.cli.as_ref().unwrap();
        let console = manifest.console.as_ref().unwrap();
        for name in cli.commands.iter().chain(&console.routes) {
            assert!(page.contains(name), "{name}");
        }
        for component in [Component::Server, Component::Cli] {
            for switch in manifest.switches(component) {
                let literal = switch.literal.replace('"', "&quot;");
                assert!(page.contains(&switch.literal) || page.contains(&literal), "{literal}");
            }
        }
        assert!(page.contains("quarry telemetry off") && page.contains(&manifest.product.endpoint));
    }
}

#[test]
fn the_page_says_to_which_edges_a_count_is_rounded_and_why_another_is_not() {
    let manifest = every();
    for page in [manifest.disclosure_markdown(), manifest.disclosure_html()] {
        assert!(page.contains("bricks, rounded down to one of 0, 5, 50"), "{page}");
        assert!(page.contains("roofs, as the exact number: They are counted."), "{page}");
        assert!(!page.contains("things, "), "{page}");
    }
    let declaration = manifest.declaration();
    let edges: Vec<_> = declaration.counts.iter().map(|count| (&*count.name, &*count.edges)).collect();
    assert_eq!(edges, [("things", &[] as &[u64]), ("kinds", &[]), ("bricks", &[5, 50]), ("roofs", &[])]);
}

#[test]
fn prose_cannot_become_markup() {
    let text = include_str!("../../tests/fixtures/every.toml")
        .replace("Every e.V., Berlin", "<script>alert(1)</script> | [x](y) `");
    let publish = r#"
[publish]
why = "<script>alert(2)</script> | [x](y) `"
every = "month"
licence = "CC0-1.0"
site = "https://kiln.example/figures"
keys = ["kiln.example/figures+73c67699+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"]
"#;
    let manifest = parse(&format!("{text}{publish}"), "telemetry.toml").unwrap();
    assert!(!manifest.disclosure_html().contains("<script>"));
    assert!(manifest.disclosure_markdown().contains("Why: \\<script\\>alert(2)"));
    assert!(manifest.disclosure_markdown().contains("\\<script\\>alert(1)\\</script\\> \\| \\[x\\](y) '"));
}

#[test]
fn a_program_without_subcommands_is_shown_its_flag() {
    let names = include_str!("../../tests/fixtures/names.toml");
    let begin = names.find("commands = [").unwrap();
    let of = |commands: &str| parse(&format!("{}{commands}\n", &names[..begin]), "names.toml").unwrap();
    let page = of("commands = [\"names\"]").disclosure_markdown();
    assert!(
        page.contains("`names --telemetry=off`") && page.contains("`names --telemetry=preview`"),
        "{page}"
    );
    assert!(!page.contains("names telemetry"), "{page}");
    let named = of("program = \"nm\"\ncommands = [\"nm\"]").disclosure_markdown();
    assert!(named.contains("`nm --telemetry=off`"), "{named}");
    let with_subcommands = of("commands = [\"list\"]").disclosure_markdown();
    assert!(with_subcommands.contains("`names telemetry off`"), "{with_subcommands}");
}
