//! What an operator changes: which installations go, and what is done at once. What takes long is noted, and done in parts.

use std::collections::HashMap;

use aboveboard_store::amendment::Change;
use aboveboard_store::calendar::Day;
use aboveboard_store::read::Affected;
use aboveboard_store::verification::days_to_verify;
use aboveboard_store::versions::{AdmittedBy, AdmittedVersion, ReleaseLine};
use aboveboard_types::declaration::Component;
use aboveboard_types::value::Version;
use rusqlite::{Connection, Result, Transaction, params};

use super::removal::RemovalKind;
use super::versions::{self, version_key};
use super::{clear, dictionary, query, receipts, remake};
use crate::chunk::{Members, SetChunk};
use crate::delta::Axis;

/// On which day, and of which product with which interval between two reports of a server, a change is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct AmendmentScope {
    pub(super) product: u32,
    pub(super) day: Day,
    pub(super) report_interval: u64,
}

/// Does what a change says, or notes what is done in parts. The caller forgets what it cached of versions.
pub(super) fn amend(transaction: &Transaction<'_>, of: AmendmentScope, change: &Change) -> Result<()> {
    let product = of.product;
    match change {
        Change::EraseUnverified | Change::EraseSince(_) | Change::EraseVersion(_) => {
            let gone = installations(transaction, of, change)?;
            free_versions(transaction, product, &gone)?;
            clear::take_out(transaction, product, &gone, RemovalKind::Amendment)?;
            if let Change::EraseVersion(version) = change {
                let sql = "DELETE FROM version WHERE product = ?1 AND axis = 0 AND version = ?2";
                query::execute(transaction, sql, params![product, version_key(*version)])?;
                remake::begin(transaction, product, change)?;
            }
        }
        Change::EraseItem(name) => {
            if let Some(name) = dictionary::number(transaction, name)? {
                receipts::without_command(transaction, product, name)?;
            }
            remake::begin(transaction, product, change)?;
        }
        Change::AdmitVersion(version) => {
            admit(transaction, of, 0, *version)?;
            remake::begin(transaction, product, change)?;
        }
        Change::AdmitValue(field, version) => {
            if let Some(field) = dictionary::number(transaction, field)? {
                admit(transaction, of, field, *version)?;
                remake::begin(transaction, product, change)?;
            }
        }
        Change::NameLine(ReleaseLine { major, minor }) => {
            let sql = "INSERT OR IGNORE INTO line VALUES (?1, ?2, ?3)";
            query::execute(transaction, sql, params![product, major, minor])?;
        }
    }
    Ok(())
}

fn admit(transaction: &Transaction<'_>, of: AmendmentScope, axis: u32, version: Version) -> Result<()> {
    let admitted = AdmittedVersion { day: of.day, by: AdmittedBy::Operator };
    versions::keep(transaction, of.product, axis, version, admitted)
}

/// What a change would take out.
pub(super) fn affected(connection: &Connection, of: AmendmentScope, change: &Change) -> Result<Affected> {
    let installations = match change {
        Change::EraseUnverified | Change::EraseSince(_) | Change::EraseVersion(_) => {
            installations(connection, of, change)?.len()
        }
        _ => 0,
    };
    let mut events = 0;
    if let Change::EraseItem(name) = change
        && let Some(name) = dictionary::number(connection, name)?
    {
        for axis in [Axis::Command, Axis::Action, Axis::Declared] {
            let sql = "SELECT coalesce(sum(n), 0) FROM cube WHERE product = ?1 AND axis = ?2 AND name = ?3";
            let n: i64 = query::value(connection, sql, params![of.product, axis as u8, name])?;
            events += u64::try_from(n).unwrap_or(0);
        }
    }
    Ok(Affected { installations, events })
}

/// The installations that a change takes out.
fn installations(connection: &Connection, of: AmendmentScope, change: &Change) -> Result<Members> {
    match change {
        Change::EraseUnverified => unverified(connection, of),
        Change::EraseSince(day) => arrived_from(connection, of.product, *day),
        Change::EraseVersion(version) => only_with(connection, of.product, *version),
        _ => Ok(Members::default()),
    }
}

fn unverified(connection: &Connection, of: AmendmentScope) -> Result<Members> {
    let from = |component| of.day.saturating_sub(days_to_verify(component, of.report_interval)) + 1;
    let mut gone = arrived_from(connection, of.product, from(Component::Cli))?;
    // Servers that report seldom are verified later.
    let sql = "SELECT active.chunk, members FROM active JOIN context ON context.id = active.context \
               WHERE active.product = ?1 AND component = ?2";
    let new = arrived_from(connection, of.product, from(Component::Server))?;
    query::each(connection, sql, params![of.product, Component::Server.name()], |row| {
        let chunk: u32 = row.get(0)?;
        if let Some(new) = new.get(chunk) {
            let mut servers = SetChunk::from_bytes(row.get_ref(1)?.as_blob()?);
            servers.intersect(new);
            gone.chunk(chunk).unite_bytes(&servers.to_bytes());
        }
        Ok(())
    })?;
    Ok(gone)
}

fn arrived_from(connection: &Connection, product: u32, day: Day) -> Result<Members> {
    let mut members = Members::default();
    let sql = "SELECT chunk, members FROM arrived WHERE product = ?1 AND day >= ?2";
    query::each(connection, sql, params![product, day], |row| {
        members.chunk(row.get(0)?).unite_bytes(row.get_ref(1)?.as_blob()?);
        Ok(())
    })?;
    Ok(members)
}

/// Those that were seen with this version and with no other.
fn only_with(connection: &Connection, product: u32, version: Version) -> Result<Members> {
    let mut with = Members::default();
    let mut without = Members::default();
    let sql = "SELECT version_key = ?2, active.chunk, members FROM active \
               JOIN context ON context.id = active.context WHERE active.product = ?1";
    query::each(connection, sql, params![product, version_key(version)], |row| {
        let set = if row.get(0)? { &mut with } else { &mut without };
        set.chunk(row.get(1)?).unite_bytes(row.get_ref(2)?.as_blob()?);
        Ok(())
    })?;
    with.subtract(&without);
    Ok(with)
}

/// Gives the names of versions free that nobody is left with.
fn free_versions(transaction: &Transaction<'_>, product: u32, gone: &Members) -> Result<()> {
    let mut is_left: HashMap<i64, bool> = HashMap::new();
    let sql = "SELECT version_key, active.chunk, members FROM active \
               JOIN context ON context.id = active.context WHERE active.product = ?1";
    query::each(transaction, sql, [product], |row| {
        let mut members = SetChunk::from_bytes(row.get_ref(2)?.as_blob()?);
        if let Some(gone) = gone.get(row.get(1)?) {
            members.subtract(gone);
        }
        *is_left.entry(row.get(0)?).or_default() |= !members.is_empty();
        Ok(())
    })?;
    // Days whose sets retention took keep their versions.
    let sql = "SELECT DISTINCT version_key FROM closed JOIN context ON context.id = closed.context \
               WHERE closed.product = ?1";
    let closed: Vec<i64> = query::list(transaction, sql, [product], |row| row.get(0))?;
    closed.into_iter().for_each(|version| _ = is_left.insert(version, true));
    let sql = "DELETE FROM version WHERE product = ?1 AND axis = 0 AND version = ?2 AND reason <= ?3";
    for (version, _) in is_left.into_iter().filter(|(_, is_left)| !is_left) {
        query::execute(transaction, sql, params![product, version, AdmittedBy::Verified as u8])?;
    }
    Ok(())
}
