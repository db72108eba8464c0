//! Parts that a replica waits for and no server has.
//!
//! Where the disk of a server is lost with a part that no other had fetched yet, the others wait for that part for ever: the engine
//! says so, and gives it up by itself in later versions alone. What was in it was sent again. Such a part makes no replica worse than another.

use std::collections::HashMap;

use aboveboard_store::StoreError;

use super::rows::Rows;
use crate::problem::Problem;

/// A server to ask, and its database.
#[derive(Clone, Copy)]
pub(super) struct Asked<'s> {
    pub(super) ask: &'s dyn Fn(&str) -> Result<Rows, Problem>,
    pub(super) database: &'s str,
}

/// A part that a replica waits for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Part {
    /// The path of its table in ZooKeeper: the table of the same name on another shard is another one.
    path: String,
    name: String,
}

/// A part that is waited for, for so many seconds, and whether no replica that was up when it was last asked for had it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Awaited {
    pub(super) part: Part,
    pub(super) seconds: u64,
    pub(super) is_missed: bool,
}

/// The parts that a server waits for.
pub(super) fn awaited(server: Asked<'_>) -> Result<Vec<Awaited>, Problem> {
    let paths = paths(server)?;
    // Error 234: no active replica has it.
    let sql = format!(
        "SELECT table, new_part_name, toUInt64(now() - create_time), toUInt8(position(last_exception, 'Code: 234') > 0) \
         FROM system.replication_queue WHERE database = '{}' AND type = 'GET_PART'",
        server.database
    );
    let mut rows = (server.ask)(&sql)?;
    let mut read = || -> Result<_, StoreError> {
        let mut awaited = Vec::new();
        while !rows.is_at_end() {
            let path = paths.get(rows.text()?).cloned().unwrap_or_default();
            let name = rows.text()?.to_owned();
            awaited.push(Awaited {
                part: Part { path, name },
                seconds: rows.u64()?,
                is_missed: rows.u8()? != 0,
            });
        }
        Ok(awaited)
    };
    read().map_err(|_| Problem::Answer("it does not say what it waits for"))
}

/// Those of some parts that a server has, alone or as part of a greater one.
pub(super) fn held<'p>(server: Asked<'_>, parts: &[&'p Part]) -> Result<Vec<&'p Part>, Problem> {
    let paths = paths(server)?;
    let sql =
        format!("SELECT table, name FROM system.parts WHERE database = '{}' AND active", server.database);
    let rows = (server.ask)(&sql)?;
    let there = pairs(rows)?;
    let is_held = |part: &Part| {
        there.iter().any(|(table, name)| paths.get(table) == Some(&part.path) && covers(name, &part.name))
    };
    Ok(parts.iter().copied().filter(|part| is_held(part)).collect())
}

/// The path in ZooKeeper of each replicated table.
fn paths(server: Asked<'_>) -> Result<HashMap<String, String>, Problem> {
    let sql =
        format!("SELECT table, zookeeper_path FROM system.replicas WHERE database = '{}'", server.database);
    Ok(pairs((server.ask)(&sql)?)?.into_iter().collect())
}

fn pairs(mut rows: Rows) -> Result<Vec<(String, String)>, Problem> {
    let mut read = || -> Result<_, StoreError> {
        let mut pairs = Vec::new();
        while !rows.is_at_end() {
            let first = rows.text()?.to_owned();
            pairs.push((first, rows.text()?.to_owned()));
        }
        Ok(pairs)
    };
    read().map_err(|_| Problem::Answer("it does not say what parts there are"))
}

/// Whether a part has all that another has.
fn covers(great: &str, small: &str) -> bool {
    let (Some(great), Some(small)) = (range(great), range(small)) else { return great == small };
    great.0 == small.0 && great.1 <= small.1 && great.2 >= small.2
}

/// The partition of a part, and its first and last block: `PARTITION_FIRST_LAST_LEVEL`, and a version of a mutation behind it.
fn range(name: &str) -> Option<(&str, u64, u64)> {
    let mut words = name.split('_');
    let partition = words.next()?;
    Some((partition, words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_held_where_a_greater_one_of_its_partition_is() {
        assert!(covers("20331127_3_9_2", "20331127_4_4_0"));
        assert!(covers("20331127_4_4_0_12", "20331127_4_4_0"));
        for other in ["20331127_5_9_2", "20331128_3_9_2", "20331127_3_3_0", "odd"] {
            assert!(!covers(other, "20331127_4_4_0"), "{other}");
        }
    }
}
