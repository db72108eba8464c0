//! The user's config file, `$XDG_CONFIG_HOME/quarry/config.json`.
//!
//! A project must not decide for its user, so the switch of telemetry is here and not in a project.

use std::path::PathBuf;

use serde::Deserialize;

use crate::json_file;

/// What the user set for all projects.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct UserConfig {
    pub(super) endpoint: Option<String>,
    enable_telemetry: Option<serde_json::Value>,
}

impl UserConfig {
    pub(super) fn read() -> anyhow::Result<Self> {
        let Some(path) = path() else { return Ok(Self::default()) };
        Ok(json_file::read_existing(&path)?.unwrap_or_default())
    }

    /// The value of the config key `enable_telemetry`. A file that cannot be read, perhaps because it is being written, is
    /// an error: it silences and deletes nothing.
    pub(super) fn enable_telemetry() -> anyhow::Result<Option<String>> {
        Ok(Self::read()?.enable_telemetry.map(json_file::text_of))
    }
}

fn path() -> Option<PathBuf> {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let directory = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")))?;
    Some(directory.join("quarry/config.json"))
}
