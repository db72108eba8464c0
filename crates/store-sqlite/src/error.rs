//! What SQLite reports, in the neutral terms of every store.

use std::path::Path;

use aboveboard_store::{StoreError, StoreFate, StoreProblem};
use rusqlite::ErrorCode;

/// A problem with a database of this engine.
pub(super) fn failure(problem: StoreProblem) -> StoreError {
    StoreError::new("SQLite", problem)
}

/// Says in neutral terms what SQLite reports of the database at `path`, and what becomes of the work that failed.
pub(super) fn classify(path: &Path, error: rusqlite::Error) -> StoreError {
    let rusqlite::Error::SqliteFailure(reported, text) = &error else {
        // A value that this program cannot bind or read: it is the entries, not the file.
        return StoreError { fate: StoreFate::Entries, ..failure(StoreProblem::Engine(Box::new(error))) };
    };
    let fate = match reported.code {
        ErrorCode::DatabaseCorrupt => {
            let what = text.clone().unwrap_or_else(|| "a page does not read".to_owned());
            return failure(StoreProblem::Damaged { path: path.to_owned(), what });
        }
        ErrorCode::NotADatabase => return failure(StoreProblem::Foreign { path: path.to_owned() }),
        ErrorCode::DiskFull => return failure(StoreProblem::Full),
        ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::FileLockingProtocolFailed
        | ErrorCode::SystemIoFailure => StoreFate::Transient,
        ErrorCode::ConstraintViolation
        | ErrorCode::TypeMismatch
        | ErrorCode::TooBig
        | ErrorCode::ParameterOutOfRange => StoreFate::Entries,
        _ => StoreFate::Final,
    };
    StoreError { fate, ..failure(StoreProblem::Engine(Box::new(error))) }
}
