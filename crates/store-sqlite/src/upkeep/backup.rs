//! A copy while the collector runs.

use std::path::Path;

use aboveboard_store::{StoreError, StoreProblem};
use rusqlite::params;

use crate::error::{classify, failure};
use crate::files::Place;
use crate::open;

/// What follows the name of a copy until it is whole.
const UNFINISHED: &str = ".unfinished";

/// Writes a copy of the database at `path` to `to`: one moment of it, whole, compact, readable by its owner alone.
/// The collector may run meanwhile; it goes on writing. (`VACUUM INTO` and not SQLite's backup interface: that one
/// begins anew with every write of another connection, so it would not end beside a busy collector.)
///
/// # Errors
/// Where the database is missing or damaged, `to` exists, or cannot be written. Nothing is left at `to` then.
pub fn backup(path: &Path, to: &Path) -> Result<(), StoreError> {
    let place = Place::of_copy(to)?;
    if place.is_taken()? {
        return Err(failure(StoreProblem::Exists { path: to.to_owned() }));
    }
    let connection = open::reader(path)?;
    copy(&connection, path, &place)
}

/// Writes what a connection reads to a place that is free.
pub(super) fn copy(connection: &rusqlite::Connection, path: &Path, place: &Place) -> Result<(), StoreError> {
    place.discard(UNFINISHED);
    let file = place.make(UNFINISHED)?;
    let unfinished = place.path_beside(UNFINISHED);
    let known = file
        .stat()
        .map_err(|error| failure(StoreProblem::Io { path: unfinished.clone(), source: error.into() }))?;
    // The copy is a file of its own; this connection still cannot write to the database.
    let copied = connection
        .pragma_update(None, "query_only", false)
        .and_then(|()| connection.execute("VACUUM INTO ?1", params![unfinished.to_string_lossy()]))
        .map_err(|error| classify(path, error));
    let done = copied
        .and_then(|_| place.is_still(UNFINISHED, &known))
        .and_then(|()| place.finish(UNFINISHED, &file));
    if done.is_err() {
        place.discard(UNFINISHED);
    }
    done
}
