//! What is tallied beside sums: notes of quality and batches, by day of receipt, and since when there is data of a version.

use std::collections::HashSet;
use std::sync::Arc;

use aboveboard_replay::{SentContext, TallyKey, TallyKind};
use aboveboard_store::calendar::Day;
use aboveboard_store::read::QualityNote;
use rusqlite::{Connection, Result};

use super::day::Parts;
use super::rows::is_named;
use super::words::Words;
use crate::receipts::{first_hour, last_hour};
use crate::{dictionary, query};

/// Adds what was noted and received on a day.
pub(super) fn read_received(
    connection: &Connection,
    words: &Words,
    day: Day,
    parts: &mut Parts,
) -> Result<()> {
    for product in words.products() {
        let sql = "SELECT what, context, n FROM quality WHERE product = ?1 AND day = ?2";
        query::each(connection, sql, (product.number, day), |row| {
            let note = QualityNote::from_spelling(row.get_ref(0)?.as_str()?);
            if let (Some(note), Some(context)) = (note, words.context(row.get(1)?)) {
                let kind = TallyKind::Note(note, Arc::clone(context));
                parts.tally(&product.name, TallyKey { kind, period: day }, row.get(2)?);
            }
            Ok(())
        })?;
        let sql = "SELECT hour, component, synthetic, n FROM batch_count \
                   WHERE product = ?1 AND hour BETWEEN ?2 AND ?3";
        query::each(connection, sql, (product.number, first_hour(day), last_hour(day)), |row| {
            let component = dictionary::component(row.get_ref(1)?.as_str()?);
            let kind = TallyKind::Batches(component, row.get(2)?);
            parts.tally(&product.name, TallyKey { kind, period: row.get(0)? }, row.get(3)?);
            Ok(())
        })?;
    }
    Ok(())
}

/// Adds that there is data of a day of the versions of its contexts: those of its rows, and those whose rows or sets went before.
pub(super) fn add_since(
    connection: &Connection,
    words: &Words,
    day: Day,
    mut contexts: HashSet<(Arc<str>, Arc<SentContext>)>,
    parts: &mut Parts,
) -> Result<()> {
    for product in words.products() {
        let sql = "SELECT DISTINCT context FROM active WHERE product = ?1 AND day = ?2 \
                   UNION SELECT context FROM closed WHERE product = ?1 AND day = ?2";
        query::each(connection, sql, (product.number, day), |row| {
            let known = words.context(row.get(0)?).filter(|context| is_named(context));
            contexts.extend(known.map(|context| (Arc::clone(&product.name), Arc::clone(context))));
            Ok(())
        })?;
    }
    for (product, context) in contexts {
        parts.tally(&product, TallyKey { kind: TallyKind::Since(context), period: 0 }, day.into());
    }
    Ok(())
}
