//! A project on disk: `quarry.json`, `metadata.json` and a folder of migrations.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};

use super::output;
use crate::catalog::{Direction, Metadata};
use crate::json_file;

/// What `quarry.json` says.
#[derive(Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ProjectConfig {
    pub(super) endpoint: Option<String>,
}

/// A directory with a project in it.
pub(super) struct Project(PathBuf);

/// A migration of the project: its folder is named `<version>_<name>`.
pub(super) struct LocalMigration {
    pub(super) version: i64,
    pub(super) name: String,
    folder: PathBuf,
}

impl Project {
    pub(super) fn at(directory: &Path) -> Self {
        Self(directory.to_owned())
    }

    /// Does `quarry init`: makes a project in a directory that holds none.
    pub(super) fn init(directory: &Path) -> anyhow::Result<()> {
        let project = Self::at(directory);
        ensure!(!project.config_file().exists(), "{} holds a project already", directory.display());
        let migrations = project.migrations();
        std::fs::create_dir_all(&migrations)
            .with_context(|| format!("cannot make {}", migrations.display()))?;
        let config = ProjectConfig { endpoint: Some("http://127.0.0.1:8080".to_owned()) };
        json_file::write(&project.metadata_file(), &Metadata::default())?;
        json_file::write(&project.config_file(), &config)?;
        output::message(&format!("made a project in {}", directory.display()));
        Ok(())
    }

    /// The project's config; that of an empty one where there is no project.
    pub(super) fn config(&self) -> anyhow::Result<ProjectConfig> {
        Ok(json_file::read_existing(&self.config_file())?.unwrap_or_default())
    }

    pub(super) fn config_file(&self) -> PathBuf {
        self.0.join("quarry.json")
    }

    pub(super) fn metadata_file(&self) -> PathBuf {
        self.0.join("metadata.json")
    }

    pub(super) fn migrations(&self) -> PathBuf {
        self.0.join("migrations")
    }

    /// Its migrations, oldest first. Folders with other names are ignored.
    pub(super) fn local_migrations(&self) -> anyhow::Result<Vec<LocalMigration>> {
        let folder = self.migrations();
        let entries =
            std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        let mut found = Vec::new();
        for entry in entries {
            let folder = entry?.path();
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            let Some((version, name)) = name.split_once('_') else { continue };
            let Ok(version) = version.parse() else { continue };
            found.push(LocalMigration { version, name: name.to_owned(), folder: folder.clone() });
        }
        found.sort_by_key(|migration| migration.version);
        Ok(found)
    }
}

impl LocalMigration {
    pub(super) fn sql(&self, direction: Direction) -> anyhow::Result<String> {
        let file = self.folder.join(match direction {
            Direction::Up => "up.sql",
            Direction::Down => "down.sql",
        });
        std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))
    }
}
