//! What can go wrong in the catalog.

use std::fmt;

/// Why the catalog did not do what was asked.
#[derive(Debug)]
#[non_exhaustive]
pub enum CatalogError {
    /// It is there already.
    Exists(String),
    /// It is not there.
    Missing(String),
    /// The request is invalid.
    Invalid(String),
    /// The database or the file system failed.
    Storage(rusqlite::Error),
    /// A directory could not be made.
    Directory(std::io::Error),
    /// The server stopped before the work was done.
    Interrupted,
}

impl fmt::Display for CatalogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exists(what) => write!(f, "{what} is there already"),
            Self::Missing(what) => write!(f, "there is no {what}"),
            Self::Invalid(why) => f.write_str(why),
            Self::Storage(error) => write!(f, "the database failed: {error}"),
            Self::Directory(error) => write!(f, "the data directory failed: {error}"),
            Self::Interrupted => f.write_str("the server is stopping"),
        }
    }
}

impl std::error::Error for CatalogError {}

impl From<rusqlite::Error> for CatalogError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Storage(error)
    }
}

impl From<std::io::Error> for CatalogError {
    fn from(error: std::io::Error) -> Self {
        Self::Directory(error)
    }
}
