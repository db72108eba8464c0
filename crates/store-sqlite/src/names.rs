//! Dictionaries: each text once, everywhere else its number.

use std::collections::HashMap;

use aboveboard_store::calendar::Day;
use aboveboard_store::limits::MAX_CONTEXTS;
use aboveboard_store::packed_version::pack_version;
use aboveboard_store::sequence::SequenceWindow;
use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::Header;
use aboveboard_types::id::Id;
use aboveboard_types::value::{Channel, Version};
use rusqlite::{Connection, Result, Transaction, params};

use crate::query;
use crate::row::{InstallationNumber, NameNumber};

/// The dictionaries, cached; declared names and contexts are bounded, installations are looked up.
#[derive(Debug, Default)]
pub(super) struct Names {
    products: HashMap<String, StoredProduct>,
    names: HashMap<String, NameNumber>,
    contexts: HashMap<ContextKey, u32>,
}

/// What makes a context different from every other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct ContextKey {
    product: u32,
    component: Component,
    version: i64,
    os: &'static str,
    arch: &'static str,
    marks: u8,
}

/// A product's number, and the first day whose rows are complete.
#[derive(Clone, Copy, Debug)]
pub(super) struct StoredProduct {
    pub(super) id: u32,
    pub(super) raw_from: Day,
}

/// What a transaction knows of the installation of a batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct StoredInstallation {
    pub(super) number: InstallationNumber,
    pub(super) first: Option<Day>,
    pub(super) last: Option<Day>,
    pub(super) sequence: SequenceWindow,
}

impl Names {
    pub(super) fn product(&mut self, transaction: &Transaction<'_>, name: &str) -> Result<StoredProduct> {
        if let Some(product) = self.products.get(name) {
            return Ok(*product);
        }
        query::execute(transaction, "INSERT OR IGNORE INTO product (name) VALUES (?1)", [name])?;
        let product = transaction
            .prepare_cached("SELECT id, raw_from FROM product WHERE name = ?1")?
            .query_row([name], |row| Ok(StoredProduct { id: row.get(0)?, raw_from: row.get(1)? }))?;
        self.products.insert(name.to_owned(), product);
        Ok(product)
    }

    pub(super) fn name(&mut self, transaction: &Transaction<'_>, text: &str) -> Result<NameNumber> {
        if let Some(id) = self.names.get(text) {
            return Ok(*id);
        }
        query::execute(transaction, "INSERT OR IGNORE INTO name (text) VALUES (?1)", [text])?;
        let id = query::value(transaction, "SELECT id FROM name WHERE text = ?1", [text])?;
        self.names.insert(text.to_owned(), id);
        Ok(id)
    }

    pub(super) fn context(
        &mut self,
        transaction: &Transaction<'_>,
        product: u32,
        header: &Header,
    ) -> Result<u32> {
        let key = ContextKey::new(product, header);
        if let Some(id) = self.contexts.get(&key) {
            return Ok(*id);
        }
        let mut id = find_context(transaction, &key)?;
        if id.is_none() {
            let sql = "SELECT count(*) FROM context WHERE product = ?1";
            let known: u32 = query::value(transaction, sql, [product])?;
            let mut kept = key;
            if known >= MAX_CONTEXTS {
                kept.version = version_key(Version { channel: Channel::Other, ..Version::default() });
            }
            let sql = "INSERT OR IGNORE INTO context VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6)";
            query::execute(transaction, sql, kept.params())?;
            id = find_context(transaction, &kept)?;
        }
        let id = id.unwrap_or(0);
        if self.contexts.len() < MAX_CONTEXTS as usize {
            self.contexts.insert(key, id);
        }
        Ok(id)
    }

    /// The number of an installation, given now if it has none, with `last` as the day it was seen.
    pub(super) fn installation(
        &self,
        transaction: &Transaction<'_>,
        product: u32,
        id: Id,
        last: Day,
    ) -> Result<StoredInstallation> {
        if let Some(known) = find_installation(transaction, product, id)? {
            return Ok(known);
        }
        let number = give_number(transaction, product, id, last)?;
        Ok(StoredInstallation { number, first: None, last: Some(last), sequence: SequenceWindow::EMPTY })
    }
}

/// Makes an installation known; `last` is the day from which its time runs until one of its events is placed.
pub(super) fn give_number(
    transaction: &Transaction<'_>,
    product: u32,
    id: Id,
    last: Day,
) -> Result<InstallationNumber> {
    let sql = "UPDATE product SET next = next + 1 WHERE id = ?1 RETURNING next - 1";
    let number: InstallationNumber = query::value(transaction, sql, [product])?;
    let sql = "INSERT INTO installation (product, id, number, last_day) VALUES (?1, ?2, ?3, ?4)";
    query::execute(transaction, sql, params![product, id.bytes(), number, last])?;
    Ok(number)
}

pub(super) fn version_key(version: Version) -> i64 {
    // 56 bits: always fits.
    i64::try_from(pack_version(version)).unwrap_or(i64::MAX)
}

impl ContextKey {
    fn new(product: u32, header: &Header) -> Self {
        let Header { component, version, os, arch, marks } = *header;
        Self { product, component, version: version_key(version), os, arch, marks: marks.bits() }
    }

    /// In the order of the columns.
    fn params(&self) -> impl rusqlite::Params {
        (self.product, self.component.name(), self.version, self.os, self.arch, self.marks)
    }
}

fn find_context(transaction: &Transaction<'_>, key: &ContextKey) -> Result<Option<u32>> {
    let sql = "SELECT id FROM context WHERE product = ?1 AND component = ?2 AND version_key = ?3 AND os = ?4 \
               AND arch = ?5 AND marks = ?6";
    query::find(transaction, sql, key.params(), |row| row.get(0))
}

pub(super) fn find_installation(
    connection: &Connection,
    product: u32,
    id: Id,
) -> Result<Option<StoredInstallation>> {
    let sql = "SELECT number, first_day, last_day, sequence, sequences FROM installation \
               WHERE product = ?1 AND id = ?2";
    query::find(connection, sql, params![product, id.bytes()], |row| {
        Ok(StoredInstallation {
            number: row.get(0)?,
            first: row.get(1)?,
            last: row.get(2)?,
            sequence: SequenceWindow { highest: row.get(3)?, bits: row.get(4)? },
        })
    })
}
