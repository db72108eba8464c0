//! What is left of an erased installation: a keyed hash, for as long as a retry of it can come.

use aboveboard_store::calendar::Day;
use aboveboard_types::id::Id;
use rusqlite::{Connection, Transaction, params};

/// The tombstones, with the key that is in the database alone.
#[derive(Debug)]
pub(super) struct Tombstones {
    key: Vec<u8>,
    /// Most stores have none: then no batch pays for the hash.
    any: bool,
}

impl Tombstones {
    pub(super) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let key = connection
            .query_row("SELECT value FROM meta WHERE key = 'tombstone key'", [], |row| row.get(0))?;
        let any = connection.query_row("SELECT EXISTS (SELECT 1 FROM tombstone)", [], |row| row.get(0))?;
        Ok(Self { key, any })
    }

    pub(super) fn add(
        &mut self,
        transaction: &Transaction<'_>,
        product: &str,
        installation: Id,
        day: Day,
    ) -> rusqlite::Result<()> {
        transaction
            .prepare_cached(
                "INSERT INTO tombstone VALUES (?1, ?2) ON CONFLICT DO UPDATE SET day = max(day, ?2)",
            )?
            .execute(params![self.hash(product, installation), day])?;
        self.any = true;
        Ok(())
    }

    pub(super) fn has(
        &self,
        transaction: &Transaction<'_>,
        product: &str,
        installation: Id,
    ) -> rusqlite::Result<bool> {
        if !self.any {
            return Ok(false);
        }
        transaction
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM tombstone WHERE hash = ?1)")?
            .query_row(params![self.hash(product, installation)], |row| row.get(0))
    }

    /// Takes over tombstones that were made with this key. A database made apart has another key: there they would mean
    /// nothing, and no retry of a batch of an erased installation comes to it.
    pub(super) fn adopt(
        &self,
        transaction: &Transaction<'_>,
        known: &[(Vec<u8>, Day)],
    ) -> rusqlite::Result<()> {
        if Self::load(transaction)?.key != self.key {
            return Ok(());
        }
        let mut put = transaction
            .prepare("INSERT INTO tombstone VALUES (?1, ?2) ON CONFLICT DO UPDATE SET day = max(day, ?2)")?;
        for (hash, day) in known {
            put.execute(params![hash, day])?;
        }
        Ok(())
    }

    pub(super) fn hash(&self, product: &str, installation: Id) -> [u8; 32] {
        let mut mac = hmac_sha256::HMAC::new(&self.key);
        mac.update(product.as_bytes());
        mac.update([0]);
        mac.update(installation.bytes());
        mac.finalize()
    }
}
