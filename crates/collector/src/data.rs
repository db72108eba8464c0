//! The data directory: which process has it, where things lie in it, and whether it ever had a database.

use std::fs::{self, File, TryLockError};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use aboveboard_store::Store;

use crate::database;
use crate::disk::sync;
use crate::error::StartError;

/// A data directory that this process alone writes, until this is dropped.
#[derive(Debug)]
pub(crate) struct DataDirectory {
    path: PathBuf,
    _lock: File,
}

impl DataDirectory {
    /// Creates the directory if it is missing (mode 0700), and takes it.
    pub(crate) fn take(path: &Path) -> Result<Self, StartError> {
        let error = |source| StartError::Data { path: path.to_owned(), source };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(error)?;
        let lock = File::options().create(true).append(true).open(path.join("lock")).map_err(error)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StartError::InUse(path.to_owned())),
            Err(TryLockError::Error(source)) => Err(error(source)),
        }
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.path.join("log")
    }

    pub(crate) fn manifests(&self) -> PathBuf {
        Self::manifests_in(&self.path)
    }

    /// Where the manifests of a data directory are.
    pub(crate) fn manifests_in(path: &Path) -> PathBuf {
        path.join("manifests")
    }

    /// Whether another process has a data directory. Nobody has one that does not exist.
    pub(crate) fn is_taken(path: &Path) -> Result<bool, StartError> {
        let error = |source| StartError::Data { path: path.to_owned(), source };
        let lock = match File::options().append(true).open(path.join("lock")) {
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            lock => lock.map_err(error)?,
        };
        match lock.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(source)) => Err(error(source)),
        }
    }

    /// Where entries are kept that the store cannot take.
    pub(crate) fn quarantine(&self) -> PathBuf {
        self.path.join("aside")
    }

    pub(crate) fn database(&self) -> PathBuf {
        database::path_in(&self.path)
    }

    /// Opens the store. A directory that had a database never silently gets a new one: a marker file remembers the first.
    pub(crate) fn open_store(&self) -> Result<impl Store + use<>, StartError> {
        let marker = self.path.join("initialised");
        let error = |source| StartError::Data { path: marker.clone(), source };
        let path = self.database();
        let must_exist = marker.try_exists().map_err(error)? || path.exists();
        let store = database::open(&path, must_exist)?;
        File::create(&marker)
            .and_then(|file| file.sync_all())
            .and_then(|()| sync(&self.path))
            .map_err(error)?;
        Ok(store)
    }
}
