//! Names and contexts by their numbers, as they are at one moment.

use std::sync::Arc;

use aboveboard_store::context::{Context, ContextFilter};
use aboveboard_store::packed_version::unpack_version;
use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::Marks;
use rusqlite::{Connection, Result, Row, params};

use crate::query;
use crate::row::NameNumber;

/// The dictionary of names, in the order of their numbers.
#[derive(Debug)]
pub(super) struct Dictionary {
    names: Vec<(NameNumber, Arc<str>)>,
    /// What a number that is none stands for: also 0, which is no name.
    unknown: Arc<str>,
}

impl Dictionary {
    pub(super) fn load(connection: &Connection) -> Result<Self> {
        let sql = "SELECT id, text FROM name ORDER BY id";
        let names = query::list(connection, sql, [], |row| row.try_into())?;
        Ok(Self { names, unknown: Arc::from("") })
    }

    pub(super) fn name(&self, number: NameNumber) -> &Arc<str> {
        match self.names.binary_search_by_key(&number, |(known, _)| *known) {
            Ok(at) => &self.names[at].1,
            Err(_) => &self.unknown,
        }
    }

    /// The name of a number that may stand for none.
    pub(super) fn name_if_any(&self, number: NameNumber) -> Option<Arc<str>> {
        (number != 0).then(|| Arc::clone(self.name(number)))
    }
}

/// Contexts of a product, in the order of their numbers.
pub(super) struct Contexts(Vec<(u32, Context)>);

impl Contexts {
    pub(super) fn load(connection: &Connection, product: u32, filter: &ContextFilter) -> Result<Self> {
        let sql =
            "SELECT id, component, version_key, os, arch, marks FROM context WHERE product = ?1 ORDER BY id";
        let mut contexts = Vec::new();
        query::each(connection, sql, [product], |row| {
            let context = read_context(row)?;
            if filter.keeps(&context) {
                contexts.push((row.get(0)?, context));
            }
            Ok(())
        })?;
        Ok(Self(contexts))
    }

    pub(super) fn get(&self, number: u32) -> Option<&Context> {
        let at = self.0.binary_search_by_key(&number, |(known, _)| *known).ok()?;
        Some(&self.0[at].1)
    }

    pub(super) fn into_values(self) -> impl Iterator<Item = Context> {
        self.0.into_iter().map(|(_, context)| context)
    }
}

/// A context of the columns id, component, version_key, os, arch and marks.
fn read_context(row: &Row<'_>) -> Result<Context> {
    let version: i64 = row.get(2)?;
    Ok(Context {
        component: component(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?),
        version: unpack_version(u64::try_from(version).unwrap_or(0)),
        os: row.get(3)?,
        arch: row.get(4)?,
        marks: Marks::from_bits(row.get(5)?),
    })
}

/// One context by its number.
pub(super) fn context(connection: &Connection, number: u32) -> Result<Option<Context>> {
    let sql = "SELECT id, component, version_key, os, arch, marks FROM context WHERE id = ?1";
    query::find(connection, sql, [number], read_context)
}

/// The numbers of the contexts of servers, those that strangers brought in last.
pub(super) fn contexts_of_servers(connection: &Connection, product: u32) -> Result<Vec<u32>> {
    let sql = "SELECT id FROM context WHERE product = ?1 AND component = ?2 ORDER BY stranger, id";
    query::list(connection, sql, params![product, Component::Server.name()], |row| row.get(0))
}

pub(super) fn component(name: &str) -> Component {
    Component::parse(name).unwrap_or(Component::App)
}

/// The number of a product; none where nothing of it was ever stored.
pub(super) fn product(connection: &Connection, name: &str) -> Result<Option<u32>> {
    query::find(connection, "SELECT id FROM product WHERE name = ?1", [name], |row| row.get(0))
}

/// The number of a name; none where nothing is called so.
pub(super) fn number(connection: &Connection, name: &str) -> Result<Option<NameNumber>> {
    query::find(connection, "SELECT id FROM name WHERE text = ?1", [name], |row| row.get(0))
}
