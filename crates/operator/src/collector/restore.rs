//! `aboveboard collector restore`

use std::path::PathBuf;
use std::process::ExitCode;

use aboveboard_collector::upkeep;
use anyhow::{Context as _, ensure};

use super::doctor::date;
use super::place::{Place, refused};
use crate::say;

/// What `collector restore` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    place: Place,
    /// The copy that `collector backup` made; it is left as it is
    from: PathBuf,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let (data, from) = (options.place.data()?, options.from.display());
    // Before the data directory is touched, which is made where it is missing.
    ensure!(options.from.is_file(), "there is no copy at {from}; nothing was changed");
    let restored = upkeep::restore(&data, &options.from)
        .map_err(refused)
        .with_context(|| format!("{from} was not taken back"))?;
    say::word(&format!("{from} is the database of {} now", data.display()));
    if let Some(replaced) = restored.replaced {
        say::word(&format!("the database before it is kept for 14 days as {}", replaced.display()));
    }
    if restored.erased > 0 {
        say::word(&format!(
            "{} installations of the copy were erased since it was made, and are erased in it too",
            restored.erased
        ));
    }
    if let Some(from) = restored.known_from {
        say::word(&format!(
            "the copy is older than {}, and of erasures before that day nothing is remembered any more: whoever was \
             erased between the copy and that day is in the database again; do those erasures again with `aboveboard \
             collector erase`",
            date(from)
        ));
    } else if !restored.erasures_known {
        say::word(
            "there was no readable database that knew who was erased since the copy was made: do those erasures \
             again with `aboveboard collector erase`",
        );
    }
    Ok(ExitCode::SUCCESS)
}
