//! Taking a copy back, without bringing back who asked to be forgotten since.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use aboveboard_core::id::Id;
use rusqlite::{Connection, Transaction};

use super::super::erase;
use super::super::open::{self, Check, Expect, refine};
use super::super::tombstone::Tombstones;
use super::{beside, discard, replace};
use crate::rollup::place::Day;
use crate::store::StoreError;

/// What a restore did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Where the database is that was there before.
    pub replaced: Option<PathBuf>,
    /// Installations of the copy that were erased since it was made, and are erased in it now.
    pub erased: u64,
    /// Whether the erasures since the copy are known. If not, the database was not readable any more: who asked to be
    /// forgotten since the copy was made must be erased again by an operator.
    pub erasures_known: bool,
}

/// Puts the copy at `from` into the place of the database at `path`, which no collector may have open. Erasures that
/// the database knows and the copy does not are applied to the copy first; the copy itself is left as it is.
///
/// # Errors
/// Where the copy is missing, foreign, newer or damaged, or a file cannot be written. The database stays then.
pub fn restore(from: &Path, path: &Path) -> Result<Restored, StoreError> {
    let copy = open::reader(from)?;
    open::look(from, &copy)?;
    open::sound(from, &copy, Check::Whole)?;
    drop(copy);
    let new = beside(path, ".restoring");
    discard(&new);
    super::backup(from, &new)?;
    let known = tombstones(path);
    let erasures_known = known.is_some();
    let erased = match known.map_or(Ok(0), |known| forget(&new, &known)) {
        Ok(erased) => erased,
        Err(error) => {
            discard(&new);
            return Err(error);
        }
    };
    let replaced = replace(path, &new)?;
    Ok(Restored { replaced, erased, erasures_known })
}

/// A tombstone's hash and day of receipt.
type Stone = (Vec<u8>, Day);

/// The tombstones of a database, as far as it reads.
fn tombstones(path: &Path) -> Option<(Tombstones, Vec<Stone>)> {
    let connection = open::reader(path).ok()?;
    let key = Tombstones::load(&connection).ok()?;
    let mut find = connection.prepare("SELECT hash, day FROM tombstone").ok()?;
    let all =
        find.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).ok()?.collect::<Result<_, _>>().ok()?;
    Some((key, all))
}

fn forget(new: &Path, (key, known): &(Tombstones, Vec<Stone>)) -> Result<u64, StoreError> {
    let mut connection = open::writer(new, Expect::Existing)?;
    let erased = apply(&mut connection, key, known).map_err(|error| refine(new, error))?;
    open::checkpoint(&connection).map_err(|error| refine(new, error))?;
    connection.close().map_err(|(_, error)| refine(new, error))?;
    // What SQLite leaves beside a file that was closed is empty.
    for suffix in ["-wal", "-shm"] {
        let _ = fs::remove_file(beside(new, suffix));
    }
    Ok(erased)
}

fn apply(connection: &mut Connection, key: &Tombstones, known: &[Stone]) -> rusqlite::Result<u64> {
    let transaction = connection.transaction()?;
    let hashes: HashSet<&[u8]> = known.iter().map(|(hash, _)| hash.as_slice()).collect();
    let mut erased = 0;
    for (product, name, id) in installations(&transaction)? {
        if hashes.contains(key.hash(&name, id).as_slice()) {
            erase::installation(&transaction, product, id)?;
            erased += 1;
        }
    }
    key.adopt(&transaction, known)?;
    transaction.commit()?;
    Ok(erased)
}

fn installations(transaction: &Transaction<'_>) -> rusqlite::Result<Vec<(u32, String, Id)>> {
    transaction
        .prepare("SELECT p.id, p.name, i.id FROM installation i JOIN product p ON p.id = i.product")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, Id::from_bytes(row.get(2)?))))?
        .collect()
}
