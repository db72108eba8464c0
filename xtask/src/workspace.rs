//! The packages of this workspace, as cargo sees them.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::run::{cargo, output};

/// A package of this workspace.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) publish: bool,
    /// The oldest compiler that it asks for.
    pub(crate) compiler: String,
    pub(crate) dependencies: Vec<Dependency>,
    /// The root files of its library and its programs.
    pub(crate) roots: Vec<PathBuf>,
    /// All fields that cargo knows of it.
    pub(crate) fields: Value,
}

/// What a package depends on directly.
#[derive(Debug)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// Only tests, examples and benches need it.
    pub(crate) dev: bool,
    /// It is a package of this workspace.
    pub(crate) inside: bool,
    /// As the package writes it: `^1.2`; `*` where it names a path alone.
    pub(crate) requirement: String,
}

/// All packages, those that are not published included.
pub(crate) fn packages() -> Result<Vec<Package>> {
    let metadata = output(cargo().args(["metadata", "--format-version=1", "--no-deps"]))?;
    let mut metadata: Value = serde_json::from_str(&metadata).context("cargo metadata")?;
    let packages = metadata["packages"].as_array_mut().context("cargo metadata without packages")?;
    Ok(packages.drain(..).map(package).collect())
}

fn package(metadata: Value) -> Package {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let dependency = |value: &Value| Dependency {
        name: text(&value["name"]),
        dev: value["kind"] == "dev",
        inside: value["path"].is_string(),
        requirement: text(&value["req"]),
    };
    let is_product = |target: &&Value| {
        let kinds = all(&target["kind"]);
        kinds.iter().any(|kind| *kind == "lib" || *kind == "bin" || *kind == "proc-macro")
    };
    let manifest = PathBuf::from(text(&metadata["manifest_path"]));
    let targets = all(&metadata["targets"]);
    let roots = targets.iter().filter(is_product).map(|target| text(&target["src_path"]).into());
    Package {
        name: text(&metadata["name"]),
        folder: manifest.parent().unwrap_or(&manifest).to_owned(),
        publish: metadata["publish"].is_null(),
        compiler: text(&metadata["rust_version"]),
        dependencies: all(&metadata["dependencies"]).iter().map(dependency).collect(),
        roots: roots.collect(),
        fields: metadata,
    }
}
