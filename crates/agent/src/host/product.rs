//! The product that a manifest names, and the helper that delivers for it.

use std::path::{Path, PathBuf};

use aboveboard_cli_agent::Agent;
use aboveboard_types::declaration::Declaration;
use anyhow::Context as _;

use crate::manifest_file;

/// The variable that names the delivery helper its manifest.
const MANIFEST: &str = "ABOVEBOARD_MANIFEST";

/// The product that a verb is about, as the command line names it.
#[derive(clap::Args)]
pub struct Product {
    /// The product's telemetry.toml or telemetry.sealed, for the verbs about one product
    #[arg(long, global = true, value_name = "FILE")]
    manifest: Option<PathBuf>,
}

impl Product {
    /// The file that `--manifest` names.
    ///
    /// # Errors
    /// If it names none.
    pub fn manifest(&self) -> anyhow::Result<&Path> {
        self.manifest.as_deref().context("name the product's telemetry.toml with --manifest FILE")
    }

    /// Reads the manifest. It stays for the life of the process, as a compiled one does.
    ///
    /// # Errors
    /// If none is named or it cannot be read, or for everything that is wrong with it.
    pub(crate) fn declaration(&self) -> anyhow::Result<&'static Declaration> {
        load(self.manifest()?)
    }

    /// How people call the users' verbs for this product where no host has them among its own, for hints.
    pub(crate) fn verbs(&self) -> String {
        let called_by = std::env::args_os().next().map(PathBuf::from).unwrap_or_default();
        let name = called_by.file_name().map_or("aboveboard".into(), |name| name.to_string_lossy());
        let manifest = self.manifest.as_deref().unwrap_or(Path::new("FILE"));
        format!("{name} --manifest {}", manifest.display())
    }

    /// The agent of this product in this process.
    ///
    /// # Errors
    /// As [`Product::declaration`].
    pub(crate) fn agent(&self, version: &str) -> anyhow::Result<Agent> {
        agent(self.manifest()?, version)
    }
}

fn load(manifest: &Path) -> anyhow::Result<&'static Declaration> {
    let manifest = manifest_file::read(manifest)
        .context("the product's manifest, which --manifest names, cannot be used")?;
    Ok(Box::leak(Box::new(manifest.declaration())))
}

fn agent(manifest: &Path, version: &str) -> anyhow::Result<Agent> {
    let declaration = load(manifest)?;
    // The helper works in `/`.
    let path = std::path::absolute(manifest).unwrap_or_else(|_| manifest.to_owned());
    Ok(aboveboard_cli_agent::start(declaration, version).hand_over(MANIFEST, path))
}

/// Takes over if this process is the delivery helper that a verb of this crate started. Must come first in `main`.
pub fn deliver_if_called() {
    let is_called = std::env::args_os().nth(1).is_some_and(|argument| argument == "telemetry-deliver");
    let manifest = std::env::var_os(MANIFEST).filter(|_| is_called);
    if let Some(manifest) = manifest.map(PathBuf::from) {
        // Without the manifest nothing can be delivered, and nobody reads what a helper prints.
        let _ = agent(&manifest, "0");
    }
}
