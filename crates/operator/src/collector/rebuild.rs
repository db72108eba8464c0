//! `aboveboard collector rebuild`

use std::process::ExitCode;

use aboveboard_collector::upkeep;

use super::data_directory::{DataDirectory, refused};
use super::progress::Progress;
use crate::output;

/// What `collector rebuild` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    directory: DataDirectory,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let data = options.directory.path()?;
    let mut progress = Progress::new("rebuilding");
    let rows = upkeep::rebuild(&data, |done, of| progress.rows(done, of));
    drop(progress);
    let rows = rows.map_err(refused)?;
    output::message(&format!("the figures of {} are computed anew from {rows} rows", data.display()));
    Ok(ExitCode::SUCCESS)
}
