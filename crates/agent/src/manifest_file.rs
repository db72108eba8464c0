//! Reading a product's manifest at run time: its `telemetry.toml`, or the `telemetry.sealed` that a release carries.

use std::path::Path;

use aboveboard_files::named;
use aboveboard_manifest::{MAX_SEALED_BYTES, Manifest, ReadError};
use anyhow::{Context as _, anyhow};

/// What lies in a file. It must be a regular one: a pipe or a device in its place would hold up a program that runs under
/// it, or fill its memory.
///
/// # Errors
/// If it is none, or longer than a manifest may be.
pub fn content(file: &Path) -> anyhow::Result<Vec<u8>> {
    let cannot =
        || format!("cannot read {}: it has to be a file of at most {MAX_SEALED_BYTES} bytes", file.display());
    named::content(file, MAX_SEALED_BYTES).map_err(std::io::Error::from).with_context(cannot)
}

/// The manifest in a file.
///
/// # Errors
/// One error that says everything that is wrong with it.
pub fn read(file: &Path) -> anyhow::Result<Manifest> {
    parse(&content(file)?, file)
}

/// The manifest in what was read from a file.
///
/// # Errors
/// As [`read`].
pub fn parse(content: &[u8], file: &Path) -> anyhow::Result<Manifest> {
    let name = file.display().to_string();
    aboveboard_manifest::read(content, &name).map_err(|error| unusable(&name, error))
}

/// The error about a file. Problems name their file themselves.
#[must_use]
pub fn unusable(file: &str, error: ReadError) -> anyhow::Error {
    match error {
        ReadError::Problems(_) => anyhow!(error),
        error => anyhow!("cannot use {file}: {error}"),
    }
}
