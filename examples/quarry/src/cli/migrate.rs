//! `quarry migrate`

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use aboveboard::Bounded;
use anyhow::{Context as _, ensure};

use super::{Client, LocalMigration, Project, output};
use crate::catalog::{AppliedMigration, Direction, Migration};
use crate::telemetry::events::MigrationsEnded;
use crate::telemetry::events::migrations_ended::Direction as Went;

/// The exit code by which scripts distinguish a failed migration from every other failure.
const MIGRATION_FAILED: i32 = 3;

pub(super) fn create(project: &Project, name: &str) -> anyhow::Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    ensure!(
        !name.is_empty() && name.chars().all(plain),
        "the name of a migration has only letters, digits and _"
    );
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let folder = project.migrations().join(format!("{now}_{name}"));
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for file in ["up.sql", "down.sql"] {
        std::fs::write(folder.join(file), "")?;
    }
    output::result(&folder.display().to_string());
    Ok(())
}

/// Runs the migrations that the server has not seen, or reverts the last `down`. Returns the event that records it.
pub(super) fn apply(
    project: &Project,
    client: &Client,
    source: &str,
    down: Option<usize>,
) -> anyhow::Result<MigrationsEnded> {
    let began = Instant::now();
    let local = project.local_migrations()?;
    let applied = applied(client, source)?;
    let seen = |migration: &&LocalMigration| applied.iter().any(|one| one.version == migration.version);
    let (direction, due): (_, Vec<_>) = match down {
        None => (Direction::Up, local.iter().filter(|migration| !seen(migration)).collect()),
        Some(number) => (Direction::Down, local.iter().rev().filter(seen).take(number).collect()),
    };
    due.iter().try_for_each(|migration| send(client, source, migration, direction))?;
    Ok(MigrationsEnded {
        direction: Some(if direction == Direction::Up { Went::Up } else { Went::Down }),
        migrations: Some(Bounded::clamped(due.len() as u64)),
        took: Some(began.elapsed()),
    })
}

fn send(
    client: &Client,
    source: &str,
    migration: &LocalMigration,
    direction: Direction,
) -> anyhow::Result<()> {
    let LocalMigration { version, name, .. } = migration;
    let sql = migration.sql(direction)?;
    let body = Migration { source: source.to_owned(), version: *version, name: name.clone(), direction, sql };
    if let Err(error) = client.post("/v1/migrations", &body) {
        output::error(&error.context(format!("migration {version}_{name} stopped here")));
        std::process::exit(MIGRATION_FAILED);
    }
    output::message(&format!(
        "{} {version}_{name}",
        if direction == Direction::Up { "applied" } else { "reverted" }
    ));
    Ok(())
}

pub(super) fn status(project: &Project, client: &Client, source: &str) -> anyhow::Result<()> {
    let applied = applied(client, source)?;
    for LocalMigration { version, name, .. } in project.local_migrations()? {
        let state = if applied.iter().any(|one| one.version == version) { "applied" } else { "waiting" };
        output::result(&format!("{state}  {version}_{name}"));
    }
    Ok(())
}

fn applied(client: &Client, source: &str) -> anyhow::Result<Vec<AppliedMigration>> {
    client.get(&format!("/v1/migrations/{source}"))
}
