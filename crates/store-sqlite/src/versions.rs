//! The versions that have names, kept in memory as they stand in the table.

use std::collections::{BTreeSet, HashMap};

use aboveboard_store::calendar::Day;
use aboveboard_store::limits::{FIELD_VERSIONS, PRODUCT_VERSIONS};
use aboveboard_store::packed_version::{pack_version, unpack_version};
use aboveboard_store::versions::{
    AdmittedBy, AdmittedVersion, Decision, OTHER, ReleaseLine, VersionBook, admits,
};
use aboveboard_types::value::Version;
use rusqlite::{Connection, Result, Row, Transaction, params};

use super::sender::BatchSender;
use crate::query;
use crate::row::NameNumber;

/// The axis of the product's own versions; the other axes are the numbers of fields.
const PRODUCT: NameNumber = 0;

/// The books of all products, each read when it is first asked. They are bounded by their limits.
#[derive(Debug, Default)]
pub(super) struct Versions {
    books: HashMap<(u32, NameNumber), VersionBook>,
    lines: HashMap<u32, BTreeSet<ReleaseLine>>,
}

impl Versions {
    /// Whether the version of the product that a batch comes from has a name, perhaps from now on.
    pub(super) fn product(
        &mut self,
        transaction: &Transaction<'_>,
        sender: &BatchSender<'_>,
        version: Version,
    ) -> Result<bool> {
        let is_on_line = self.is_on_line(transaction, sender, version)?;
        self.decide(transaction, sender, PRODUCT, version, is_on_line)
    }

    /// Whether a value of a field has a name, perhaps from now on.
    pub(super) fn field(
        &mut self,
        transaction: &Transaction<'_>,
        sender: &BatchSender<'_>,
        field: NameNumber,
        version: Version,
    ) -> Result<bool> {
        self.decide(transaction, sender, field, version, false)
    }

    /// Whether a version of the product has a name already, or is on a line that has one. What others only say of a version gives it none.
    pub(super) fn is_known(
        &mut self,
        transaction: &Transaction<'_>,
        sender: &BatchSender<'_>,
        version: Version,
    ) -> Result<bool> {
        Ok(self.has(transaction, sender, version)? || self.is_on_line(transaction, sender, version)?)
    }

    /// Whether a version of the product was given a name: that it is on a line that has one gives it none before somebody counts with it.
    pub(super) fn has(
        &mut self,
        transaction: &Transaction<'_>,
        sender: &BatchSender<'_>,
        version: Version,
    ) -> Result<bool> {
        Ok(self.book(transaction, sender.product, PRODUCT)?.has(version))
    }

    fn decide(
        &mut self,
        transaction: &Transaction<'_>,
        sender: &BatchSender<'_>,
        axis: NameNumber,
        version: Version,
        is_on_line: bool,
    ) -> Result<bool> {
        let book = self.book(transaction, sender.product, axis)?;
        match book.decide(version, sender.received, sender.standing, is_on_line) {
            Decision::Known => Ok(true),
            Decision::Other => Ok(false),
            Decision::Admitted(admitted) => {
                keep(transaction, sender.product, axis, version, admitted)?;
                Ok(true)
            }
        }
    }

    fn is_on_line(
        &mut self,
        connection: &Connection,
        sender: &BatchSender<'_>,
        version: Version,
    ) -> Result<bool> {
        let lines = match self.lines.entry(sender.product) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(lines(connection, sender.product)?.into_iter().collect())
            }
        };
        Ok(version != OTHER && sender.terms.releases.iter().chain(&*lines).any(|line| admits(*line, version)))
    }

    fn book(&mut self, connection: &Connection, product: u32, axis: NameNumber) -> Result<&mut VersionBook> {
        Ok(match self.books.entry((product, axis)) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(place) => {
                let limits = if axis == PRODUCT { PRODUCT_VERSIONS } else { FIELD_VERSIONS };
                place.insert(VersionBook::new(limits, of_axis(connection, product, axis)?))
            }
        })
    }
}

/// The release lines of a product that an operator named.
pub(super) fn lines(connection: &Connection, product: u32) -> Result<Vec<ReleaseLine>> {
    let sql = "SELECT major, minor FROM line WHERE product = ?1 ORDER BY major, minor";
    query::list(connection, sql, [product], |row| Ok(ReleaseLine { major: row.get(0)?, minor: row.get(1)? }))
}

/// Every version of a product that has a name, with its axis.
pub(super) fn all(
    connection: &Connection,
    product: u32,
) -> Result<Vec<(NameNumber, Version, AdmittedVersion)>> {
    let sql = "SELECT axis, version, day, reason FROM version WHERE product = ?1 ORDER BY axis, version";
    query::list(connection, sql, [product], |row| {
        let (version, admitted) = admitted(row)?;
        Ok((row.get(0)?, version, admitted))
    })
}

