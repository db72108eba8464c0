//! `aboveboard collector backup`

use std::path::PathBuf;
use std::process::ExitCode;

use aboveboard_collector::upkeep;
use anyhow::Context as _;

use super::data_directory::{DataDirectory, unusable};
use crate::output;

/// What `collector backup` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    directory: DataDirectory,
    /// The copy, which must not exist yet; readable by its owner alone
    to: PathBuf,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let data = options.directory.path()?;
    // With its directory, which is made durable with the copy.
    let to = std::path::absolute(&options.to).context("the copy has no name")?;
    upkeep::backup(&data, &to)
        .map_err(unusable)
        .with_context(|| format!("no copy was made at {}", to.display()))?;
    let bytes = std::fs::metadata(&to).map_or(0, |copy| copy.len());
    output::message(&format!(
        "the database of {} is copied to {} ({bytes} bytes)",
        data.display(),
        to.display()
    ));
    Ok(ExitCode::SUCCESS)
}
