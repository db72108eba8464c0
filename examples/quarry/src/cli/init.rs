//! `quarry init`

use std::path::Path;

use anyhow::{Context as _, ensure};

use super::project::{Project, ProjectConfig};
use crate::catalog::Metadata;

pub(super) fn run(directory: &Path) -> anyhow::Result<()> {
    let project = Project::at(directory);
    ensure!(!project.config_file().exists(), "{} holds a project already", directory.display());
    let migrations = project.migrations();
    std::fs::create_dir_all(&migrations).with_context(|| format!("cannot make {}", migrations.display()))?;
    let config = ProjectConfig { endpoint: Some("http://127.0.0.1:8080".to_owned()) };
    write(&project.metadata_file(), &Metadata::default())?;
    write(&project.config_file(), &config)?;
    super::tell(&format!("made a project in {}", directory.display()));
    Ok(())
}

pub(super) fn write(file: &Path, document: &impl serde::Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(document)?;
    text.push('\n');
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}
