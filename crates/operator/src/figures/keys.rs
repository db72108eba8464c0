//! Which keys were known before.

use std::path::Path;

use aboveboard_agent::manifest_file;
use aboveboard_published::key::Verifier;
use anyhow::{Context as _, anyhow};

/// Reads a verifier key of a command line.
pub(super) fn parse(text: &str) -> Result<Verifier, String> {
    Verifier::parse(text).ok_or_else(|| "it is written as NAME+HASH+KEY, as the manifest has it".to_owned())
}

/// The keys that a manifest names, plain or sealed.
///
/// # Errors
/// Where it cannot be read, or publishes nothing.
pub(super) fn of_manifest(file: &Path) -> anyhow::Result<Vec<Verifier>> {
    let name = file.display().to_string();
    let manifest = aboveboard_manifest::read(&manifest_file::content(file)?, &name)
        .map_err(|error| manifest_file::unusable(&name, error))?;
    let publish =
        manifest.publish.with_context(|| format!("{name} publishes no figures: it has no [publish]"))?;
    let keys = publish.keys.iter().map(|key| Verifier::parse(key));
    keys.collect::<Option<_>>().ok_or_else(|| anyhow!("{name} names a key that is none"))
}
