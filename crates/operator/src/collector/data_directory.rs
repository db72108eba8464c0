//! Which data directory a verb works on, and what the operator reads where that cannot be done.

use std::path::{Path, PathBuf};

use aboveboard_collector::{Config, DataPlace, StartError};
use aboveboard_store::{StoreError, StoreProblem};
use anyhow::{Context as _, anyhow};

/// Which collector's data.
#[derive(clap::Args)]
pub(crate) struct DataDirectory {
    /// The collector's configuration, which names its data directory [default: the built-in one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl DataDirectory {
    pub(crate) fn path(&self) -> anyhow::Result<PathBuf> {
        data_of(&self.configuration()?)
    }

    /// The data directory and the store that belongs to it.
    pub(crate) fn place(&self) -> anyhow::Result<DataPlace> {
        place_of(&self.configuration()?)
    }

    pub(crate) fn configuration(&self) -> anyhow::Result<Config> {
        configuration(self.config.as_deref())
    }
}

/// The collector's configuration: from this file, or the built-in one.
pub(super) fn configuration(file: Option<&Path>) -> anyhow::Result<Config> {
    Config::load(file).context("the configuration cannot be used")
}

/// The data directory, absolute, so that messages say which one is meant.
pub(super) fn data_of(config: &Config) -> anyhow::Result<PathBuf> {
    std::path::absolute(&config.data)
        .with_context(|| format!("{} does not lead to a directory", config.data.display()))
}

/// The data directory, absolute, and the store that belongs to it.
pub(super) fn place_of(config: &Config) -> anyhow::Result<DataPlace> {
    Ok(DataPlace::new(config, data_of(config)?))
}

/// For the operator, why a verb that needs the directory for itself cannot have it.
pub(crate) fn refused(error: StartError) -> anyhow::Error {
    match error {
        StartError::InUse(path) => anyhow!(
            "{} is in use by a running collector, and this verb changes the database below it; nothing was \
             changed: stop the collector first, then try again",
            path.display()
        ),
        StartError::Store(error) => unusable(error),
        error => error.into(),
    }
}

/// For the operator, why a database cannot be used.
fn unusable(error: StoreError) -> anyhow::Error {
    match &error.what {
        StoreProblem::Missing { path } => anyhow!(
            "there is no database at {}, and none is made. If the collector's data are elsewhere, name the directory by \
             ABOVEBOARD_COLLECTOR_DATA, or by `data` in the file of --config. If this is the right directory, restore a \
             backup with `aboveboard collector restore`",
            path.display()
        ),
        _ => error.into(),
    }
}
