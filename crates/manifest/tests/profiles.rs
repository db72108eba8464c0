//! The manifests of real products in `config/profiles`, and quarry's, pass every check, and the pages beside them
//! are what the manifests give.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use aboveboard_core::environment::Environment;
use aboveboard_core::paths::Paths;
use aboveboard_manifest::{Date, Manifest, parse};
use aboveboard_types::declaration::{Component, Policy};

const REVIEWED: &str = "2026-11-22";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &Path) -> Manifest {
    let text = fs::read_to_string(path).unwrap();
    parse(&text, &path.display().to_string()).unwrap_or_else(|problems| {
        let reported: Vec<_> = problems.iter().map(ToString::to_string).collect();
        panic!("{}", reported.join("\n\n"));
    })
}

fn profiles() -> Vec<PathBuf> {
    let mut all: Vec<_> = fs::read_dir(root().join("config/profiles"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    all.sort();
    all
}

#[test]
fn every_profile_passes_check() {
    let today = Date::parse(REVIEWED).unwrap();
    let quarry = root().join("examples/quarry/telemetry.toml");
    for path in profiles().iter().chain([&quarry]) {
        let manifest = read(path);
        let reported: Vec<_> =
            [manifest.lints(), manifest.expired(today)].concat().iter().map(ToString::to_string).collect();
        assert!(reported.is_empty(), "{}", reported.join("\n"));
    }
    assert_eq!(profiles().len(), 5);
}

#[test]
fn every_page_beside_a_profile_is_what_the_profile_gives() {
    for path in profiles() {
        let page = path.with_extension("md");
        let written = fs::read_to_string(&page).unwrap_or_default();
        assert!(
            written == read(&path).disclosure_markdown(),
            "{page} is out of date; run: cargo run -p aboveboard-operator -- manifest disclose {path} --output {page}",
            page = page.display(),
            path = path.display(),
        );
    }
}

#[test]
fn every_page_says_where_the_agents_keep_their_files_and_how_each_component_asks() {
    let home = tempfile::tempdir().unwrap();
    let environment = Environment::of([("HOME", home.path())]);
    let below_home = |path: &Path| format!("`~/{}", path.strip_prefix(home.path()).unwrap().display());
    for path in profiles() {
        let manifest = read(&path);
        let page = manifest.disclosure_markdown();
        let places = Paths::of_user(&manifest.declaration(), &environment).unwrap();
        let policies: Vec<_> = manifest.components();
        assert!(page.contains(&below_home(places.answer())), "{path:?}");
        assert!(page.contains(&below_home(places.state())), "{path:?}");
        if policies.contains(&(Component::App, Some(Policy::Follow))) {
            assert!(page.contains(&below_home(places.family_answer().unwrap())), "{path:?}");
        }
        // What has no terminal is not said to ask at one.
        let has_cli = policies.iter().any(|(component, _)| *component == Component::Cli);
        assert_eq!(page.contains("at a terminal"), has_cli, "{path:?}");
        assert!(page.contains("nothing is recorded, and nothing is sent but an erasure"), "{path:?}");
    }
}
