//! Which data directory an operator works on, and what is said where that cannot be done.

use std::path::PathBuf;

use aboveboard_collector::store::{StoreError, StoreProblem};
use aboveboard_collector::{Config, StartError};
use anyhow::{Context as _, anyhow};

/// Which collector's data.
#[derive(clap::Args)]
pub(super) struct Place {
    /// The collector's configuration, which names its data directory [default: the built-in one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Place {
    /// The data directory, absolute, so that whoever reads of it knows which one is meant.
    pub(super) fn data(&self) -> anyhow::Result<PathBuf> {
        let config = Config::load(self.config.as_deref()).context("the configuration cannot be used")?;
        std::path::absolute(&config.data)
            .with_context(|| format!("{} does not lead to a directory", config.data.display()))
    }
}

/// What an operator is told where the directory cannot be worked on alone.
pub(super) fn refused(error: StartError) -> anyhow::Error {
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

/// What an operator is told of a database that cannot be used.
pub(super) fn unusable(error: StoreError) -> anyhow::Error {
    match &error.what {
        StoreProblem::Missing { path } => anyhow!(
            "there is no database at {}, and none is made: name the collector's configuration with --config if its \
             data is elsewhere, or take a backup with `aboveboard collector restore`",
            path.display()
        ),
        _ => error.into(),
    }
}
