//! What a user of the product does in a day: commands of which some fail.

use anyhow::{Context as _, ensure};

use super::product::{Product, words};
use super::stop::Stop;

/// How a step is expected to end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Well,
    /// With an error that `main` returns.
    Badly,
    /// In the middle, by `process::exit`.
    Exit,
}

/// One thing that the user does.
enum Step {
    /// Runs the CLI.
    Run(&'static [&'static str], End),
    /// Runs the CLI, which ends well and records a declared event of its own beside the command.
    Tell(&'static [&'static str]),
    /// Writes the project's metadata.
    Metadata(&'static str),
    /// Writes the newest migration.
    Migration(&'static str),
}

/// What the product's server tracks.
pub(super) const CATALOG: &str = include_str!("catalog.json");

const STEPS: [Step; 18] = {
    use End::{Badly, Exit, Well};
    use Step::{Metadata, Migration, Run, Tell};
    [
        Run(&["version"], Well),
        Run(&["init", "shop"], Well),
        Run(&["init", "shop"], Badly),
        Run(&["--project", "shop", "migrate", "create", "orders"], Well),
        Migration("CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL);"),
        Tell(&["--project", "shop", "migrate", "apply"]),
        Run(&["--project", "shop", "migrate", "status"], Well),
        Metadata(CATALOG),
        Run(&["--project", "shop", "metadata", "apply"], Well),
        Run(&["--project", "shop", "metadata", "export"], Well),
        Run(&["--project", "shop", "--admin-secret", "guessed", "metadata", "clear"], Badly),
        Run(&["--project", "shop", "migrate", "create", "broken"], Well),
        Migration("CREATE TABEL customers;"),
        Run(&["--project", "shop", "migrate", "apply"], Exit),
        Metadata("{"),
        Run(&["--project", "shop", "metadata", "apply"], Badly),
        Run(&["--endpoint", "http://127.0.0.1:9", "metadata", "export"], Badly),
        Run(&["--project", "shop", "metadata", "export"], Well),
    ]
};

/// Runs the script and gives back how many events its commands recorded.
pub(super) fn run(product: &Product<'_>, stop: &Stop) -> anyhow::Result<u64> {
    let mut events = 0;
    for step in STEPS {
        stop.check()?;
        match step {
            Step::Run(arguments, end) => {
                command(product, arguments, end)?;
                events += 1;
            }
            Step::Tell(arguments) => {
                command(product, arguments, End::Well)?;
                events += 2;
            }
            Step::Metadata(text) => std::fs::write(product.file("shop/metadata.json"), text)?,
            Step::Migration(sql) => std::fs::write(newest_migration(product)?, sql)?,
        }
    }
    Ok(events)
}

fn command(product: &Product<'_>, arguments: &[&str], end: End) -> anyhow::Result<()> {
    let output = product.quarry(arguments)?;
    let code = match end {
        End::Well => 0,
        End::Badly => 1,
        End::Exit => 3,
    };
    let line = arguments.join(" ");
    ensure!(output.status.code() == Some(code), "`quarry {line}` ended unlike it should: {}", words(&output));
    Ok(())
}

fn newest_migration(product: &Product<'_>) -> anyhow::Result<std::path::PathBuf> {
    let folders = std::fs::read_dir(product.file("shop/migrations"))?;
    let folders: Result<Vec<_>, _> = folders.map(|folder| Ok::<_, std::io::Error>(folder?.path())).collect();
    // Their names begin with the time in milliseconds.
    let newest = folders?.into_iter().max().context("the project has no migration")?;
    Ok(newest.join("up.sql"))
}
