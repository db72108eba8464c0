//! Migrations: SQL that is run once against a data source, and the record of what ran.

use rusqlite::{Connection, Transaction, limits::Limit, params};
use serde::{Deserialize, Serialize};

use super::{Catalog, CatalogError, added, removed};

/// Which way a migration goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Forward.
    Up,
    /// Back.
    Down,
}

/// SQL to be run against a source.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are named after what they hold")]
pub struct Migration {
    pub source: String,
    pub version: i64,
    pub name: String,
    pub direction: Direction,
    pub sql: String,
}

/// A migration that was run.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[expect(missing_docs, reason = "the fields are named after what they hold")]
pub struct AppliedMigration {
    pub version: i64,
    pub name: String,
}

impl Catalog {
    /// The migrations that were applied to a source, by version.
    ///
    /// # Errors
    /// The database failed.
    pub async fn applied(&self, source: String) -> Result<Vec<AppliedMigration>, CatalogError> {
        self.within(move |on| {
            let sql = "SELECT version, name FROM migrations WHERE source = ? ORDER BY version";
            let mut statement = on.prepare(sql)?;
            let read =
                |row: &rusqlite::Row<'_>| Ok(AppliedMigration { version: row.get(0)?, name: row.get(1)? });
            Ok(statement.query_map([source], read)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Runs a migration against its source, which is a SQLite file of this server, and records it.
    ///
    /// # Errors
    /// It ran already (or, downwards, did not), its SQL fails, or the source's name is not a plain word.
    pub async fn migrate(&self, migration: Migration) -> Result<(), CatalogError> {
        if !is_plain(&migration.source) {
            let why = "the name of a source has at most 64 characters, of a-z, 0-9, _ and -";
            return Err(CatalogError::Invalid(why.to_owned()));
        }
        let file = self.sources.join(format!("{}.sqlite", migration.source));
        self.within(move |on| {
            record(on, &migration)?;
            run(Connection::open(file)?, &migration.sql)
        })
        .await
    }
}

fn record(on: &Transaction<'_>, migration: &Migration) -> Result<(), CatalogError> {
    let Migration { source, version, name, direction, .. } = migration;
    let what = || format!("migration {version} of {source}");
    match direction {
        Direction::Up => {
            let sql = "INSERT OR IGNORE INTO migrations VALUES (?, ?, ?)";
            added(on.execute(sql, params![source, version, name])?, what)
        }
        Direction::Down => {
            let sql = "DELETE FROM migrations WHERE source = ? AND version = ?";
            removed(on.execute(sql, params![source, version])?, &what())
        }
    }
}

fn run(mut source: Connection, sql: &str) -> Result<(), CatalogError> {
    // A migration must not reach any other file of this machine.
    source.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    let transaction = source.transaction()?;
    let result = transaction.execute_batch(sql).and_then(|()| transaction.commit());
    result.map_err(|error| CatalogError::Invalid(format!("the migration failed: {error}")))
}

fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
    (1..=64).contains(&name.len()) && name.bytes().all(plain)
}
