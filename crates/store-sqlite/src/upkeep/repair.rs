//! Saving what can be read of a damaged database.

use std::path::{Path, PathBuf};

use aboveboard_store::{StoreError, StoreProblem};
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, Result, Row, Transaction, params_from_iter};

use crate::error::{classify, failure};
use crate::files::Place;
use crate::open::{self, Expect};
use crate::own_schema;
use crate::rebuild::rebuild;
use crate::row;
use crate::schema::{APPLICATION, NEWEST};
use crate::{block, processes, rows, versions};

/// What follows the name of the database that a repair makes, until it takes the place.
const NEW: &str = ".repairing";

/// What a repair saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repaired {
    /// Where the damaged database is now.
    pub replaced: Option<PathBuf>,
    /// Rows of each table that were saved.
    pub saved: Vec<(&'static str, u64)>,
    /// Tables of which a part does not read; how many rows it held is not known.
    pub torn: Vec<&'static str>,
}

/// The tables that are saved, with their keys. Roll-ups are made anew.
const TABLES: [(&str, &str); 22] = [
    ("meta", "key"),
    ("product", "id"),
    ("name", "id"),
    ("context", "id"),
    ("installation", "product, id"),
    ("counted", "product, installation, first, last"),
    ("batch", "id"),
    ("row", "product, day, installation, part"),
    ("process", "product, installation"),
    ("block", "product, day, chunk"),
    ("quality", "product, day, what, context"),
    ("tombstone", "hash"),
    ("server", "product, reference"),
    ("removal", "id"),
    ("removal_member", "removal, chunk"),
    ("remake", "id"),
    ("version", "product, axis, version"),
    ("line", "product, major, minor"),
    ("received", "product, axis, period, name, detail, context, chunk"),
    ("batch_count", "product, hour, component, synthetic"),
    ("batch_ends", "product, component, synthetic"),
    ("weight", "product, what, day"),
];

/// The columns of `row` and of `block` with the events.
const EVENTS: usize = 5;

/// The roll-ups that outlive their rows: saved before a rebuild, which leaves them alone where rows are gone.
const KEPT: [(&str, &str); 2] =
    [("cube", "product, axis, day, name, detail, context"), ("closed", "product, day, context")];

/// Makes a new database of every row that reads in the one at `path`, which no collector may have open, and puts it
/// into its place; the damaged one is kept beside it. Roll-ups are rebuilt from the rows; `progress` gets the number of
/// rows done, and of all rows.
///
/// # Errors
/// Where the file is not ours, its dictionaries do not read at all, or the new file cannot be written. The damaged
/// database stays where it is then.
pub fn repair(path: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<Repaired, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let place = Place::of_ours(path)?;
    place.check()?;
    let known = place.stat()?;
    let damaged = Connection::open_with_flags(path, flags).map_err(|error| classify(path, error))?;
    place.is_still("", &known)?;
    let number = |pragma: &str| damaged.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let application = number("application_id").map_err(|error| classify(path, error))?;
    let schema = number("user_version").map_err(|error| classify(path, error))?;
    if application != i64::from(APPLICATION) || !(1..=i64::from(NEWEST)).contains(&schema) {
        return Err(failure(StoreProblem::Foreign { path: path.to_owned() }));
    }
    let strange = own_schema::foreign_in_damaged(&damaged, u32::try_from(schema).unwrap_or(0));
    if let Some(what) = strange.map_err(|error| classify(path, error))? {
        return Err(failure(StoreProblem::OtherSchema { path: path.to_owned(), what }));
    }
    let new = place.path_beside(NEW);
    place.discard(NEW);
    let saved = save(&damaged, &new, progress);
    drop(damaged);
    match saved {
        Ok(repaired) => Ok(Repaired { replaced: place.replace(NEW)?, ..repaired }),
        Err(error) => {
            place.discard(NEW);
            Err(error)
        }
    }
}

