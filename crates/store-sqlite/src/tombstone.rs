//! What is left of an erased installation: a keyed hash, for as long as a retry of it can come.

use aboveboard_store::calendar::Day;
use aboveboard_types::id::Id;
use rusqlite::{Connection, Result, Transaction, params};

use crate::query::{execute, value};

/// Keeps a tombstone until it is as old as the later of its days.
const KEEP: &str = "INSERT INTO tombstone VALUES (?1, ?2) ON CONFLICT DO UPDATE SET day = max(day, ?2)";

/// The tombstones, with the key that is in the database alone.
#[derive(Debug)]
pub(super) struct Tombstones {
    key: Vec<u8>,
    /// Most stores have none: then no batch pays for the hash.
    any: bool,
}

impl Tombstones {
    pub(super) fn load(connection: &Connection) -> Result<Self> {
        let key = value(connection, "SELECT value FROM meta WHERE key = 'tombstone key'", [])?;
        let any = value(connection, "SELECT EXISTS (SELECT 1 FROM tombstone)", [])?;
        Ok(Self { key, any })
    }

    pub(super) fn add(
        &mut self,
        transaction: &Transaction<'_>,
        product: &str,
        installation: Id,
        day: Day,
    ) -> Result<()> {
        execute(transaction, KEEP, params![self.hash(product, installation), day])?;
        self.any = true;
        Ok(())
    }

    pub(super) fn has(&self, transaction: &Transaction<'_>, product: &str, installation: Id) -> Result<bool> {
        if !self.any {
            return Ok(false);
        }
        let sql = "SELECT EXISTS (SELECT 1 FROM tombstone WHERE hash = ?1)";
        value(transaction, sql, [self.hash(product, installation)])
    }

    /// Takes over tombstones that were made with this key. A database made apart has another key: there they would mean
    /// nothing, and no retry of a batch of an erased installation comes to it.
    pub(super) fn adopt(&self, transaction: &Transaction<'_>, known: &[(Vec<u8>, Day)]) -> Result<()> {
        if Self::load(transaction)?.key != self.key {
            return Ok(());
        }
        known.iter().try_for_each(|(hash, day)| execute(transaction, KEEP, params![hash, day]).map(drop))
    }

    pub(super) fn hash(&self, product: &str, installation: Id) -> [u8; 32] {
        let mut mac = hmac_sha256::HMAC::new(&self.key);
        mac.update(product.as_bytes());
        mac.update([0]);
        mac.update(installation.bytes());
        mac.finalize()
    }
}
