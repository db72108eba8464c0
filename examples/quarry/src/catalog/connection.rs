//! The one connection to the catalog's database.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, Transaction};

use super::error::CatalogError;

/// A handle to the catalog; clones share one connection.
#[derive(Clone)]
pub struct Catalog {
    connection: Arc<Mutex<Connection>>,
    /// The directory of the data sources that migrations run against.
    pub(super) sources: PathBuf,
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
    pub(super) async fn within<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, CatalogError> + Send + 'static,
    ) -> Result<T, CatalogError> {
        let connection = Arc::clone(&self.connection);
        let run = move || {
            // A panic inside a transaction rolled it back, so the connection is still sound.
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            let transaction = connection.transaction()?;
            let result = work(&transaction)?;
            transaction.commit()?;
            Ok(result)
        };
        tokio::task::spawn_blocking(run).await.map_err(|_| CatalogError::Interrupted)?
    }
}
