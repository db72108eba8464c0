//! `aboveboard collector repair`

use std::process::ExitCode;

use aboveboard_collector::upkeep;

use super::place::{Place, refused};
use super::progress::Progress;
use crate::say;

/// What `collector repair` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let data = options.place.data()?;
    let mut progress = Progress::new("repairing");
    let repaired = upkeep::repair(&data, |done, of| progress.rows(done, of));
    drop(progress);
    let repaired = repaired.map_err(refused)?;
    let rows: u64 = repaired.saved.iter().map(|(_, rows)| rows).sum();
    say::word(&format!("{} has a new database of the {rows} rows that read", data.display()));
    if let Some(replaced) = repaired.replaced {
        say::word(&format!("the one before it is kept for 14 days as {}", replaced.display()));
    }
    if repaired.torn.is_empty() {
        say::word("every row of every table read: nothing is lost");
    } else {
        say::word(&format!(
            "of these tables a part does not read, and what it held is lost: {}; a backup may have more \
             (`aboveboard collector restore`)",
            repaired.torn.join(", ")
        ));
    }
    Ok(ExitCode::SUCCESS)
}