/// Copies what reads into a new database.
fn save(
    damaged: &Connection,
    new: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Repaired, StoreError> {
    let mut connection = open::writer(new, Expect::New)?;
    let mut repaired = Repaired { replaced: None, saved: Vec::new(), torn: Vec::new() };
    let mut work = || -> Result<()> {
        let transaction = connection.transaction()?;
        for (table, key) in TABLES.into_iter().chain(KEPT) {
            if is_of_a_later_schema(damaged, table) {
                continue;
            }
            let mut rows =
                TableCopy { damaged, transaction: &transaction, table, key, rows: 0, unread: false };
            if !rows.all()? || rows.unread {
                repaired.torn.push(table);
            }
            repaired.saved.push((table, rows.rows));
        }
        // What an earlier schema did not keep is taken from what it did, as its migration does.
        let schema: u32 = damaged.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if schema == 2 && processes::take_over(damaged, "timing", &transaction).is_err() {
            repaired.torn.push("timing");
        }
        if schema < 3 {
            let sql = "UPDATE installation SET received = coalesce(first_day, last_day)";
            transaction.execute(sql, [])?;
        }
        rebuild(&transaction, progress)?;
        if schema < 3 {
            versions::name_those_seen(&transaction)?;
        }
        if schema < 4 {
            versions::find_all_first_days(&transaction)?;
        }
        transaction.commit()
    };
    work().map_err(|error| classify(new, error))?;
    open::checkpoint(&connection).map_err(|error| classify(new, error))?;
    connection.close().map_err(|(_, error)| classify(new, error))?;
    Ok(repaired)
}

/// Whether a database of an earlier schema has no such table: nothing is missing then.
fn is_of_a_later_schema(damaged: &Connection, table: &str) -> bool {
    let schema = damaged.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0));
    let found = damaged
        .query_row("SELECT count(*) FROM sqlite_schema WHERE name = ?1", [table], |row| row.get::<_, u32>(0));
    matches!((schema, found), (Ok(schema), Ok(0)) if schema < NEWEST)
}

/// The copy of one table.
struct TableCopy<'c> {
    damaged: &'c Connection,
    transaction: &'c Transaction<'c>,
    table: &'static str,
    key: &'static str,
    rows: u64,
    /// Whether a row was left out whose events do not read: the rebuild could not sum it up.
    unread: bool,
}

impl TableCopy<'_> {
    /// Copies from both ends up to what does not read; true if all of it did. Rows of days are then copied day by
    /// day, so that a torn page takes little with it.
    fn all(&mut self) -> Result<bool> {
        if self.walk("", "ASC")? {
            return Ok(true);
        }
        self.walk("", "DESC")?;
        if matches!(self.table, "row" | "block") {
            for day in self.days() {
                let only = format!("WHERE product = {} AND day = {}", day.0, day.1);
                if !self.walk(&only, "ASC")? {
                    self.walk(&only, "DESC")?;
                }
            }
        }
        Ok(false)
    }

    /// Days that some roll-up or row knows of, by product; best effort.
    fn days(&self) -> Vec<(i64, i64)> {
        let mut days = Vec::new();
        for sql in ["SELECT DISTINCT product, day FROM quality", "SELECT DISTINCT product, day FROM active"] {
            let Ok(mut find) = self.damaged.prepare(sql) else { continue };
            let Ok(mut found) = find.query([]) else { continue };
            while let Ok(Some(row)) = found.next() {
                if let (Ok(product), Ok(day)) = (row.get::<_, i64>(0), row.get::<_, i64>(1)) {
                    // Late events lie up to fourteen days before the day of receipt.
                    days.extend((day - 14..=day).map(|day| (product, day)));
                }
            }
        }
        days.sort_unstable();
        days.dedup();
        days
    }

    /// Whether the events of a row do not read: the rebuild could not sum them up.
    fn is_unread(&self, row: &Row<'_>) -> bool {
        match self.table {
            "row" => rows::events(row, EVENTS).is_err(),
            "block" => {
                let bytes = row.get_ref(EVENTS).ok().and_then(|bytes| bytes.as_blob().ok());
                let reads = |row: &block::EncodedRow| row::read(&row.events).is_ok();
                !bytes.is_some_and(|bytes| block::unpack(bytes).is_ok_and(|rows| rows.iter().all(reads)))
            }
            _ => false,
        }
    }

    /// Copies in the order of the key until the end or until something does not read. Returns true at the end.
    fn walk(&mut self, only: &str, direction: &str) -> Result<bool> {
        let order: Vec<_> = self.key.split(", ").map(|column| format!("{column} {direction}")).collect();
        let sql = format!("SELECT * FROM {} {only} ORDER BY {}", self.table, order.join(", "));
        let Ok(mut find) = self.damaged.prepare(&sql) else { return Ok(false) };
        let columns = find.column_count();
        let names = find.column_names().join(", ");
        let marks = vec!["?"; columns].join(", ");
        let replace = if self.table == "meta" { "REPLACE" } else { "IGNORE" };
        let put = format!("INSERT OR {replace} INTO {} ({names}) VALUES ({marks})", self.table);
        let mut put = self.transaction.prepare(&put)?;
        let Ok(mut found) = find.query([]) else { return Ok(false) };
        loop {
            match found.next() {
                Ok(Some(row)) => {
                    if self.is_unread(row) {
                        self.unread = true;
                        continue;
                    }
                    let values: Result<Vec<Value>, _> = (0..columns).map(|column| row.get(column)).collect();
                    let Ok(values) = values else { return Ok(false) };
                    // A value of another type than its column was damaged where no checksum shows it.
                    self.rows += put.execute(params_from_iter(values)).unwrap_or(0) as u64;
                }
                Ok(None) => return Ok(true),
                Err(_) => return Ok(false),
            }
        }
    }
}
