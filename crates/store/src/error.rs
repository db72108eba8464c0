//! What can go wrong with a store, in terms of no engine, and what becomes of the work that failed.

use std::error::Error;
use std::fmt;
use std::path::PathBuf;

/// A store could not do what it was asked to.
#[derive(Debug)]
pub struct StoreError {
    /// The engine that failed, as people know it: `SQLite`.
    pub engine: &'static str,
    /// What is wrong.
    pub what: StoreProblem,
    /// What to do about it.
    pub fate: StoreFate,
}

/// What becomes of work that a store did not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreFate {
    /// The same may succeed later, with nothing else changed.
    Transient,
    /// The store rejects these entries and works otherwise: without them it goes on.
    Entries,
    /// Fails until somebody mends the store.
    Final,
}

/// What is wrong with a store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreProblem {
    /// There was a database, and it is gone.
    #[error(
        "the database {} is missing, though this directory was in use; restore a backup with `aboveboard \
         collector restore`, or point to another directory to begin anew", path.display()
    )]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A new database was to be made where a file is.
    #[error("{} exists already; it is not overwritten", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The file is a database of some other program, or none.
    #[error("{} is not a database of aboveboard; it is left as it is", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The database holds what this program did not make.
    #[error(
        "{} is not as this program makes its databases ({what}), so it is not opened: it may do something when it is read. \
         Take a copy that `aboveboard collector backup` made, and that nobody else could change", path.display()
    )]
    OtherSchema {
        /// The file.
        path: PathBuf,
        /// What does not belong there, or is missing.
        what: String,
    },
    /// A later version of this program wrote the database.
    #[error("{} has schema {found}, this program knows up to {known}; use the newer program", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The schema it has.
        found: u32,
        /// The newest schema known here.
        known: u32,
    },
    /// The file is damaged.
    #[error(
        "{} is damaged ({what}); nothing was changed. `aboveboard collector repair` keeps what can be read, \
         `aboveboard collector restore` takes a backup", path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The first thing found wrong.
        what: String,
    },
    /// The disk is full.
    #[error("the disk of the database is full")]
    Full,
    /// A file cannot be used.
    #[error("cannot use {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Anything else that the engine reports.
    #[error(transparent)]
    Engine(Box<dyn Error + Send + Sync>),
}

impl StoreError {
    /// A problem whose fate follows from what it is: a full disk and a file that cannot be used may pass.
    #[must_use]
    pub fn new(engine: &'static str, what: StoreProblem) -> Self {
        let fate = match what {
            StoreProblem::Full | StoreProblem::Io { .. } => StoreFate::Transient,
            _ => StoreFate::Final,
        };
        Self { engine, what, fate }
    }

    /// Whether trying again later, with nothing else changed, can help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.fate == StoreFate::Transient
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            StoreProblem::Engine(error) => write!(f, "{}: {error}", self.engine),
            problem => problem.fmt(f),
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.what.source()
    }
}