/// Every version of one axis of a product that has a name.
fn of_axis(
    connection: &Connection,
    product: u32,
    axis: NameNumber,
) -> Result<Vec<(Version, AdmittedVersion)>> {
    let sql = "SELECT axis, version, day, reason FROM version WHERE product = ?1 AND axis = ?2";
    query::list(connection, sql, [product, axis], admitted)
}

/// What a row of axis, version, day and reason says.
fn admitted(row: &Row<'_>) -> Result<(Version, AdmittedVersion)> {
    let version = u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0);
    let reason = usize::from(row.get::<_, u8>(3)?);
    let by = AdmittedBy::ALL.get(reason).map_or(AdmittedBy::Operator, |(by, _)| *by);
    Ok((unpack_version(version), AdmittedVersion { day: row.get(2)?, by }))
}

/// Keeps that a version has a name.
pub(super) fn keep(
    transaction: &Transaction<'_>,
    product: u32,
    axis: NameNumber,
    version: Version,
    admitted: AdmittedVersion,
) -> Result<()> {
    let reason = (0_u8..).zip(AdmittedBy::ALL).find(|(_, (by, _))| *by == admitted.by);
    let reason = reason.map(|(number, _)| number);
    let sql = "INSERT INTO version (product, axis, version, day, reason) VALUES (?1, ?2, ?3, ?4, ?5) \
               ON CONFLICT DO UPDATE SET day = excluded.day, reason = excluded.reason";
    let params = params![product, axis, version_key(version), admitted.day, reason];
    query::execute(transaction, sql, params).map(drop)
}

/// Gives names to versions that were seen on most days, where no schema before kept which have one.
pub(super) fn name_those_seen(transaction: &Transaction<'_>) -> Result<()> {
    let sql = "INSERT INTO version (product, axis, version, day, reason) SELECT product, 0, version_key, first, ?1 FROM ( \
                   SELECT context.product, version_key, min(day) AS first, row_number() OVER ( \
                       PARTITION BY context.product ORDER BY count(DISTINCT day) DESC, version_key \
                   ) AS place FROM active JOIN context ON context.id = active.context \
                   GROUP BY context.product, version_key \
               ) WHERE place <= ?2 AND version_key <> ?3";
    let most = PRODUCT_VERSIONS.live - PRODUCT_VERSIONS.live_unverified;
    let params = params![AdmittedBy::Verified as u8, most, version_key(OTHER)];
    query::execute(transaction, sql, params).map(drop)
}

/// Keeps that there is data of a day of the version of a context, if it has a name.
pub(super) fn note_day(transaction: &Transaction<'_>, context: u32, day: Day) -> Result<()> {
    let sql = "UPDATE version SET first = ?2 FROM context WHERE context.id = ?1 AND version.product = context.product \
               AND axis = 0 AND version = version_key AND (first IS NULL OR first > ?2)";
    query::execute(transaction, sql, params![context, day]).map(drop)
}

/// The first day of each version of a product that there is or was data of.
pub(super) fn first_days(connection: &Connection, product: u32) -> Result<Vec<(Version, Day)>> {
    let sql = "SELECT version, first FROM version WHERE product = ?1 AND axis = 0 AND first IS NOT NULL";
    query::list(connection, sql, [product], |row| {
        let version = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0);
        Ok((unpack_version(version), row.get(1)?))
    })
}

/// Finds the first days of a product's versions anew in what is left of their data.
pub(super) fn find_first_days(transaction: &Transaction<'_>, product: u32) -> Result<()> {
    query::execute(
        transaction,
        "UPDATE version SET first = NULL WHERE product = ?1 AND axis = 0",
        [product],
    )?;
    let sql = "UPDATE version SET first = seen.day FROM ( \
                   SELECT version_key, min(day) AS day FROM ( \
                       SELECT context, day FROM active WHERE product = ?1 \
                       UNION ALL SELECT context, day FROM closed WHERE product = ?1 \
                   ) AS data JOIN context ON context.id = data.context GROUP BY version_key \
               ) AS seen WHERE product = ?1 AND axis = 0 AND version = version_key";
    query::execute(transaction, sql, [product]).map(drop)
}

/// The same of every product.
pub(super) fn find_all_first_days(transaction: &Transaction<'_>) -> Result<()> {
    let products: Vec<u32> = query::list(transaction, "SELECT id FROM product", [], |row| row.get(0))?;
    products.into_iter().try_for_each(|product| find_first_days(transaction, product))
}

pub(super) fn version_key(version: Version) -> i64 {
    // 56 bits: always fits.
    i64::try_from(pack_version(version)).unwrap_or(i64::MAX)
}
