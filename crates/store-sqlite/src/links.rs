//! Which server a command talked to.
//!
//! An event names the server by a hash of its id. A hash of a server that has not reported yet gets a number all the same,
//! and the server takes that number over with its first batch, so that it does not matter which of the two comes first. A
//! reader keeps a link only where the server reported about that time; a hash that nobody reports under is forgotten with
//! the ids of batches.

use aboveboard_store::calendar::Day;
use aboveboard_store::limits::{LINK_DAYS, MAX_NEW_LINKS};
use aboveboard_types::declaration::Component;
use aboveboard_types::id::Id;
use rusqlite::{Connection, Result, Transaction, params};

use super::names::{StoredInstallation, give_number, take_number};
use super::query;
use crate::chunk::Members;
use crate::row::InstallationNumber;

/// Who sends the events of a batch, and what they may name.
#[derive(Debug)]
pub(super) struct Links {
    product: u32,
    sender: Id,
    number: InstallationNumber,
    new: u32,
}

impl Links {
    /// For a batch of a product by the installation with this number.
    pub(super) fn new(product: u32, sender: Id, number: InstallationNumber) -> Self {
        Self { product, sender, number, new: 0 }
    }

    /// The number of whom an event of the day names as a server: the sender itself, or one that it knows by a hash. 0 for
    /// none, and for one too many.
    pub(super) fn server(
        &mut self,
        transaction: &Transaction<'_>,
        named: Option<Id>,
        day: Day,
    ) -> Result<InstallationNumber> {
        let Some(named) = named else { return Ok(0) };
        if named == self.sender {
            return Ok(self.number);
        }
        if let Some(line) = find(transaction, self.product, named)? {
            if line.day < day {
                touch(transaction, self.product, named, day)?;
            }
            return Ok(line.number);
        }
        if self.new == MAX_NEW_LINKS {
            return Ok(0);
        }
        self.new += 1;
        let number = take_number(transaction, self.product)?;
        insert(transaction, self.product, named, number, day, false)?;
        Ok(number)
    }

    /// The number of whom an event names as a CLI: nobody but the sender itself.
    pub(super) fn cli(&self, named: Option<Id>) -> InstallationNumber {
        if named == Some(self.sender) { self.number } else { 0 }
    }
}

/// The installation of a batch, made known now if it is not; `last` is the day it was seen. A server can be linked to
/// from now on, and has the number of the links that came before.
pub(super) fn installation(
    transaction: &Transaction<'_>,
    (product, name): (u32, &str),
    id: Id,
    component: Component,
    known: Option<StoredInstallation>,
    last: Day,
) -> Result<StoredInstallation> {
    if component != Component::Server {
        return known.map_or_else(|| give_number(transaction, product, id, None, last), Ok);
    }
    let reference = Id::server_reference(name, id);
    let line = find(transaction, product, reference)?;
    let server = match known {
        Some(known) => known,
        None => give_number(transaction, product, id, line.map(|line| line.number), last)?,
    };
    match line {
        Some(line) if line.number == server.number && line.is_server => {
            if line.day < last {
                touch(transaction, product, reference, last)?;
            }
        }
        _ => insert(transaction, product, reference, server.number, last, true)?,
    }
    Ok(server)
}

/// What is stored of a reference.
#[derive(Clone, Copy, Debug)]
struct Line {
    number: InstallationNumber,
    day: Day,
    is_server: bool,
}

fn find(connection: &Connection, product: u32, reference: Id) -> Result<Option<Line>> {
    let sql = "SELECT number, day, known FROM server WHERE product = ?1 AND reference = ?2";
    query::find(connection, sql, params![product, reference.bytes()], |row| {
        Ok(Line { number: row.get(0)?, day: row.get(1)?, is_server: row.get(2)? })
    })
}

fn insert(
    transaction: &Transaction<'_>,
    product: u32,
    reference: Id,
    number: InstallationNumber,
    day: Day,
    is_server: bool,
) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO server VALUES (?1, ?2, ?3, ?4, ?5)";
    query::execute(transaction, sql, params![product, reference.bytes(), number, day, is_server]).map(drop)
}

fn touch(transaction: &Transaction<'_>, product: u32, reference: Id, day: Day) -> Result<()> {
    let sql = "UPDATE server SET day = ?3 WHERE product = ?1 AND reference = ?2";
    query::execute(transaction, sql, params![product, reference.bytes(), day]).map(drop)
}

/// Forgets under which hashes installations can be named.
pub(super) fn forget(transaction: &Transaction<'_>, product: u32, gone: &Members) -> Result<()> {
    let sql = "DELETE FROM server INDEXED BY server_number WHERE product = ?1 AND number = ?2";
    gone.numbers().try_for_each(|number| query::execute(transaction, sql, params![product, number]).map(drop))
}

/// Forgets the hashes that nobody reported under, named before the day.
pub(super) fn forget_unknown(transaction: &Transaction<'_>, before: Day) -> Result<()> {
    let sql = "DELETE FROM server WHERE known = 0 AND day < ?1";
    query::execute(transaction, sql, params![before]).map(drop)
}

/// The servers that reported about a day: what rows of that day may name.
pub(super) fn reporting(connection: &Connection, product: u32, day: Day) -> Result<Members> {
    let sql = "SELECT chunk, members FROM active WHERE product = ?1 AND day BETWEEN ?2 AND ?3 AND context IN \
               (SELECT id FROM context WHERE product = ?1 AND component = ?4)";
    let mut all = Members::default();
    let days = (day.saturating_sub(LINK_DAYS), day.saturating_add(LINK_DAYS));
    let params = params![product, days.0, days.1, Component::Server.name()];
    query::each(connection, sql, params, |row| {
        all.chunk(row.get(0)?).unite_bytes(row.get_ref(1)?.as_blob()?);
        Ok(())
    })?;
    Ok(all)
}
