//! What a user of the product does in a day: commands of which some fail.

use anyhow::{Context as _, ensure};

use super::product::{CATALOG, RunningProduct, stderr_of};
use super::stop::StopSignal;

/// How a step is expected to end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ExpectedExit {
    Success,
    /// With an error that `main` returns.
    Failure,
    /// In the middle, by `process::exit`.
    Exit,
}

/// One thing that the user does.
enum ScriptStep {
    /// Runs the CLI.
    Run(&'static [&'static str], ExpectedExit),
    /// Runs the CLI, which succeeds and records a declared event of its own beside the command.
    RunWithEvent(&'static [&'static str]),
    /// Writes the project's metadata.
    Metadata(&'static str),
    /// Writes the newest migration.
    Migration(&'static str),
}

const STEPS: [ScriptStep; 18] = {
    use ExpectedExit::{Exit, Failure, Success};
    use ScriptStep::{Metadata, Migration, Run, RunWithEvent};
    [
        Run(&["version"], Success),
        Run(&["init", "shop"], Success),
        Run(&["init", "shop"], Failure),
        Run(&["--project", "shop", "migrate", "create", "orders"], Success),
        Migration("CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL);"),
        RunWithEvent(&["--project", "shop", "migrate", "apply"]),
        Run(&["--project", "shop", "migrate", "status"], Success),
        Metadata(CATALOG),
        Run(&["--project", "shop", "metadata", "apply"], Success),
        Run(&["--project", "shop", "metadata", "export"], Success),
        Run(&["--project", "shop", "--admin-secret", "guessed", "metadata", "clear"], Failure),
        Run(&["--project", "shop", "migrate", "create", "broken"], Success),
        Migration("CREATE TABEL customers;"),
        Run(&["--project", "shop", "migrate", "apply"], Exit),
        Metadata("{"),
        Run(&["--project", "shop", "metadata", "apply"], Failure),
        Run(&["--endpoint", "http://127.0.0.1:9", "metadata", "export"], Failure),
        Run(&["--project", "shop", "metadata", "export"], Success),
    ]
};

/// Runs the script and gives back how many events its commands recorded.
pub(super) fn run(product: &RunningProduct<'_>, stop: &StopSignal) -> anyhow::Result<u64> {
    let mut events = 0;
    for step in STEPS {
        stop.check()?;
        match step {
            ScriptStep::Run(arguments, end) => {
                command(product, arguments, end)?;
                events += 1;
            }
            ScriptStep::RunWithEvent(arguments) => {
                command(product, arguments, ExpectedExit::Success)?;
                events += 2;
            }
            ScriptStep::Metadata(text) => std::fs::write(product.file("shop/metadata.json"), text)?,
            ScriptStep::Migration(sql) => std::fs::write(newest_migration(product)?, sql)?,
        }
    }
    Ok(events)
}

fn command(product: &RunningProduct<'_>, arguments: &[&str], expected: ExpectedExit) -> anyhow::Result<()> {
    let output = product.quarry(arguments)?;
    let code = match expected {
        ExpectedExit::Success => 0,
        ExpectedExit::Failure => 1,
        ExpectedExit::Exit => 3,
    };
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
