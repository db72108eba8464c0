//! The store of this collector: SQLite. The one file that knows which it is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use aboveboard_store::read::StoreReader;
use aboveboard_store::{Store, StoreError};
use aboveboard_store_sqlite::{Expect, SqliteReader, open, upkeep};

pub use aboveboard_store_sqlite::upkeep::{Health, ProductHealth, Repaired, Restored};

/// The database of a data directory.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    path: PathBuf,
}

impl Database {
    pub(crate) fn in_directory(data: &Path) -> Self {
        Self { path: data.join("store.sqlite") }
    }

    /// Whether there is one.
    pub(crate) fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Fails where there is none, or where it cannot be looked for.
    pub(crate) fn require(&self) -> Result<(), StoreError> {
        upkeep::require(&self.path)
    }

    /// Opens the one that is there for writing, or makes a new one.
    pub(crate) fn open(&self, must_exist: bool) -> Result<impl Store + use<>, StoreError> {
        open(&self.path, if must_exist { Expect::Existing } else { Expect::New })
    }

    pub(crate) fn reader(&self) -> Result<Arc<dyn StoreReader>, StoreError> {
        Ok(Arc::new(SqliteReader::open(&self.path)?))
    }

    pub(crate) fn examine(&self) -> Result<Health, StoreError> {
        upkeep::examine(&self.path)
    }

    pub(crate) fn back_up(&self, to: &Path) -> Result<(), StoreError> {
        upkeep::backup(&self.path, to)
    }

    pub(crate) fn restore(&self, from: &Path) -> Result<Restored, StoreError> {
        upkeep::restore(from, &self.path)
    }

    pub(crate) fn repair(&self, progress: &mut dyn FnMut(u64, u64)) -> Result<Repaired, StoreError> {
        upkeep::repair(&self.path, progress)
    }
}
