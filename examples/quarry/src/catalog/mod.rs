//! The catalog: what is tracked, in one SQLite file.

mod change;
mod counts;
mod error;
mod metadata;
mod migrations;
mod state_store;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;

pub use self::change::{Change, Kind, Origin, Relation, Right};
pub use self::error::CatalogError;
pub use self::metadata::{EventTrigger, Metadata, Permission, Relationship, RemoteSchema, Table};
pub use self::migrations::{Applied, Direction, Migration};

/// A handle to the catalog; clones share one connection.
#[derive(Clone)]
pub struct Catalog {
    connection: Arc<Mutex<Connection>>,
    sources: PathBuf,
}

const SCHEMA: &str = include_str!("schema.sql");

impl Catalog {
    /// Opens the catalog in this directory and makes both where they are missing.
    ///
    /// # Errors
    /// The directory or the database cannot be made or opened.
    pub fn open(directory: &Path) -> Result<Self, CatalogError> {
        let sources = directory.join("sources");
        std::fs::create_dir_all(&sources)?;
        let connection = Connection::open(directory.join("catalog.sqlite"))?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)), sources })
    }

    /// Runs `work` in a transaction on a thread that may block; it is rolled back if `work` fails.
    ///
    /// # Errors
    /// Those of `work`, and of SQLite.
    async fn within<T: Send + 'static>(
        &self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> Result<T, CatalogError> + Send + 'static,
    ) -> Result<T, CatalogError> {
        let connection = Arc::clone(&self.connection);
        let run = move || {
            // A panic inside a transaction rolled it back; the connection stays good.
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            let transaction = connection.transaction()?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        };
        tokio::task::spawn_blocking(run).await.map_err(|_| CatalogError::Interrupted)?
    }
}
