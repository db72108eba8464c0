//! `quarry init`

use std::path::Path;

use anyhow::{Context as _, ensure};

use super::output;
use super::project::{Project, ProjectConfig};
use crate::catalog::Metadata;
use crate::json_file;

pub(super) fn run(directory: &Path) -> anyhow::Result<()> {
    let project = Project::at(directory);
    ensure!(!project.config_file().exists(), "{} holds a project already", directory.display());
    let migrations = project.migrations();
    std::fs::create_dir_all(&migrations).with_context(|| format!("cannot make {}", migrations.display()))?;
    let config = ProjectConfig { endpoint: Some("http://127.0.0.1:8080".to_owned()) };
    json_file::write(&project.metadata_file(), &Metadata::default())?;
    json_file::write(&project.config_file(), &config)?;
    output::message(&format!("made a project in {}", directory.display()));
    Ok(())
}
