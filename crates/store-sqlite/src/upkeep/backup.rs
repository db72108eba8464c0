//! A copy while the collector runs.

use std::fs;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use aboveboard_store::{StoreError, StoreProblem};
use rusqlite::params;

use crate::error::{classify, failure};
use crate::files::{beside, discard, durable};
use crate::open;

/// Writes a copy of the database at `path` to `to`: one moment of it, whole, compact, readable by its owner alone.
/// The collector may run meanwhile; it goes on writing. (`VACUUM INTO` and not SQLite's backup interface: that one
/// begins anew with every write of another connection, so it would not end beside a busy collector.)
///
/// # Errors
/// Where the database is missing or damaged, `to` exists, or cannot be written. Nothing is left at `to` then.
pub fn backup(path: &Path, to: &Path) -> Result<(), StoreError> {
    let io = |source| failure(StoreProblem::Io { path: to.to_owned(), source });
    if to.try_exists().map_err(io)? {
        return Err(failure(StoreProblem::Exists { path: to.to_owned() }));
    }
    let connection = open::reader(path)?;
    let unfinished = beside(to, ".unfinished");
    discard(&unfinished);
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished).map_err(io)?;
    // The copy is a file of its own; this connection still cannot write to the database.
    let copied = connection
        .pragma_update(None, "query_only", false)
        .and_then(|()| connection.execute("VACUUM INTO ?1", params![unfinished.to_string_lossy()]));
    if let Err(error) = copied {
        discard(&unfinished);
        return Err(classify(path, error));
    }
    durable(&unfinished).and_then(|()| fs::rename(&unfinished, to)).and_then(|()| durable(to)).map_err(io)
}
