//! Taking one installation out of everything.

use aboveboard_store::read::Days;
use aboveboard_types::id::Id;
use rusqlite::{Result, Transaction, params};

use super::names::find_installation;
use super::{links, query, removal};
use crate::chunk::Members;

/// Cuts the tie between an installation's id and its number, and notes it for removal from rows, sets and sums. Daily
/// counts of days whose rows are gone stay: they hold no installation.
pub(super) fn installation(transaction: &Transaction<'_>, product: u32, id: Id) -> Result<()> {
    let Some(known) = find_installation(transaction, product, id)? else { return Ok(()) };
    let sql = "DELETE FROM installation WHERE product = ?1 AND id = ?2";
    query::execute(transaction, sql, params![product, id.bytes()])?;
    let mut members = Members::default();
    members.insert(known.number);
    links::forget(transaction, product, &members)?;
    // Of one without a first day there is no row.
    let first = known.first.or(known.last).unwrap_or_default();
    let last = known.last.unwrap_or(first);
    removal::begin(transaction, product, Days { first, last }, &members, false)
}
