//! A look at the health of a database, without changing it.

use std::path::Path;

use aboveboard_store::StoreError;
use aboveboard_store::calendar::Day;
use rusqlite::{Connection, Result};

use crate::error::classify;
use crate::open::{self, WHOLE_CHECK};
use crate::query;

/// What a database is and holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Bytes of the main file.
    pub bytes: u64,
    /// Its schema.
    pub schema: u32,
    /// Position in the ingest log up to which it is applied.
    pub position: u64,
    /// Its products, by name.
    pub products: Vec<ProductHealth>,
}

/// What a database holds of one product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductHealth {
    /// Its id.
    pub product: String,
    /// Events counted.
    pub events: u64,
    /// Installations known.
    pub installations: u64,
    /// Rows, each of one batch and day.
    pub rows: u64,
    /// First and last day with rows.
    pub days: Option<(Day, Day)>,
}

/// Reads every page and every index. Takes as long as reading the file; the collector may run meanwhile.
///
/// # Errors
/// The first thing that is wrong: missing, foreign, of a newer schema, damaged.
pub fn examine(path: &Path) -> Result<Health, StoreError> {
    let connection = open::reader(path)?;
    let schema = open::look(path, &connection)?;
    open::sound(path, &connection, WHOLE_CHECK)?;
    holds(path, &connection, schema).map_err(|error| classify(path, error))
}

fn holds(path: &Path, connection: &Connection, schema: u32) -> Result<Health> {
    let position = crate::store::position(connection)?.0;
    let sql = "SELECT id, name FROM product ORDER BY name";
    let products: Vec<(u32, String)> = query::list(connection, sql, [], |row| row.try_into())?;
    let number = |sql: &str, product: u32| -> Result<u64> {
        let n: i64 = query::value(connection, sql, [product])?;
        Ok(u64::try_from(n).unwrap_or(0))
    };
    let mut all = Vec::new();
    for (id, product) in products {
        let days: (Option<Day>, Option<Day>) = connection.query_row(
            "SELECT min(day), max(day) FROM (SELECT day FROM row WHERE product = ?1 \
             UNION ALL SELECT day FROM block WHERE product = ?1)",
            [id],
            |row| row.try_into(),
        )?;
        all.push(ProductHealth {
            product,
            events: number("SELECT coalesce(sum(n), 0) FROM cube WHERE product = ?1 AND axis <= 5", id)?,
            installations: number("SELECT count(*) FROM installation WHERE product = ?1", id)?,
            rows: number("SELECT count(*) FROM row WHERE product = ?1", id)?
                + number("SELECT coalesce(sum(rows), 0) FROM block WHERE product = ?1", id)?,
            days: days.0.zip(days.1),
        });
    }
    let bytes = open::bytes(path);
    Ok(Health { bytes, schema, position, products: all })
}
