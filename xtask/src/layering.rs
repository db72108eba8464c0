//! The arrows between the crates, as ARCHITECTURE.md draws them, held against what cargo resolves.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::run::{cargo, output};

/// Which crates of this repository each crate may depend on. No other arrow.
const ARROWS: [(&str, &[&str]); 17] = [
    ("aboveboard-types", &[]),
    ("aboveboard-files", &[]),
    ("aboveboard-wire", &["aboveboard-types"]),
    ("aboveboard-core", &["aboveboard-types", "aboveboard-files"]),
    ("aboveboard-delivery", &["aboveboard-types", "aboveboard-files", "aboveboard-wire", "aboveboard-core"]),
    (
        "aboveboard-testing",
        &["aboveboard-types", "aboveboard-wire", "aboveboard-core", "aboveboard-delivery"],
    ),
    ("aboveboard-testkit", &["aboveboard-types", "aboveboard-core", "aboveboard-delivery"]),
    ("aboveboard-manifest", &["aboveboard-types"]),
    ("aboveboard-macros", &["aboveboard-manifest"]),
    ("aboveboard-console-bridge", &["aboveboard-types"]),
    ("aboveboard-server-agent", &AGENT),
    ("aboveboard-cli-agent", &AGENT),
    ("aboveboard-enabled", &["aboveboard-server-agent", "aboveboard-cli-agent", "aboveboard-console-bridge"]),
    ("aboveboard", &["aboveboard-types", "aboveboard-macros", "aboveboard-enabled", "aboveboard-testing"]),
    ("aboveboard-collector", &["aboveboard-types", "aboveboard-wire", "aboveboard-manifest"]),
    ("aboveboard-demo", &["aboveboard"]),
    (
        "aboveboard-operator",
        &[
            "aboveboard-types",
            "aboveboard-wire",
            "aboveboard-core",
            "aboveboard-testing",
            "aboveboard-manifest",
            "aboveboard-collector",
            "aboveboard-cli-agent",
            "aboveboard-demo",
        ],
    ),
];

/// What an agent may depend on.
const AGENT: [&str; 5] = [
    "aboveboard-types",
    "aboveboard-wire",
    "aboveboard-core",
    "aboveboard-delivery",
    "aboveboard-console-bridge",
];

/// Most lines of `cargo tree` for the recorder alone on Linux: types, files, core, hmac-sha256, rustix, bitflags,
/// linux-raw-sys. Elsewhere rustix takes libc and errno instead of the last.
const RECORDER_CRATES: usize = 7;

/// Most other crates that recording and sending bring to a CLI, derive macros included; clap is the host's own.
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
    uploader(&mut wrong)?;
    if wrong.is_empty() {
        println!("layering: {} crates keep to their arrows", ARROWS.len());
        return Ok(());
    }
    bail!("{}", wrong.join("\n"))
}

/// The crates that a package brings with it, itself included, each once.
fn crates_of(package: &str) -> Result<Vec<String>> {
    let package = format!("--package={package}");
    let tree = output(cargo().args(["tree", &package, "--edges=normal", "--prefix=none"]))?;
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
    if let Some(network) = crates.iter().find(|name| NETWORK.contains(&&***name)) {
        wrong.push(format!("the recorder depends on {network}"));
    }
    Ok(())
}
