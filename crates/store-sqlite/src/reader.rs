//! The reading end: moments of the store, through connections that cannot write.

use std::cell::{Cell, OnceCell};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aboveboard_store::read::{ReadResult, Snapshot, StoreReader};
use rusqlite::{Connection, Result};

use super::dictionary::Dictionary;
use super::error::classify;
use super::open;

/// Most connections that are kept for later questions.
const MAX_IDLE: usize = 4;

/// Longest that a moment of the store is held: as long as it is, nothing that is written since can be moved out of the
/// log of writes, which grows.
const MAX_SNAPSHOT_AGE: Duration = Duration::from_secs(20);

/// Steps of SQLite's machine between two looks at the time: about a millisecond.
const STEPS_BETWEEN_LOOKS: std::ffi::c_int = 20_000;

/// Reads a database while it is written. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SqliteReader {
    path: PathBuf,
    idle: Arc<Mutex<Vec<Connection>>>,
    /// [`MAX_SNAPSHOT_AGE`], but for tests.
    pub(super) max_age: Duration,
}

impl SqliteReader {
    /// Opens the database for reading. The writer has opened it before, so it is there and of this schema.
    ///
    /// # Errors
    /// Where the file is missing or cannot be read.
    pub fn open(path: &Path) -> ReadResult<Self> {
        let first = open::reader(path)?;
        Ok(Self { path: path.to_owned(), idle: Arc::new(Mutex::new(vec![first])), max_age: MAX_SNAPSHOT_AGE })
    }

    /// Begins a moment of the store, which lasts until it is dropped.
    pub(super) fn begin(&self) -> ReadResult<SqliteSnapshot<'_>> {
        let idle = self.idle().pop();
        let connection = idle.map_or_else(|| open::reader(&self.path), Ok)?;
        let until = Instant::now() + self.max_age;
        connection
            .progress_handler(STEPS_BETWEEN_LOOKS, Some(move || Instant::now() >= until))
            .and_then(|()| connection.execute_batch("BEGIN"))
            .map_err(|error| classify(&self.path, error))?;
        Ok(SqliteSnapshot {
            reader: self,
            connection: Some(connection),
            has_failed: Cell::new(false),
            dictionary: OnceCell::new(),
        })
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StoreReader for SqliteReader {
    fn snapshot(&self) -> ReadResult<Box<dyn Snapshot + '_>> {
        Ok(Box::new(self.begin()?))
    }
}

/// One moment of a database: a transaction that only reads.
pub(super) struct SqliteSnapshot<'r> {
    reader: &'r SqliteReader,
    /// Taken when the moment ends.
    connection: Option<Connection>,
    has_failed: Cell<bool>,
    pub(super) dictionary: OnceCell<Dictionary>,
}

impl SqliteSnapshot<'_> {
    /// Asks the connection. One that failed is not asked again after this moment.
    pub(super) fn query<T>(&self, question: impl FnOnce(&Connection) -> Result<T>) -> ReadResult<T> {
        let connection = self.connection.as_ref().ok_or(rusqlite::Error::InvalidQuery);
        connection.and_then(question).map_err(|error| {
            self.has_failed.set(true);
            classify(&self.reader.path, error)
        })
    }
}

impl Drop for SqliteSnapshot<'_> {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        if self.has_failed.get() || connection.execute_batch("ROLLBACK").is_err() {
            return;
        }
        let mut idle = self.reader.idle();
        if idle.len() < MAX_IDLE {
            idle.push(connection);
        }
    }
}
