//! What is noted of the data itself, and how it is spelled in the table.

use std::borrow::Cow;
use std::collections::BTreeMap;

use aboveboard_store::calendar::Day;
use aboveboard_store::read::QualityNote;
use aboveboard_types::outcome::DropReason;
use rusqlite::{Result, Transaction, params};

/// The notes that are not about drops, with their spelling in the column `what`.
const SPELLINGS: [(QualityNote, &str); 10] = [
    (QualityNote::Batch, "batch"),
    (QualityNote::Duplicate, "duplicate"),
    (QualityNote::Conflict, "conflict"),
    (QualityNote::Unplaced, "unplaced"),
    (QualityNote::Refused, "refused"),
    (QualityNote::OverCap, "over-cap"),
    (QualityNote::Erased, "erased"),
    (QualityNote::Cloned, "cloned"),
    (QualityNote::OtherVersion, "other-version"),
    (QualityNote::Overgrown, "overgrown"),
];

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
            add.execute(params![key.product, key.received, spelling(note), key.context, number])?;
        }
        Ok(())
    }
}

fn spelling(note: QualityNote) -> Cow<'static, str> {
    if let QualityNote::Dropped(reason) = note {
        return Cow::Owned(format!("drop:{}", reason.name()));
    }
    let known = SPELLINGS.iter().find(|(known, _)| *known == note);
    Cow::Borrowed(known.map_or("", |(_, spelling)| *spelling))
}

/// The note that a spelling stands for; none where it is of a later version.
pub(super) fn parse(spelling: &str) -> Option<QualityNote> {
    match spelling.strip_prefix("drop:") {
        Some(reason) => DropReason::parse(reason).map(QualityNote::Dropped),
        None => SPELLINGS.iter().find(|(_, known)| *known == spelling).map(|(note, _)| *note),
    }
}
