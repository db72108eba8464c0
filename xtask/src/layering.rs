//! The arrows between the crates, as ARCHITECTURE.md draws them, held against what cargo resolves.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::run::{cargo, output};

/// Which crates of this repository each crate may depend on. No other arrow.
const ARROWS: [(&str, &[&str]); 11] = [
    ("aboveboard-core", &[]),
    ("aboveboard-manifest", &["aboveboard-core"]),
    ("aboveboard-macros", &["aboveboard-manifest"]),
    ("aboveboard-console-bridge", &["aboveboard-core"]),
    ("aboveboard-server-agent", &["aboveboard-core", "aboveboard-console-bridge"]),
    ("aboveboard-cli-agent", &["aboveboard-core", "aboveboard-console-bridge"]),
    ("aboveboard-agents", &["aboveboard-server-agent", "aboveboard-cli-agent", "aboveboard-console-bridge"]),
    ("aboveboard", &["aboveboard-core", "aboveboard-macros", "aboveboard-agents"]),
    ("aboveboard-collector", &["aboveboard-core", "aboveboard-manifest"]),
    ("quarry", &["aboveboard"]),
    (
        "aboveboard-operator",
        &["aboveboard-core", "aboveboard-manifest", "aboveboard-collector", "aboveboard-cli-agent", "quarry"],
    ),
];

/// Most lines of `cargo tree` for the recorder alone: core without features.
const RECORDER_CRATES: usize = 4;

/// Packages that carry a network or TLS; a recorder has none.
const NETWORK: [&str; 7] = ["hyper", "reqwest", "ureq", "rustls", "tokio", "mio", "socket2"];

pub(crate) fn check() -> Result<()> {
    let metadata = output(cargo().args(["metadata", "--format-version=1", "--no-deps"]))?;
    let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata")?;
    let packages = metadata["packages"].as_array().context("cargo metadata without packages")?;
    let mut wrong = Vec::new();
    let allowed: BTreeMap<_, _> = ARROWS.into_iter().collect();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let inside = package["manifest_path"].as_str().is_some_and(|path| path.contains("/crates/"));
        let Some(allowed) = allowed.get(name) else {
            if inside {
                wrong.push(format!("{name}: no arrow of ARCHITECTURE.md speaks of this crate"));
            }
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let on = dependency["name"].as_str().unwrap_or_default();
            let inside = dependency["path"].is_string();
            if inside && dependency["kind"] != "dev" && !allowed.contains(&on) {
                wrong.push(format!("{name} depends on {on}: no such arrow in ARCHITECTURE.md"));
            }
        }
    }
    recorder(&mut wrong)?;
    if wrong.is_empty() {
        println!("layering: {} crates keep to their arrows", ARROWS.len());
        return Ok(());
    }
    bail!("{}", wrong.join("\n"))
}

fn recorder(wrong: &mut Vec<String>) -> Result<()> {
    let tree =
        output(cargo().args(["tree", "--package=aboveboard-core", "--edges=normal", "--prefix=none"]))?;
    let mut crates: Vec<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    crates.sort_unstable();
    crates.dedup();
    if crates.len() > RECORDER_CRATES {
        wrong.push(format!("the recorder is {} crates, at most {RECORDER_CRATES}: {crates:?}", crates.len()));
    }
    if let Some(network) = crates.iter().find(|name| NETWORK.contains(name)) {
        wrong.push(format!("the recorder depends on {network}"));
    }
    Ok(())
}
