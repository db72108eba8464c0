//! Opening: what may be opened, what is refused, and how connections are set up.

use std::path::Path;
use std::time::Duration;

use aboveboard_files::{Errno, is_there, stat_target};
use aboveboard_store::{StoreError, StoreProblem};
use rusqlite::{Connection, OpenFlags, Result};

use super::error::{classify, failure};
use super::files::{Links, Place, readable};
use super::schema::{APPLICATION, NEWEST, migrate};
use super::{own_schema, query};

/// What the caller knows of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// It must not be there: a new one is made.
    New,
    /// It must be there: a missing one is an error, never a new one.
    Existing,
}

/// Files up to this many bytes are read whole at the start to see whether they are sound; larger ones by `doctor`.
const CHECKED_AT_START: u64 = 256 << 20;

/// How long a statement waits for a lock that another process holds (a checkpoint, a backup).
const PATIENCE: Duration = Duration::from_secs(10);

/// Opens the one connection that writes.
pub(super) fn writer(path: &Path, expect: Expect) -> Result<Connection, StoreError> {
    let place = Place::of_ours(path)?;
    match (expect, place.is_taken()?) {
        (Expect::New, true) => return Err(failure(StoreProblem::Exists { path: path.to_owned() })),
        (Expect::New, false) => create(path, &place)?,
        (Expect::Existing, true) => {}
        (Expect::Existing, false) => return Err(failure(StoreProblem::Missing { path: path.to_owned() })),
    }
    place.check()?;
    let known = place.stat()?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(|error| classify(path, error))?;
    place.is_still("", &known)?;
    connection.busy_timeout(PATIENCE).map_err(|error| classify(path, error))?;
    let found = look(path, &connection)?;
    set_up(&connection).map_err(|error| classify(path, error))?;
    if found < NEWEST {
        migrate(&mut connection, found).map_err(|error| classify(path, error))?;
    }
    Ok(connection)
}

/// Makes a new database, whole or not at all: a process killed meanwhile leaves nothing under this name.
fn create(path: &Path, place: &Place) -> Result<(), StoreError> {
    const NEW: &str = ".new";
    place.discard(NEW);
    let file = place.make(NEW)?;
    let known = file.stat().map_err(|error| io(path, error))?;
    let mut connection = Connection::open(place.path_beside(NEW)).map_err(|error| classify(path, error))?;
    place.is_still(NEW, &known)?;
    migrate(&mut connection, 0).map_err(|error| classify(path, error))?;
    connection.close().map_err(|(_, error)| classify(path, error))?;
    place.finish(NEW, &file)
}

/// Opens a connection that only reads the database of a data directory.
pub(super) fn reader(path: &Path) -> Result<Connection, StoreError> {
    reader_of(path, Links::Refused)
}

/// Opens a connection that only reads a copy, which a person named.
pub(super) fn reader_of_copy(path: &Path) -> Result<Connection, StoreError> {
    reader_of(path, Links::Followed)
}

fn reader_of(path: &Path, links: Links) -> Result<Connection, StoreError> {
    readable(path, links)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| classify(path, error))?;
    connection.busy_timeout(PATIENCE).map_err(|error| classify(path, error))?;
    connection.pragma_update(None, "query_only", true).map_err(|error| classify(path, error))?;
    // Pages in use stay mapped by the system, not copied into each connection.
    connection.pragma_update(None, "mmap_size", 1_i64 << 30).map_err(|error| classify(path, error))?;
    Ok(connection)
}

/// The schema of an existing file, after seeing that it is ours and sound.
pub(super) fn look(path: &Path, connection: &Connection) -> Result<u32, StoreError> {
    let classifyd = |error| classify(path, error);
    // What a handed-over file says is to be run, is not.
    connection.pragma_update(None, "trusted_schema", false).map_err(classifyd)?;
    let application: i32 =
        connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(classifyd)?;
    let found: u32 =
        connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(classifyd)?;
    if application != APPLICATION || found == 0 {
        return Err(failure(StoreProblem::Foreign { path: path.to_owned() }));
    }
    if found > NEWEST {
        return Err(failure(StoreProblem::Newer { path: path.to_owned(), found, known: NEWEST }));
    }
    let size = bytes(path);
    if size <= CHECKED_AT_START {
        sound(path, connection, QUICK_CHECK)?;
    }
    match own_schema::foreign(connection, found).map_err(classifyd)? {
        Some(what) => Err(failure(StoreProblem::OtherSchema { path: path.to_owned(), what })),
        None => Ok(found),
    }
}

/// Looks at every page.
const QUICK_CHECK: &str = "PRAGMA quick_check(1)";

/// Looks at every page, and at every index against its table.
pub(super) const WHOLE_CHECK: &str = "PRAGMA integrity_check(1)";

/// Fails with the first thing that a check finds wrong with the file.
pub(super) fn sound(path: &Path, connection: &Connection, check: &str) -> Result<(), StoreError> {
    let verdict: String = query::value(connection, check, []).map_err(|error| classify(path, error))?;
    if verdict == "ok" {
        return Ok(());
    }
    Err(failure(StoreProblem::Damaged { path: path.to_owned(), what: verdict }))
}

/// Moves the log of writes into the main file and cuts it, as far as readers let it. Returns true if all of it is moved
/// and cut. Where it could not begin, SQLite reports no count of frames, which is not the same as none left.
pub(super) fn checkpoint(connection: &Connection) -> Result<bool> {
    connection.busy_timeout(Duration::ZERO)?;
    let moved = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
        let busy: bool = row.get(0)?;
        Ok(!busy && row.get::<_, i64>(1)? == row.get::<_, i64>(2)?)
    });
    connection.busy_timeout(PATIENCE)?;
    moved
}

/// The log of writes of a database.
#[cfg(test)]
pub(super) fn wal(path: &Path) -> std::path::PathBuf {
    super::files::beside(path, "-wal")
}

fn set_up(connection: &Connection) -> Result<()> {
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    // A commit is not synced: after a power cut the last ones may be gone, whole and with the position they wrote, and
    // what they took from the ingest log is read again. The log keeps it until a checkpoint, which syncs, has moved it.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    // A page that many commits change is moved to the main file once: 64 MiB of them, or what half a minute brings.
    connection.pragma_update(None, "wal_autocheckpoint", 16_384)?;
    // As many statements as applying has; to prepare one costs more than to run it.
    connection.set_prepared_statement_cache_capacity(64);
    connection.pragma_update(None, "foreign_keys", false)?;
    // 16 MiB of pages: today's rows, ids and roll-ups.
    connection.pragma_update(None, "cache_size", -16_384)?;
    // A long reader may keep the log of writes from being cut; it then starts over at 64 MiB at most.
    connection.pragma_update(None, "journal_size_limit", 64_i64 << 20)?;
    // What is deleted for retention or erasure is overwritten with zeros.
    connection.pragma_update(None, "secure_delete", true)?;
    Ok(())
}

/// Fails where there is no database.
///
/// # Errors
/// Where the file is missing or cannot be looked for.
pub fn require(path: &Path) -> Result<(), StoreError> {
    match is_there(path) {
        Ok(true) => Ok(()),
        Ok(false) => Err(failure(StoreProblem::Missing { path: path.to_owned() })),
        Err(error) => Err(io(path, error)),
    }
}

/// The size of a file; none of one that cannot be looked at.
pub(super) fn bytes(path: &Path) -> u64 {
    stat_target(path).map_or(0, |found| found.size())
}

fn io(path: &Path, error: Errno) -> StoreError {
    failure(StoreProblem::Io { path: path.to_owned(), source: error.into() })
}
