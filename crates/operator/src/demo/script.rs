//! What a user of the product does in a day: commands of which some fail.

use anyhow::{Context as _, ensure};

use super::product::{CATALOG, RunningProduct, stderr_of};
use super::stop::StopSignal;

/// The exit code of a command that did its work.
const SUCCESS: i32 = 0;

/// The exit code where `main` returns an error.
const FAILURE: i32 = 1;

/// The exit code of a migration that failed, by `process::exit` in the middle of the command.
const MIGRATION_FAILED: i32 = 3;

/// One thing that the user does.
enum ScriptStep {
    /// Runs the CLI, which ends with this exit code.
    Run(&'static [&'static str], i32),
    /// Runs the CLI, which succeeds and records a declared event of its own beside the command.
    RunWithEvent(&'static [&'static str]),
    /// Writes the project's metadata.
    Metadata(&'static str),
    /// Writes the newest migration.
    Migration(&'static str),
}

const STEPS: [ScriptStep; 18] = {
    use ScriptStep::{Metadata, Migration, Run, RunWithEvent};
    [
        Run(&["version"], SUCCESS),
        Run(&["init", "shop"], SUCCESS),
        Run(&["init", "shop"], FAILURE),
        Run(&["--project", "shop", "migrate", "create", "orders"], SUCCESS),
        Migration("CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL);"),
        RunWithEvent(&["--project", "shop", "migrate", "apply"]),
        Run(&["--project", "shop", "migrate", "status"], SUCCESS),
        Metadata(CATALOG),
        Run(&["--project", "shop", "metadata", "apply"], SUCCESS),
        Run(&["--project", "shop", "metadata", "export"], SUCCESS),
        Run(&["--project", "shop", "--admin-secret", "guessed", "metadata", "clear"], FAILURE),
        Run(&["--project", "shop", "migrate", "create", "broken"], SUCCESS),
        Migration("CREATE TABEL customers;"),
        Run(&["--project", "shop", "migrate", "apply"], MIGRATION_FAILED),
        Metadata("{"),
        Run(&["--project", "shop", "metadata", "apply"], FAILURE),
        Run(&["--endpoint", "http://127.0.0.1:9", "metadata", "export"], FAILURE),
        Run(&["--project", "shop", "metadata", "export"], SUCCESS),
    ]
};

/// Runs the script and gives back how many events its commands recorded.
pub(super) fn run(product: &RunningProduct<'_>, stop: &StopSignal) -> anyhow::Result<u64> {
    let mut events = 0;
    for step in STEPS {
        stop.check()?;
        match step {
            ScriptStep::Run(arguments, code) => {
                command(product, arguments, code)?;
                events += 1;
            }
            ScriptStep::RunWithEvent(arguments) => {
                command(product, arguments, SUCCESS)?;
                events += 2;
            }
            ScriptStep::Metadata(text) => std::fs::write(product.file("shop/metadata.json"), text)?,
            ScriptStep::Migration(sql) => std::fs::write(newest_migration(product)?, sql)?,
        }
    }
    Ok(events)
}

fn command(product: &RunningProduct<'_>, arguments: &[&str], code: i32) -> anyhow::Result<()> {
    let output = product.quarry(arguments)?;
    let line = arguments.join(" ");
    ensure!(
        output.status.code() == Some(code),
        "`quarry {line}` did not end as expected: {}",
        stderr_of(&output)
    );
    Ok(())
}

fn newest_migration(product: &RunningProduct<'_>) -> anyhow::Result<std::path::PathBuf> {
    let folders = std::fs::read_dir(product.file("shop/migrations"))?;
    let folders: Result<Vec<_>, _> = folders.map(|folder| Ok::<_, std::io::Error>(folder?.path())).collect();
    // Their names begin with the time in milliseconds.
    let newest = folders?.into_iter().max().context("the project has no migration")?;
    Ok(newest.join("up.sql"))
}
