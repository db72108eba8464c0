//! What was received on a day.

use std::sync::Arc;

use aboveboard_replay::{ClusterKey, MemberKey, SeenBatch, SetAxis};
use aboveboard_store::axis::Axis;
use aboveboard_store::calendar::Day;
use aboveboard_store::facts::BatchKey;
use aboveboard_store::limits::OPEN_DAYS;
use aboveboard_store::read::InstallationKey;
use rusqlite::{Connection, Result};

use super::day::Parts;
use super::others::{OtherKey, Others};
use super::rows::place;
use super::words::Words;
use crate::chunk::SetChunk;
use crate::delta::Use;
use crate::query;
use crate::receipts::{ReceiptAxis, first_hour, last_hour};

/// Adds the sets of what was received on a day.
pub(super) fn read_sets(
    connection: &Connection,
    (words, key): (&mut Words, &ClusterKey),
    others: &Others,
    day: Day,
    parts: &mut Parts,
) -> Result<()> {
    for at in 0..words.products().len() {
        let number = words.products()[at].number;
        let product = Arc::clone(&words.products()[at].name);
        for (stored, axis, first, last) in [
            (ReceiptAxis::Day, SetAxis::ReceivedDay, day, day),
            (ReceiptAxis::Hour, SetAxis::ReceivedHour, first_hour(day), last_hour(day)),
            (ReceiptAxis::Ending, SetAxis::ReceivedEnding, day, day),
        ] {
            let sql = "SELECT period, name, detail, context, chunk, members FROM received \
                       WHERE product = ?1 AND axis = ?2 AND period BETWEEN ?3 AND ?4";
            query::each(connection, sql, (number, stored as u8, first, last), |row| {
                let period = row.get(0)?;
                let name = row.get(1)?;
                let detail = row.get(2)?;
                let context = row.get(3)?;
                let what =
                    (axis == SetAxis::ReceivedEnding).then_some(Use { axis: Axis::Command, name, detail });
                let members = SetChunk::from_bytes(row.get_ref(5)?.as_blob()?);
                for member in members.numbers(row.get(4)?) {
                    let installation = words.products()[at].member(key, member);
                    let other = OtherKey { product: number, installation: member, context, what };
                    // Rows do not say when they were received: on one of the days behind that of their events.
                    let days = day.saturating_sub(OPEN_DAYS)..=day;
                    for context in others.contexts(words, days, other) {
                        let name = words.name(name);
                        let key = MemberKey { axis, period, name, detail, context: Some(context) };
                        parts.member(&product, key, installation);
                    }
                }
                Ok(())
            })?;
        }
    }
    Ok(())
}

/// Adds what is kept to know batches again that were received on a day.
pub(super) fn read_batches(connection: &Connection, day: Day, parts: &mut Parts) -> Result<()> {
    let mut number = 0;
    // There is no index by day: it would take more room than this takes time.
    query::each(connection, "SELECT id, hash FROM batch WHERE day = ?1", [day], |row| {
        let key: [u8; 16] = row.get(0)?;
        let seen = SeenBatch {
            key: BatchKey::from_bytes(key),
            // Of the hash 32 bits are kept.
            events_hash: row.get(1)?,
            received: day,
            order: place(day, number),
        };
        number += 1;
        // Whose it is is not known any more; where it is looked for, it is looked for on each shard.
        let spread = u64::from_be_bytes(key[8..].try_into().unwrap_or_default());
        parts.of(InstallationKey(spread)).seen.push(seen);
        Ok(())
    })
}
