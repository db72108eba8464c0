//! A project on disk: `quarry.json`, `metadata.json` and a folder of migrations.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

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

    /// The project's config; that of an empty one where there is no project.
    pub(super) fn config(&self) -> anyhow::Result<ProjectConfig> {
        let path = self.config_file();
        match std::fs::read(&path) {
            Ok(text) => {
                serde_json::from_slice(&text).with_context(|| format!("cannot parse {}", path.display()))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(ProjectConfig::default()),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
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

    /// Its migrations, oldest first. Folders that are not named like one are passed over.
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
    pub(super) fn sql(&self, direction: crate::catalog::Direction) -> anyhow::Result<String> {
        let file = self.folder.join(match direction {
            crate::catalog::Direction::Up => "up.sql",
            crate::catalog::Direction::Down => "down.sql",
        });
        std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))
    }
}
