//! Reading a product's telemetry.toml.

use std::path::Path;

use aboveboard_manifest::{Manifest, Problem};
use anyhow::{Context as _, anyhow};

/// The text of a file.
pub(crate) fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

/// The manifest in a text, which problems call `name`.
///
/// # Errors
/// One error that lists everything that is wrong with it.
pub(crate) fn parse(text: &str, name: &str) -> anyhow::Result<Manifest> {
    aboveboard_manifest::parse(text, name).map_err(|problems| {
        let problems: Vec<_> = problems.iter().map(Problem::to_string).collect();
        anyhow!("{}", problems.join("\n"))
    })
}

/// The file that `--manifest` names, for a verb that needs one.
pub(crate) fn required(manifest: Option<&Path>) -> anyhow::Result<&Path> {
    manifest.context("name the product's telemetry.toml with --manifest FILE")
}
