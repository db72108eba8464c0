//! The product that a manifest names, and the helper that delivers for it.

use std::path::{Path, PathBuf};

use aboveboard_cli_agent::Agent;
use aboveboard_types::declaration::Declaration;
use anyhow::Context as _;

use crate::manifest_file;

/// The variable that names the delivery helper its manifest.
const MANIFEST: &str = "ABOVEBOARD_MANIFEST";

/// Reads a manifest. It stays for the life of the process, as a compiled one does.
///
/// # Errors
/// If the file cannot be read, or for everything that is wrong with it.
pub(crate) fn load(manifest: &Path) -> anyhow::Result<&'static Declaration> {
    let text = manifest_file::read(manifest)
        .context("the product's telemetry.toml, which --manifest names, cannot be used")?;
    let manifest = manifest_file::parse(&text, &manifest.display().to_string())?;
    Ok(Box::leak(Box::new(manifest.declaration())))
}

/// The agent of that product in this process.
///
/// # Errors
/// If the manifest cannot be read or is none.
pub(crate) fn agent(manifest: &Path, version: &str) -> anyhow::Result<Agent> {
    let declaration = load(manifest)?;
    // The helper works in `/`.
    let path = std::path::absolute(manifest).unwrap_or_else(|_| manifest.to_owned());
    let program = format!("aboveboard --manifest {}", manifest.display());
    Ok(aboveboard_cli_agent::start(declaration, version).program(program).hand_over(MANIFEST, path))
}

/// Takes over if this process is the delivery helper that `exec` or `record` started. Must come first in `main`.
pub(crate) fn deliver_if_called() {
    let is_called = std::env::args_os().nth(1).is_some_and(|argument| argument == "telemetry-deliver");
    let manifest = std::env::var_os(MANIFEST).filter(|_| is_called);
    if let Some(manifest) = manifest.map(PathBuf::from) {
        // Without the manifest nothing can be delivered, and nobody reads what a helper prints.
        let _ = agent(&manifest, "0");
    }
}
