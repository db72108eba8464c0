//! `aboveboard collector backup` and `collector restore`: the database as a copy, and back.

use std::path::PathBuf;
use std::process::ExitCode;

use aboveboard_agent::output;
use aboveboard_collector::upkeep;
use anyhow::{Context as _, ensure};

use super::data_directory::{DataDirectory, refused, unusable};
use super::doctor::date;

/// What `collector backup` takes.
#[derive(clap::Args)]
pub(crate) struct BackupOptions {
    #[command(flatten)]
    directory: DataDirectory,
    /// The copy, which must not exist yet; readable by its owner alone
    to: PathBuf,
}

pub(crate) fn backup(options: &BackupOptions) -> anyhow::Result<ExitCode> {
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

/// What `collector restore` takes.
#[derive(clap::Args)]
pub(crate) struct RestoreOptions {
    #[command(flatten)]
    directory: DataDirectory,
    /// The copy that `collector backup` made; it is left as it is
    from: PathBuf,
}

pub(crate) fn restore(options: &RestoreOptions) -> anyhow::Result<ExitCode> {
    let data = options.directory.path()?;
    let from = options.from.display();
    // Before the data directory is touched, which is made where it is missing.
    ensure!(options.from.exists(), "there is no copy at {from}; nothing was changed");
    ensure!(options.from.is_file(), "{from} is no regular file; nothing was changed");
    let restored = upkeep::restore(&data, &options.from)
        .map_err(refused)
        .with_context(|| format!("{from} was not taken back"))?;
    output::message(&format!("{from} is the database of {} now", data.display()));
    if let Some(replaced) = restored.replaced {
        output::message(&format!("the database before it is kept for 14 days as {}", replaced.display()));
    }
    if restored.erased > 0 {
        output::message(&format!(
            "{} installations of the copy were erased since it was made, and are erased in it too",
            restored.erased
        ));
    }
    if let Some(from) = restored.known_from {
        output::message(&format!(
            "the copy is older than {}, and erasures before that day are not remembered any more: what was erased between \
             the copy and that day is in the database again; repeat those erasures with `aboveboard collector erase`",
            date(from)
        ));
    } else if !restored.erasures_known {
        output::message(
            "no readable database knew what was erased since the copy was made: repeat those erasures with \
             `aboveboard collector erase`",
        );
    }
    Ok(ExitCode::SUCCESS)
}
