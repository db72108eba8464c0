//! `aboveboard collector backup` and `collector restore`: the database as a copy, and back.

use std::path::PathBuf;
use std::process::ExitCode;

use aboveboard_agent::output;
use aboveboard_collector::{DataPlace, upkeep};
use anyhow::{Context as _, ensure};

use super::data_directory::{DataDirectory, refused};
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
    let place = options.directory.place()?;
    // With its directory, which is made durable with the copy.
    let to = std::path::absolute(&options.to).context("the copy has no name")?;
    upkeep::backup(&place, &to)
        .map_err(refused)
        .with_context(|| format!("no copy was made at {}", to.display()))?;
    let bytes = std::fs::metadata(&to).map_or(0, |copy| copy.len());
    output::message(&format!("the database of {place} is copied to {} ({bytes} bytes)", to.display()));
    Ok(ExitCode::SUCCESS)
}

/// What `collector restore` takes.
#[derive(clap::Args)]
pub(crate) struct RestoreOptions {
    #[command(flatten)]
    directory: DataDirectory,
    /// The copy that `collector backup` made; it is left as it is. None for a collector of a cluster, whose data directory was put
    /// back from a copy: it becomes that of a new collector
    from: Option<PathBuf>,
}

pub(crate) fn restore(options: &RestoreOptions) -> anyhow::Result<ExitCode> {
    let place = options.directory.place()?;
    let Some(copy) = &options.from else { return renew(&place) };
    let from = copy.display();
    // Before the data directory is touched, which is made where it is missing.
    ensure!(copy.exists(), "there is no copy at {from}; nothing was changed");
    ensure!(copy.is_file(), "{from} is no regular file; nothing was changed");
    let restored = upkeep::restore(&place, copy)
        .map_err(refused)
        .with_context(|| format!("{from} was not taken back"))?;
    output::message(&format!("{from} is the database of {place} now"));
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

/// Makes a data directory that was put back that of a new collector.
fn renew(place: &DataPlace) -> anyhow::Result<ExitCode> {
    ensure!(
        place.is_in_cluster(),
        "name the copy that `aboveboard collector backup` made; nothing was changed"
    );
    let node = upkeep::renew(place).map_err(refused)?;
    output::message(&format!(
        "{place} is that of the new collector {node}; the one before it is retired, and what its log holds is sent again and counts \
         once"
    ));
    Ok(ExitCode::SUCCESS)
}
