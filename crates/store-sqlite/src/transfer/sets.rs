//! The sets of a day: who was active, used something, had a success, and was first seen or received.

use std::sync::Arc;

use aboveboard_replay::{MemberKey, SetAxis};
use aboveboard_store::axis::Axis;
use aboveboard_store::calendar::Day;
use rusqlite::{Connection, Result};

use super::day::Parts;
use super::others::{OtherKey, Others};
use super::words::Words;
use crate::chunk::SetChunk;
use crate::delta::Use;
use crate::query;
use crate::row::NameNumber;

/// The axes of sets of installations that used something.
const USED: [(Axis, SetAxis); 5] = [
    (Axis::Command, SetAxis::Command),
    (Axis::Action, SetAxis::Action),
    (Axis::Report, SetAxis::Report),
    (Axis::Declared, SetAxis::Declared),
    (Axis::Success, SetAxis::Success),
];

/// One stored set: what puts installations in, its context, and a chunk of its members.
struct StoredSet {
    axis: SetAxis,
    what: Option<Use>,
    name: NameNumber,
    detail: i64,
    context: u32,
    chunk: u32,
    members: SetChunk,
}

/// Adds the sets of a day, each member to the part that it is in.
pub(super) fn read(
    connection: &Connection,
    words: &mut Words,
    others: &Others,
    day: Day,
    parts: &mut Parts,
) -> Result<()> {
    for at in 0..words.products().len() {
        let number = words.products()[at].number;
        let mut sets = Vec::new();
        let active = "SELECT context, chunk, members FROM active WHERE product = ?1 AND day = ?2";
        query::each(connection, active, (number, day), |row| {
            sets.push(StoredSet {
                axis: SetAxis::Active,
                what: None,
                name: 0,
                detail: 0,
                context: row.get(0)?,
                chunk: row.get(1)?,
                members: SetChunk::from_bytes(row.get_ref(2)?.as_blob()?),
            });
            Ok(())
        })?;
        for (axis, set) in USED {
            let used = "SELECT name, detail, context, chunk, members FROM used WHERE product = ?1 AND axis = ?2 AND day = ?3";
            query::each(connection, used, (number, axis as u8, day), |row| {
                let name = row.get(0)?;
                let detail = row.get(1)?;
                sets.push(StoredSet {
                    axis: set,
                    what: Some(Use { axis, name, detail }),
                    name,
                    detail,
                    context: row.get(2)?,
                    chunk: row.get(3)?,
                    members: SetChunk::from_bytes(row.get_ref(4)?.as_blob()?),
                });
                Ok(())
            })?;
        }
        for set in &sets {
            add(words, others, day, at, set, parts);
        }
        for (table, axis) in [("cohort", SetAxis::FirstSeen), ("arrived", SetAxis::FirstReceived)] {
            let sql = format!("SELECT chunk, members FROM {table} WHERE product = ?1 AND day = ?2");
            query::each(connection, &sql, (number, day), |row| {
                let product = &words.products()[at];
                let members = SetChunk::from_bytes(row.get_ref(1)?.as_blob()?);
                for member in members.numbers(row.get(0)?) {
                    let Some(installation) = product.installation(member) else { continue };
                    let key = MemberKey { axis, period: day, name: "".into(), detail: 0, context: None };
                    parts.member(&product.name, key, installation);
                }
                Ok(())
            })?;
        }
    }
    Ok(())
}

fn add(words: &mut Words, others: &Others, day: Day, at: usize, set: &StoredSet, parts: &mut Parts) {
    let product = words.products()[at].number;
    let name = Arc::clone(&words.products()[at].name);
    let used = words.name(set.name);
    for member in set.members.numbers(set.chunk) {
        let Some(installation) = words.products()[at].installation(member) else { continue };
        let contexts = if set.axis == SetAxis::Success {
            vec![None]
        } else {
            let key = OtherKey { product, installation: member, context: set.context, what: set.what };
            others.contexts(words, day..=day, key).into_iter().map(Some).collect()
        };
        for context in contexts {
            let StoredSet { axis, detail, .. } = *set;
            let key = MemberKey { axis, period: day, name: Arc::clone(&used), detail, context };
            parts.member(&name, key, installation);
        }
    }
}
