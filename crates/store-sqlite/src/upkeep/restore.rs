//! Taking a copy back, without bringing back those who asked to be forgotten since.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use aboveboard_store::StoreError;
use aboveboard_store::calendar::Day;
use aboveboard_types::id::Id;
use rusqlite::{Connection, Result, Transaction};

use super::backup;
use crate::erase;
use crate::error::classify;
use crate::files::Place;
use crate::open::{self, Expect, WHOLE_CHECK};
use crate::query;
use crate::removal;
use crate::retire;
use crate::tombstone::Tombstones;

/// What follows the name of the database that is made from a copy, until it takes the place.
const NEW: &str = ".restoring";

/// What a restore did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Where the database is that was there before.
    pub replaced: Option<PathBuf>,
    /// Installations of the copy that were erased since it was made, and are erased in it now.
    pub erased: u64,
    /// Whether the erasures since the copy are known. If not, the database did not read, or the copy is so old that
    /// tombstones from after it were forgotten: an operator must erase again those who asked to be forgotten since the
    /// copy was made.
    pub erasures_known: bool,
    /// The first day of which the database before still knew every erasure, where the copy is older than that.
    pub known_from: Option<Day>,
}

/// Puts the copy at `from` into the place of the database at `path`, which no collector may have open. Erasures that
/// the database knows and the copy does not are applied to the copy first; the copy itself is left as it is.
///
/// # Errors
/// Where the copy is missing, foreign, newer or damaged, or a file cannot be written. The database stays then.
pub fn restore(from: &Path, path: &Path) -> Result<Restored, StoreError> {
    let copy = open::reader_of_copy(from)?;
    open::look(from, &copy)?;
    open::sound(from, &copy, WHOLE_CHECK)?;
    let made = retire::retention_day(&copy).map_err(|error| classify(from, error))?;
    let place = Place::of_ours(path)?;
    place.check()?;
    let new = place.path_beside(NEW);
    place.discard(NEW);
    backup::copy(&copy, from, &Place::of_ours(&new)?)?;
    drop(copy);
    let known = known_erasures(path);
    let erasures_known = known.as_ref().is_some_and(|known| known.reach_back_to(made));
    let known_from = known.as_ref().filter(|_| !erasures_known).and_then(|known| known.from);
    let erased = match known.map_or(Ok(0), |known| forget(&new, &known)) {
        Ok(erased) => erased,
        Err(error) => {
            place.discard(NEW);
            return Err(error);
        }
    };
    // What SQLite leaves beside a file that was closed is empty.
    place.discard_logs(NEW);
    let replaced = place.replace(NEW)?;
    Ok(Restored { replaced, erased, erasures_known, known_from })
}

/// The erasures that a database knows.
struct KnownErasures {
    key: Tombstones,
    /// Hash and day of receipt of each tombstone.
    tombstones: Vec<(Vec<u8>, Day)>,
    /// The first day of receipt of which every tombstone is still here; none if none was ever forgotten.
    from: Option<Day>,
}

impl KnownErasures {
    /// Whether they hold every erasure since a copy that knew of `made` as its newest day. A copy that knows of no day
    /// holds no installation that could be erased.
    fn reach_back_to(&self, made: Option<Day>) -> bool {
        match (made, self.from) {
            (Some(made), Some(from)) if made < from => {
                tracing::warn!(
                    days = from.abs_diff(made),
                    "the copy is older than the oldest erasure that the database before it remembers"
                );
                false
            }
            _ => true,
        }
    }
}

/// The tombstones of a database, as far as it reads.
fn known_erasures(path: &Path) -> Option<KnownErasures> {
    let connection = open::reader(path).ok()?;
    let key = Tombstones::load(&connection).ok()?;
    let tombstones =
        query::list(&connection, "SELECT hash, day FROM tombstone", [], |row| row.try_into()).ok()?;
    let from = retire::tombstones_from(&connection).ok()?;
    Some(KnownErasures { key, tombstones, from })
}

fn forget(new: &Path, known: &KnownErasures) -> Result<u64, StoreError> {
    let mut connection = open::writer(new, Expect::Existing)?;
    let erased = apply(&mut connection, known).map_err(|error| classify(new, error))?;
    open::checkpoint(&connection).map_err(|error| classify(new, error))?;
    connection.close().map_err(|(_, error)| classify(new, error))?;
    Ok(erased)
}

fn apply(connection: &mut Connection, known: &KnownErasures) -> Result<u64> {
    let transaction = connection.transaction()?;
    let hashes: HashSet<&[u8]> = known.tombstones.iter().map(|(hash, _)| hash.as_slice()).collect();
    let mut erased = 0;
    for (product, name, id) in installations(&transaction)? {
        if hashes.contains(known.key.hash(&name, id).as_slice()) {
            erase::installation(&transaction, product, id)?;
            erased += 1;
        }
    }
    removal::finish(&transaction)?;
    known.key.adopt(&transaction, &known.tombstones)?;
    if let Some(from) = known.from {
        retire::keep_tombstones_from(&transaction, from)?;
    }
    transaction.commit()?;
    Ok(erased)
}

fn installations(transaction: &Transaction<'_>) -> Result<Vec<(u32, String, Id)>> {
    let sql = "SELECT p.id, p.name, i.id FROM installation i JOIN product p ON p.id = i.product";
    query::list(transaction, sql, [], |row| Ok((row.get(0)?, row.get(1)?, Id::from_bytes(row.get(2)?))))
}
