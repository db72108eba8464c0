//! `aboveboard collector restore`

use std::path::PathBuf;
use std::process::ExitCode;

use aboveboard_collector::upkeep;
use anyhow::{Context as _, ensure};

use super::data_directory::{DataDirectory, refused};
use super::doctor::date;
use crate::output;

/// What `collector restore` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    directory: DataDirectory,
    /// The copy that `collector backup` made; it is left as it is
    from: PathBuf,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let data = options.directory.path()?;
    let from = options.from.display();
    // Before the data directory is touched, which is made where it is missing.
    ensure!(options.from.is_file(), "there is no copy at {from}; nothing was changed");
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
