//! `aboveboard collector migrate`: from one collector with a database of its own to a cluster.

use std::process::ExitCode;

use aboveboard_agent::output;
use aboveboard_collector::migrate::{self, MigrationError, MoveProgress};

use super::doctor::date;
use super::{DataDirectory, place_of, refused};

/// How often the days that are done are told, in days.
const TOLD_EVERY: usize = 10;

/// What `collector migrate` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Where to
    #[arg(long, value_enum)]
    to: Destination,
    /// Say what there is to move, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    directory: DataDirectory,
}

/// Where a database can be moved to.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Destination {
    /// The cluster that the table `store` of the configuration names
    Clickhouse,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let Destination::Clickhouse = options.to;
    let config = options.directory.configuration()?;
    let place = place_of(&config)?;
    if options.dry_run {
        let outlook = migrate::outlook(&place).map_err(refusal)?;
        if outlook.is_unsettled {
            output::message(
                "the ingest log holds what is not applied yet, or a removal is under way: that is done first",
            );
        }
        if let Some((first, last)) = outlook.ends {
            let days = outlook.days;
            output::message(&format!(
                "{days} days from {} to {} would be moved from {place}; nothing was changed, and the cluster was not asked",
                date(first),
                date(last)
            ));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let moved = migrate::run(&config, &place, told).map_err(refusal)?;
    let days = moved.days;
    output::message(&match moved.figures {
        Some(figures) => format!(
            "{days} days are in the cluster, and each of {figures} figures is the same there as in {place}"
        ),
        None => format!(
            "{days} days were moved from {place} to the cluster before, and every figure was the same"
        ),
    });
    output::message(
        "start the collector with this configuration, which has `kind = \"clickhouse\"` under [store]. There is no way back: \
         the database stays in the data directory as it was, and is not used any more; delete store.sqlite when you are content",
    );
    Ok(ExitCode::SUCCESS)
}

/// Each step is a line, so that a file of messages shows how far it came.
fn told(progress: MoveProgress) {
    match progress {
        MoveProgress::Settling => {
            output::message("applying what the ingest log still holds, and finishing removals");
        }
        MoveProgress::Days { done, of } if done % TOLD_EVERY == 0 || done == of => {
            output::message(&format!("{done} of {of} days are in the cluster"));
        }
        MoveProgress::Rest => output::message("writing what hangs on no day"),
        MoveProgress::Comparing => output::message("comparing every figure"),
        _ => {}
    }
}

fn refusal(error: MigrationError) -> anyhow::Error {
    match error {
        MigrationError::Start(error) => refused(error),
        error => error.into(),
    }
}
