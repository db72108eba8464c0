//! Whether a database holds what this program made in it, and nothing else: one that somebody handed over may hold
//! triggers, views or tables that act when they are touched.

use std::collections::BTreeMap;

use rusqlite::{Connection, Result};

use super::schema::MIGRATIONS;

/// Most objects of a schema that are looked at: ours has some thirty.
const MAX_OBJECTS: usize = 1_000;

/// Objects by kind and name, with the statement that made each.
type Objects = BTreeMap<(String, String), Option<String>>;

/// What is in a database of schema `found` that does not belong there, or is not as it was made; none if all is.
pub(super) fn foreign(connection: &Connection, found: u32) -> Result<Option<String>> {
    let ours = made(found)?;
    let theirs = objects(connection)?;
    let strange = |(object, sql): &(&(String, String), &Option<String>)| ours.get(*object) != Some(*sql);
    if let Some(((kind, name), _)) = theirs.iter().find(strange) {
        return Ok(Some(described(kind, name)));
    }
    Ok(ours
        .keys()
        .find(|object| !theirs.contains_key(object))
        .map(|(kind, name)| format!("no {kind} {name}")))
}

/// What of a damaged database does not belong there, as far as its schema reads.
pub(super) fn foreign_in_damaged(connection: &Connection, found: u32) -> Result<Option<String>> {
    let ours = made(found)?;
    let Ok(theirs) = objects(connection) else { return Ok(None) };
    let strange = |((kind, name), sql): &(&(String, String), &Option<String>)| {
        let is_ours = ours.contains_key(&(kind.clone(), name.clone()));
        let is_computed = sql.as_ref().is_some_and(|sql| {
            let sql = sql.to_ascii_uppercase();
            sql.contains("GENERATED") || sql.contains(" AS (") || sql.starts_with("CREATE VIRTUAL")
        });
        !is_ours || is_computed
    };
    Ok(theirs.iter().find(strange).map(|((kind, name), _)| described(kind, name)))
}

/// The name is somebody else's text.
fn described(kind: &str, name: &str) -> String {
    let plain = |text: &str| text.chars().take(60).flat_map(char::escape_default).collect::<String>();
    format!("the {} {}", plain(kind), plain(name))
}

/// The objects that the migrations up to a schema make.
fn made(found: u32) -> Result<Objects> {
    let connection = Connection::open_in_memory()?;
    MIGRATIONS.iter().take(found as usize).try_for_each(|migration| connection.execute_batch(migration))?;
    objects(&connection)
}

fn objects(connection: &Connection) -> Result<Objects> {
    // `ANALYZE` leaves tables of SQLite's own, which hold numbers alone.
    let sql = "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_stat%' ESCAPE '\\'";
    let mut find = connection.prepare(sql)?;
    let found = find.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?;
    found.take(MAX_OBJECTS).collect()
}
