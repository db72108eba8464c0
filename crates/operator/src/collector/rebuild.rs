//! `aboveboard collector rebuild`

use std::process::ExitCode;

use aboveboard_collector::upkeep;

use super::place::{Place, refused};
use super::progress::Progress;
use crate::say;

/// What `collector rebuild` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let data = options.place.data()?;
    let mut progress = Progress::new("rebuilding");
    let rows = upkeep::rebuild(&data, |done, of| progress.rows(done, of));
    drop(progress);
    let rows = rows.map_err(refused)?;
    say::word(&format!("the figures of {} are made anew from {rows} rows", data.display()));
    Ok(ExitCode::SUCCESS)
}
