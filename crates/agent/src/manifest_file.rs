//! Reading a product's `telemetry.toml`.

use std::path::Path;

use aboveboard_files::named;
use aboveboard_manifest::{MAX_MANIFEST_BYTES, Manifest, Problem};
use anyhow::{Context as _, anyhow};

/// The text of a file. It must be a regular one: a pipe or a device in its place would hold up a program that runs under
/// it, or fill its memory.
///
/// # Errors
/// If it is none, or longer than a manifest may be.
pub fn read(file: &Path) -> anyhow::Result<String> {
    let cannot = || {
        format!("cannot read {}: it has to be a file of at most {MAX_MANIFEST_BYTES} bytes", file.display())
    };
    let text = named::content(file, MAX_MANIFEST_BYTES).map_err(std::io::Error::from).with_context(cannot)?;
    String::from_utf8(text).with_context(|| format!("cannot read {}", file.display()))
}

/// The manifest in a text, which problems call `name`.
///
/// # Errors
/// One error that lists everything that is wrong with it.
pub fn parse(text: &str, name: &str) -> anyhow::Result<Manifest> {
    aboveboard_manifest::parse(text, name).map_err(|problems| {
        let problems: Vec<_> = problems.iter().map(Problem::to_string).collect();
        anyhow!("{}", problems.join("\n"))
    })
}
