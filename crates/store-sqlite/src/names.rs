//! Dictionaries: each text once, everywhere else its number.

use std::collections::HashMap;

use aboveboard_store::calendar::Day;
use aboveboard_store::limits::{MAX_CONTEXTS, MAX_UNVERIFIED_CONTEXTS, MAX_VERIFIED_CONTEXTS};
use aboveboard_store::sequence::SequenceWindow;
use aboveboard_store::tally::CountedDrops;
use aboveboard_store::verification::Standing;
use aboveboard_store::versions::OTHER;
use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::Header;
use aboveboard_types::id::Id;
use rusqlite::{Connection, Result, Transaction, params};

use super::sender::BatchSender;
use super::versions::{Versions, version_key};
use crate::query;
use crate::row::{InstallationNumber, NameNumber};

/// The dictionaries, cached; declared names and contexts are bounded, installations are looked up.
#[derive(Debug, Default)]
pub(super) struct Names {
    products: HashMap<String, StoredProduct>,
    names: HashMap<String, NameNumber>,
    contexts: HashMap<ContextKey, u32>,
    pub(super) versions: Versions,
}

/// A context that data is counted in.
#[derive(Clone, Copy, Debug)]
pub(super) struct CountedContext {
    pub(super) number: u32,
    /// Its version stands for another, that was sent.
    pub(super) is_other: bool,
}

/// What makes a context different from every other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct ContextKey {
    product: u32,
    component: Component,
    version: i64,
    os: &'static str,
    arch: &'static str,
    marks: u16,
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
    /// The day on which something of it was first received.
    pub(super) received: Option<Day>,
    /// Up to when the growth of its sums is used up.
    pub(super) spent: Option<i64>,
    pub(super) drops: CountedDrops,
    /// The last day on which something of it was received, of a product that publishes figures.
    pub(super) heard: Option<Day>,
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

    /// The context of a batch that is taken in. A new version gets a name now if it may have one.
    pub(super) fn context(
        &mut self,
        transaction: &Transaction<'_>,
        sender: &BatchSender<'_>,
        header: &Header,
    ) -> Result<CountedContext> {
        let has_name = self.versions.product(transaction, sender, header.version)?;
        self.context_of(transaction, sender, header, has_name)
    }

    /// The context under which a batch is noted that is not taken in: it names no version.
    pub(super) fn noted_context(
        &mut self,
        transaction: &Transaction<'_>,
        sender: &BatchSender<'_>,
        header: &Header,
    ) -> Result<u32> {
        let has_name = self.versions.has(transaction, sender, header.version)?;
        self.context_of(transaction, sender, header, has_name).map(|context| context.number)
    }

    fn context_of(
        &mut self,
        transaction: &Transaction<'_>,
        sender: &BatchSender<'_>,
        header: &Header,
        has_name: bool,
    ) -> Result<CountedContext> {
        let key = ContextKey::new(sender.product, header);
        if has_name && let Some(number) = self.find_or_add(transaction, &key, sender)? {
            return Ok(CountedContext { number, is_other: false });
        }
        // Contexts without a version are as many as their closed parts give, so these are few.
        let marks = header.marks.of_any_agent().bits();
        let other = ContextKey { version: version_key(OTHER), marks, ..key };
        let number = self.find_or_add(transaction, &other, sender)?.unwrap_or(0);
        Ok(CountedContext { number, is_other: key.version != other.version })
    }

    /// The number of a context; none for a new one that there is no room for.
    fn find_or_add(
        &mut self,
        transaction: &Transaction<'_>,
        key: &ContextKey,
        sender: &BatchSender<'_>,
    ) -> Result<Option<u32>> {
        if let Some(number) = self.contexts.get(key) {
            return Ok(Some(*number));
        }
        let mut number = find_context(transaction, key)?;
        if number.is_none() {
            let is_stranger = sender.standing == Standing::Unverified;
            if key.version != version_key(OTHER) && !has_room(transaction, key.product, is_stranger)? {
                return Ok(None);
            }
            let sql = "INSERT INTO context VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            let ContextKey { product, component, version, os, arch, marks } = *key;
            let params = params![product, component.name(), version, os, arch, marks, is_stranger];
            query::execute(transaction, sql, params)?;
            number = find_context(transaction, key)?;
        }
        if let Some(number) = number
            && self.contexts.len() < MAX_CONTEXTS as usize
        {
            self.contexts.insert(*key, number);
        }
        Ok(number)
    }
}

/// Whether a product may have one more context with a version, brought in by a stranger or by a verified installation. Each
/// of the two has a number of its own. Without its version a context has closed parts only, so that there are few.
fn has_room(transaction: &Transaction<'_>, product: u32, is_stranger: bool) -> Result<bool> {
    let sql = "SELECT count(*) FROM context WHERE product = ?1 AND stranger = ?2 AND version_key <> ?3";
    let known: u32 = query::value(transaction, sql, params![product, is_stranger, version_key(OTHER)])?;
    Ok(known < if is_stranger { MAX_UNVERIFIED_CONTEXTS } else { MAX_VERIFIED_CONTEXTS })
}

/// Makes an installation known, under the number that it has from links already or under a new one; `last` is the day from
/// which its time runs until one of its events is placed.
pub(super) fn give_number(
    transaction: &Transaction<'_>,
    product: u32,
    id: Id,
    linked: Option<InstallationNumber>,
    last: Day,
) -> Result<StoredInstallation> {
    let number = linked.map_or_else(|| take_number(transaction, product), Ok)?;
    let sql = "INSERT INTO installation (product, id, number, last_day) VALUES (?1, ?2, ?3, ?4)";
    query::execute(transaction, sql, params![product, id.bytes(), number, last])?;
    Ok(StoredInstallation {
        number,
        first: None,
        last: Some(last),
        sequence: SequenceWindow::EMPTY,
        received: None,
        spent: None,
        drops: CountedDrops::default(),
        heard: None,
    })
}

/// The next number of a product, which is never given again.
pub(super) fn take_number(transaction: &Transaction<'_>, product: u32) -> Result<InstallationNumber> {
    let sql = "UPDATE product SET next = next + 1 WHERE id = ?1 RETURNING next - 1";
    query::value(transaction, sql, [product])
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
    let sql = "SELECT number, first_day, last_day, sequence, sequences, received, spent, dropped_day, dropped, heard \
               FROM installation WHERE product = ?1 AND id = ?2";
    query::find(connection, sql, params![product, id.bytes()], |row| {
        Ok(StoredInstallation {
            number: row.get(0)?,
            first: row.get(1)?,
            last: row.get(2)?,
            sequence: SequenceWindow { highest: row.get(3)?, bits: row.get(4)? },
            received: row.get(5)?,
            spent: row.get(6)?,
            drops: CountedDrops { day: row.get(7)?, number: row.get::<_, u32>(8)?.into() },
            heard: row.get(9)?,
        })
    })
}
