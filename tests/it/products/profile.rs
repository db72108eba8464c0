//! The manifests of the five products.

use std::path::{Path, PathBuf};
use std::process::Command;

use harness::binary;

/// A manifest in `config/profiles`.
#[derive(Clone, Copy)]
pub(super) struct Profile {
    file: &'static str,
    /// The product's id.
    pub(super) product: &'static str,
}

pub(super) const HASURA: Profile = Profile { file: "hasura.toml", product: "hasura-graphql" };
pub(super) const PODMAN_DESKTOP: Profile = Profile { file: "podman-desktop.toml", product: "podman-desktop" };
pub(super) const OPENVINO: Profile = Profile { file: "openvino.toml", product: "openvino" };
pub(super) const PCF_DEV: Profile = Profile { file: "pcf-dev.toml", product: "pcf-dev" };
pub(super) const DEVFILE_REGISTRY: Profile =
    Profile { file: "devfile-registry.toml", product: "devfile-registry" };

/// The root of the workspace.
pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A folder or file of an example product.
pub(super) fn example(path: &str) -> PathBuf {
    root().join("examples/products").join(path)
}

impl Profile {
    pub(super) fn manifest(self) -> PathBuf {
        root().join("config/profiles").join(self.file)
    }

    /// One of the product's variables: `HASURA_GRAPHQL_TELEMETRY_PERIOD` for `TELEMETRY_PERIOD`.
    pub(super) fn variable(self, name: &str) -> String {
        format!("{}_{name}", self.product.replace('-', "_").to_uppercase())
    }

    /// Checks that a file of an example product holds the types that its manifest gives.
    ///
    /// # Panics
    /// If it holds anything else.
    pub(super) fn check_types(self, language: &str, file: &str) {
        let mut generator = Command::new(binary("aboveboard"));
        generator.args(["manifest", "types", "--check", "--language", language]);
        let output = generator.arg(self.manifest()).arg("--output").arg(example(file)).output();
        let output = output.expect("the generator runs");
        assert!(output.status.success(), "{file}: {output:?}");
    }
}
