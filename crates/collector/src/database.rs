//! The store of this collector: SQLite. The one file that knows which it is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use aboveboard_store::read::StoreReader;
use aboveboard_store::{Store, StoreError};
use aboveboard_store_sqlite::{Expect, SqliteReader};

pub use aboveboard_store_sqlite::upkeep::{Health, ProductHealth, Repaired, Restored};
pub(crate) use aboveboard_store_sqlite::upkeep::{backup, examine, repair, require, restore};

/// The name of the database in a data directory. What belongs to it has a name that begins with it.
pub(crate) const NAME: &str = "store.sqlite";

/// The database of a data directory.
pub(crate) fn path_in(data: &Path) -> PathBuf {
    data.join(NAME)
}

/// Opens the database that is there for writing, or makes a new one.
pub(crate) fn open(path: &Path, must_exist: bool) -> Result<impl Store + use<>, StoreError> {
    aboveboard_store_sqlite::open(path, if must_exist { Expect::Existing } else { Expect::New })
}

pub(crate) fn reader(path: &Path) -> Result<Arc<dyn StoreReader>, StoreError> {
    Ok(Arc::new(SqliteReader::open(path)?))
}
