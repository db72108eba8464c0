//! What is noted of the data itself.

use std::collections::BTreeMap;

use aboveboard_store::calendar::Day;
use aboveboard_store::read::QualityNote;
use rusqlite::{Result, Transaction, params};

/// Where notes about a batch are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct QualityKey {
    pub(super) product: u32,
    /// Day of receipt.
    pub(super) received: Day,
    pub(super) context: u32,
}

/// What a transaction noted, each sum once.
#[derive(Debug, Default)]
pub(super) struct QualityNotes(BTreeMap<(QualityKey, QualityNote), u64>);

impl QualityNotes {
    pub(super) fn add(&mut self, key: QualityKey, note: QualityNote, number: u64) {
        if number > 0 {
            let sum = self.0.entry((key, note)).or_default();
            *sum = sum.saturating_add(number);
        }
    }

    /// Writes the notes and forgets them.
    pub(super) fn write(&mut self, transaction: &Transaction<'_>) -> Result<()> {
        let mut add = transaction.prepare_cached(
            "INSERT INTO quality VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET n = n + excluded.n",
        )?;
        for ((key, note), number) in std::mem::take(&mut self.0) {
            let number = i64::try_from(number).unwrap_or(i64::MAX);
            add.execute(params![key.product, key.received, note.spelling(), key.context, number])?;
        }
        Ok(())
    }
}
