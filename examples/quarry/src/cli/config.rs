//! The user's config file, `$XDG_CONFIG_HOME/quarry/config.json`.
//!
//! What a project says must not speak for its user, so the switch of telemetry stands here and not in a project.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;

/// What the user set for all projects.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct UserConfig {
    pub(super) endpoint: Option<String>,
    enable_telemetry: Option<crate::Setting>,
}

impl UserConfig {
    pub(super) fn read() -> anyhow::Result<Self> {
        let Some(path) = path() else { return Ok(Self::default()) };
        Self::read_file(&path).with_context(|| format!("cannot read {}", path.display()))
    }

    /// The value of the config key `enable_telemetry`. A file that cannot be read might say no.
    pub(super) fn enable_telemetry() -> Option<String> {
        match Self::read() {
            Ok(config) => config.enable_telemetry.map(crate::Setting::into_string),
            Err(_) => Some("unreadable".to_owned()),
        }
    }

    fn read_file(path: &Path) -> anyhow::Result<Self> {
        match std::fs::read(path) {
            Ok(text) => Ok(serde_json::from_slice(&text)?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error.into()),
        }
    }
}

fn path() -> Option<PathBuf> {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let directory = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")))?;
    Some(directory.join("quarry/config.json"))
}
