//! The oldest compiler: nothing that a crate depends on asks for a newer one than the crate itself.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::run::{cargo, output};

/// Looks at what cargo resolved for this workspace, with all features and on all systems.
pub(crate) fn check() -> Result<()> {
    let metadata = output(cargo().args(["metadata", "--format-version=1", "--all-features"]))?;
    let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata")?;
    let wrong = too_new(&metadata);
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("msrv: no dependency asks for a newer compiler than the crate that embeds it");
    Ok(())
}

struct Crate<'a> {
    name: &'a str,
    compiler: Option<(u32, u32)>,
    dependencies: Vec<&'a str>,
}

fn too_new(metadata: &Value) -> Vec<String> {
    let crates = crates(metadata);
    let members = all(&metadata["workspace_members"]).iter().filter_map(Value::as_str);
    let mut wrong = Vec::new();
    for member in members {
        let Some(Crate { name, compiler: Some(oldest), .. }) = crates.get(member) else {
            wrong.push(format!("{member} names no rust-version"));
            continue;
        };
        for dependency in reached(&crates, member) {
            let dependency = &crates[dependency];
            if let Some((major, minor)) = dependency.compiler.filter(|compiler| compiler > oldest) {
                wrong.push(format!(
                    "{name} is for Rust {}.{}, but {} asks for {major}.{minor}",
                    oldest.0, oldest.1, dependency.name
                ));
            }
        }
    }
    wrong
}

/// All crates of a resolution by their id.
fn crates(metadata: &Value) -> BTreeMap<&str, Crate<'_>> {
    let mut crates = BTreeMap::new();
    for package in all(&metadata["packages"]) {
        let id = package["id"].as_str().unwrap_or_default();
        let name = package["name"].as_str().unwrap_or_default();
        let compiler = package["rust_version"].as_str().and_then(version);
        crates.insert(id, Crate { name, compiler, dependencies: Vec::new() });
    }
    for node in all(&metadata["resolve"]["nodes"]) {
        let is_built =
            |dependency: &&Value| all(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"] != "dev");
        let built = all(&node["deps"]).iter().filter(is_built);
        if let Some(found) = node["id"].as_str().and_then(|id| crates.get_mut(id)) {
            found.dependencies = built.filter_map(|dependency| dependency["pkg"].as_str()).collect();
        }
    }
    crates
}

fn all(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

/// All that a crate builds upon.
fn reached<'a>(crates: &BTreeMap<&'a str, Crate<'a>>, from: &'a str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut next = vec![from];
    while let Some(id) = next.pop() {
        let dependencies = crates.get(id).into_iter().flat_map(|found| found.dependencies.iter().copied());
        next.extend(dependencies.filter(|dependency| reached.insert(*dependency)));
    }
    reached
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn metadata(of_the_last: &str, kind: &Value) -> Value {
        json!({
            "workspace_members": ["a"],
            "packages": [
                {"id": "a", "name": "a", "rust_version": "1.89"},
                {"id": "b", "name": "b", "rust_version": null},
                {"id": "c", "name": "c", "rust_version": of_the_last},
            ],
            "resolve": {"nodes": [
                {"id": "a", "deps": [{"pkg": "b", "dep_kinds": [{"kind": null}]}]},
                {"id": "b", "deps": [{"pkg": "c", "dep_kinds": [{"kind": kind}]}]},
                {"id": "c", "deps": []},
            ]},
        })
    }

    #[test]
    fn a_dependency_that_asks_for_a_newer_compiler_is_found() {
        let wrong = too_new(&metadata("1.90.1", &Value::Null));
        assert_eq!(wrong, ["a is for Rust 1.89, but c asks for 1.90"]);
        assert_eq!(too_new(&metadata("2.0", &json!("build"))).len(), 1);
    }

    #[test]
    fn older_compilers_and_dependencies_of_tests_pass() {
        assert!(too_new(&metadata("1.89", &Value::Null)).is_empty());
        assert!(too_new(&metadata("1.9", &Value::Null)).is_empty());
        assert!(too_new(&metadata("1.95", &json!("dev"))).is_empty());
    }
}
