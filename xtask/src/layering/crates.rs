//! The arrows between crates, where a dependency may stand, and how many crates a recorder brings.

use std::collections::BTreeMap;

use anyhow::Result;

use super::arrows::Arrows;
use crate::run::{cargo, output};
use crate::workspace::{Dependency, Package};

/// The most crates that `cargo tree` may show for the recorder on Linux: types, files, core, hmac-sha256, rustix, bitflags,
/// linux-raw-sys. Elsewhere rustix takes libc and errno instead of the last.
const RECORDER_CRATES: usize = 7;

/// The most other crates that recording and sending may bring to a CLI, derive macros included; clap is the host's own.
const UPLOADER_CRATES: usize = 36;

/// What belongs to clap.
const CLAP: [&str; 11] = [
    "clap",
    "clap_builder",
    "clap_lex",
    "anstream",
    "anstyle",
    "anstyle-parse",
    "anstyle-query",
    "colorchoice",
    "is_terminal_polyfill",
    "strsim",
    "utf8parse",
];

/// What a recorder does without: a network, TLS, a runtime, serialization by derive.
const NOT_IN_A_RECORDER: [&str; 9] =
    ["hyper", "reqwest", "ureq", "rustls", "tokio", "mio", "socket2", "serde", "serde_json"];

/// What is drawn beside the crates under `crates/`.
const DRAWN_ELSEWHERE: [&str; 3] = ["aboveboard-demo", "aboveboard-store-contract", "aboveboard-testkit"];

/// Dependencies that only the named crates have. Tests may look into files.
const CONFINED: [(&str, &[&str]); 1] = [
    // Only the adapter knows the database; the demo product has one of its own, and the benches look into files.
    ("rusqlite", &["aboveboard-store-sqlite", "aboveboard-demo", "aboveboard-benches"]),
];

/// Holds the dependencies between packages against the drawn arrows.
pub(super) fn check(packages: &[Package], document: &str, wrong: &mut Vec<String>) -> Result<()> {
    let mut used = BTreeMap::new();
    for package in packages.iter().filter(|package| is_drawn(package)) {
        let inside = package.dependencies.iter().filter(|dependency| dependency.inside && !dependency.dev);
        let uses = inside.map(|dependency| (short(&dependency.name), "a dependency".to_owned()));
        used.insert(short(&package.name), uses.collect());
    }
    Arrows::read(document, "crates")?.compare(&used, wrong);
    for (name, allowed) in CONFINED {
        let outside = packages.iter().filter(|package| !allowed.contains(&&*package.name));
        let is_it = |dependency: &Dependency| dependency.name == name && !dependency.dev;
        let outside = outside.filter(|package| package.dependencies.iter().any(is_it));
        wrong.extend(
            outside.map(|package| format!("{} depends on {name}, which is for {allowed:?}", package.name)),
        );
    }
    recorder(wrong)?;
    uploader(wrong)
}

/// The other tests, benches and tasks may use everything.
fn is_drawn(package: &Package) -> bool {
    package.folder.components().any(|part| part.as_os_str() == "crates")
        || DRAWN_ELSEWHERE.contains(&&*package.name)
}

/// The name in ARCHITECTURE.md: that of the folder, but for the demo.
fn short(name: &str) -> String {
    name.strip_prefix("aboveboard-").unwrap_or(name).to_owned()
}

/// The crates that a package brings with it on Linux, itself included, each once.
fn crates_of(package: &str) -> Result<Vec<String>> {
    let package = format!("--package={package}");
    let target = "--target=x86_64-unknown-linux-gnu";
    let tree = output(cargo().args(["tree", &package, target, "--edges=normal", "--prefix=none"]))?;
    let mut crates: Vec<_> =
        tree.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
    crates.sort_unstable();
    crates.dedup();
    Ok(crates)
}

fn uploader(wrong: &mut Vec<String>) -> Result<()> {
    let mut crates = crates_of("aboveboard-cli-agent")?;
    crates.retain(|name| !name.starts_with("aboveboard") && !CLAP.contains(&&**name));
    if crates.len() > UPLOADER_CRATES {
        let number = crates.len();
        wrong.push(format!(
            "recorder and uploader are {number} crates, at most {UPLOADER_CRATES}: {crates:?}"
        ));
    }
    Ok(())
}

fn recorder(wrong: &mut Vec<String>) -> Result<()> {
    let crates = crates_of("aboveboard-core")?;
    if crates.len() > RECORDER_CRATES {
        wrong.push(format!("the recorder is {} crates, at most {RECORDER_CRATES}: {crates:?}", crates.len()));
    }
    let unwanted = crates.iter().filter(|name| NOT_IN_A_RECORDER.contains(&&***name));
    wrong.extend(unwanted.map(|name| format!("the recorder depends on {name}")));
    Ok(())
}
