//! What stands in the Cargo.toml, and beside it, of every crate that is published.

use std::path::Path;

use anyhow::Result;
use serde_json::Value;

use super::Finding;
use super::paths::straight;
use crate::layering::Modules;
use crate::run::root;
use crate::workspace::{Package, packages};

/// Files that a package needs beside its Cargo.toml.
const BESIDE: [&str; 3] = ["README.md", "LICENSE-APACHE", "LICENSE-MIT"];

/// The most keywords that a registry takes.
const MAX_KEYWORDS: usize = 5;

/// A crate that writes code for another one, which must be of the same version.
const PINNED: (&str, &str) = ("aboveboard", "aboveboard-macros");

pub(super) fn check(findings: &mut Vec<Finding>) -> Result<()> {
    let packages = packages()?;
    for package in packages.iter().filter(|package| package.publish) {
        let folder = package.folder.strip_prefix(root()).unwrap_or(&package.folder);
        let manifest = folder.join("Cargo.toml");
        let missing = BESIDE.iter().filter(|file| !package.folder.join(file).is_file());
        let mut wrong: Vec<String> = missing.map(|file| format!("no {file} beside it")).collect();
        wrong.extend(fields(&package.fields));
        wrong.extend(dependencies(package, &packages));
        for target in &package.roots {
            wrong.extend(outside(&package.folder, &Modules::read(target)?));
        }
        findings.extend(wrong.into_iter().map(|what| Finding::new(&manifest, 0, what)));
    }
    Ok(())
}

/// What is missing among the fields of `package`.
fn fields(fields: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    for name in ["description", "license", "repository", "readme", "rust_version"] {
        if fields[name].as_str().is_none_or(str::is_empty) {
            wrong.push(format!("no {name}"));
        }
    }
    let keywords = fields["keywords"].as_array().map_or(0, Vec::len);
    if keywords == 0 || keywords > MAX_KEYWORDS {
        wrong.push(format!("{keywords} keywords, 1 to {MAX_KEYWORDS}"));
    }
    if fields["categories"].as_array().is_none_or(Vec::is_empty) {
        wrong.push("no categories".to_owned());
    }
    if fields["metadata"]["docs"]["rs"]["all-features"] != true {
        wrong.push("no [package.metadata.docs.rs] with all features".to_owned());
    }
    wrong
}

/// What would keep the dependencies of a published crate from being resolved by others.
fn dependencies(package: &Package, packages: &[Package]) -> Vec<String> {
    let mut wrong = Vec::new();
    for dependency in package.dependencies.iter().filter(|dependency| dependency.inside) {
        let name = &dependency.name;
        let published = packages.iter().any(|other| other.name == *name && other.publish);
        let by_path_alone = dependency.requirement == "*";
        if dependency.dev && !by_path_alone {
            wrong.push(format!(
                "tests need {name} by a version, which may form a circle: name its path alone"
            ));
        }
        if !dependency.dev && (by_path_alone || !published) {
            wrong.push(format!("depends on {name}, which is not published or has no version"));
        }
        let pinned = dependency.requirement.starts_with('=');
        if (&*package.name, name.as_str()) == PINNED && !pinned {
            wrong.push(format!("{name} writes code for this crate: pin it with ="));
        }
    }
    wrong
}

/// What a program includes lies within its package, or the package does not build by itself.
fn outside(folder: &Path, modules: &Modules) -> Vec<String> {
    let lies_outside = |source: &Path, included: &str| {
        let from = source.parent().unwrap_or(Path::new(""));
        !straight(&from.join(included)).starts_with(folder)
    };
    let includes = modules.includes().filter(|(source, included)| lies_outside(source, included));
    includes
        .map(|(source, included)| format!("{} includes {included} from outside", source.display()))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::workspace::Dependency;

    fn package(name: &str, publish: bool, dependencies: Vec<Dependency>) -> Package {
        Package {
            name: name.to_owned(),
            folder: "crates/a".into(),
            publish,
            compiler: "1.89".to_owned(),
            dependencies,
            roots: Vec::new(),
            fields: Value::Null,
        }
    }

    fn dependency(name: &str, dev: bool, requirement: &str) -> Dependency {
        Dependency { name: name.to_owned(), dev, inside: true, requirement: requirement.to_owned() }
    }

    fn found(name: &str, of: Dependency) -> usize {
        let other = package(&of.name, of.name != "private", Vec::new());
        let package = package(name, true, vec![of]);
        dependencies(&package, &[other]).len()
    }

    #[test]
    fn a_field_that_is_missing_is_found() {
        let good = json!({
            "description": "d", "license": "l", "repository": "r", "readme": "README.md", "rust_version": "1.89",
            "keywords": ["k"], "categories": ["c"], "metadata": {"docs": {"rs": {"all-features": true}}},
        });
        assert!(fields(&good).is_empty());
        for name in good.as_object().unwrap().keys() {
            let mut bad = good.clone();
            bad[name] = Value::Null;
            assert_eq!(fields(&bad).len(), 1, "{name}");
        }
    }

    #[test]
    fn a_dependency_that_others_cannot_resolve_is_found() {
        assert_eq!(found("a", dependency("b", false, "^0.1.0")), 0);
        assert_eq!(found("a", dependency("b", false, "*")), 1);
        assert_eq!(found("a", dependency("private", false, "^0.1.0")), 1);
        assert_eq!(found("a", dependency("b", true, "^0.1.0")), 1);
        assert_eq!(found("a", dependency("private", true, "*")), 0);
    }

    #[test]
    fn a_file_from_outside_the_package_is_found_but_in_tests() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("src/lib.rs");
        std::fs::create_dir(folder.path().join("src")).unwrap();
        let found = |text: &str| {
            std::fs::write(&root, text).unwrap();
            outside(folder.path(), &Modules::read(&root).unwrap()).len()
        };
        assert_eq!(found("const A: &str = include_str!(\"../../config/a.toml\");"), 1);
        assert_eq!(found("const A: &str = include_str!(\"../a.toml\");"), 0);
        assert_eq!(found("#[cfg(test)] mod tests { const A: &[u8] = include_bytes!(\"../../a.toml\"); }"), 0);
    }

    #[test]
    fn macros_that_are_not_pinned_are_found() {
        assert_eq!(found("aboveboard", dependency("aboveboard-macros", false, "^0.1.0")), 1);
        assert_eq!(found("aboveboard", dependency("aboveboard-macros", false, "=0.1.0")), 0);
    }
}
