//! `aboveboard collector rebuild` and `collector repair`: what makes figures or the database anew.

use std::process::ExitCode;

use aboveboard_agent::output;
use aboveboard_collector::upkeep;

use super::{DataDirectory, Progress, refused};

pub(crate) fn rebuild(directory: &DataDirectory) -> anyhow::Result<ExitCode> {
    let place = directory.place()?;
    let mut progress = Progress::new("rebuilding");
    let rows = upkeep::rebuild(&place, |done, of| progress.rows(done, of));
    drop(progress);
    let rows = rows.map_err(refused)?;
    output::message(&format!("the figures of {place} are computed anew from {rows} rows"));
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn repair(directory: &DataDirectory) -> anyhow::Result<ExitCode> {
    let place = directory.place()?;
    let mut progress = Progress::new("repairing");
    let repaired = upkeep::repair(&place, |done, of| progress.rows(done, of));
    drop(progress);
    let repaired = repaired.map_err(refused)?;
    let rows: u64 = repaired.saved.iter().map(|(_, rows)| rows).sum();
    output::message(&format!("{place} has a new database of the {rows} rows that are readable"));
    if let Some(replaced) = repaired.replaced {
        output::message(&format!("the one before it is kept for 14 days as {}", replaced.display()));
    }
    if repaired.torn.is_empty() {
        output::message("every row of every table is readable: nothing is lost");
    } else {
        output::message(&format!(
            "parts of these tables are unreadable, and what they held is lost: {}; a backup may have more \
             (`aboveboard collector restore`)",
            repaired.torn.join(", ")
        ));
    }
    Ok(ExitCode::SUCCESS)
}
