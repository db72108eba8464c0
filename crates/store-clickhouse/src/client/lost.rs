//! Parts that a replica waits for and no server has.
//!
//! Where the disk of a server is lost with a part that no other had fetched yet, the others wait for that part for ever: the engine
//! says so, and gives it up by itself in later versions alone. What was in it was sent again. Such a part makes no replica worse than another.

use std::collections::HashMap;
use std::time::Duration;

use aboveboard_store::StoreError;

use super::rows::Rows;
use crate::problem::Problem;

/// How tables are called that are there for a moment, while the replica of a lost disk is taken out of ZooKeeper: they say nothing of a server.
pub(crate) const LOST: &str = "lost_";

/// A server to ask, and its database.
#[derive(Clone, Copy)]
pub(super) struct Asked<'s> {
    pub(super) ask: &'s dyn Fn(&str) -> Result<Rows, Problem>,
    pub(super) database: &'s str,
}

/// A part that a replica waits for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Part {
    pub(super) table: String,
    /// The path of its table in ZooKeeper: the table of the same name on another shard is another one.
    path: String,
    name: String,
}

/// A part that is waited for, and for how many seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Awaited {
    pub(super) part: Part,
    pub(super) seconds: u64,
}

/// A part that was just inserted is told of before the server that has it shows it.
const MIN_SECONDS: u64 = 5;

/// By so many seconds clocks of servers may differ.
const MAX_CLOCK_DIFFERENCE: u64 = 5;

impl Awaited {
    /// Whether it is waited for so long that it may be lost. What the server says of its last attempt to fetch it tells nothing: it makes
    /// none where it means to merge the part into a greater one, and the last may have failed for another reason.
    pub(super) fn may_be_lost(&self) -> bool {
        self.seconds >= MIN_SECONDS
    }

    /// Whether it came within so long a time. While much is inserted, some part is always on its way.
    pub(super) fn came_within(&self, time: Duration) -> bool {
        self.seconds + MAX_CLOCK_DIFFERENCE < time.as_secs()
    }
}

/// The parts that a server waits for.
pub(super) fn awaited(server: Asked<'_>) -> Result<Vec<Awaited>, Problem> {
    let paths = paths(server)?;
    let sql = format!(
        "SELECT table, new_part_name, toUInt64(greatest(now() - create_time, 0)) FROM system.replication_queue \
         WHERE database = '{}' AND type = 'GET_PART' AND NOT startsWith(table, '{LOST}')",
        server.database
    );
    let mut rows = (server.ask)(&sql)?;
    let mut read = || -> Result<_, StoreError> {
        let mut awaited = Vec::new();
        while !rows.is_at_end() {
            let table = rows.text()?.to_owned();
            let path = paths.get(&table).cloned().unwrap_or_default();
            let name = rows.text()?.to_owned();
            awaited.push(Awaited { part: Part { table, path, name }, seconds: rows.u64()? });
        }
        Ok(awaited)
    };
    read().map_err(|_| Problem::Answer("it does not say what it waits for"))
}

/// Those of some parts that a server has, or something of: alone, as part of a greater one, or in several smaller ones.
pub(super) fn held<'p>(server: Asked<'_>, parts: &[&'p Part]) -> Result<Vec<&'p Part>, Problem> {
    let paths = paths(server)?;
    let sql =
        format!("SELECT table, name FROM system.parts WHERE database = '{}' AND active", server.database);
    let rows = (server.ask)(&sql)?;
    let there = pairs(rows)?;
    let is_held = |part: &Part| {
        there.iter().any(|(table, name)| paths.get(table) == Some(&part.path) && overlaps(name, &part.name))
    };
    Ok(parts.iter().copied().filter(|part| is_held(part)).collect())
}

/// The path in ZooKeeper of each replicated table.
fn paths(server: Asked<'_>) -> Result<HashMap<String, String>, Problem> {
    let sql = format!(
        "SELECT table, zookeeper_path FROM system.replicas WHERE database = '{}' AND NOT startsWith(table, '{LOST}')",
        server.database
    );
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

/// Whether a part has something that another has. One that was merged on a disk that is lost is waited for in place of those that it was
/// made of: what another server has of them the one that waits does not have.
fn overlaps(one: &str, other: &str) -> bool {
    let (Some(of_one), Some(of_other)) = (range(one), range(other)) else { return one == other };
    of_one.0 == of_other.0 && of_one.1 <= of_other.2 && of_one.2 >= of_other.1
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

    fn part() -> Part {
        Part { table: "t".to_owned(), path: "/t".to_owned(), name: "1_1_1_0".to_owned() }
    }

    #[test]
    fn a_part_that_was_just_inserted_is_not_looked_for_elsewhere() {
        let of = |seconds| Awaited { part: part(), seconds };
        assert!(!of(0).may_be_lost() && !of(4).may_be_lost() && of(5).may_be_lost());
    }

    #[test]
    fn what_came_since_a_server_is_back_is_told_from_what_it_has_missed() {
        let of = |seconds| Awaited { part: part(), seconds };
        let back = Duration::from_secs(10);
        assert!(of(0).came_within(back) && of(4).came_within(back));
        assert!(!of(5).came_within(back) && !of(60).came_within(back) && !of(0).came_within(Duration::ZERO));
    }

    #[test]
    fn a_part_is_held_where_a_greater_one_is_or_one_that_it_was_made_of() {
        assert!(overlaps("20331127_3_9_2", "20331127_4_4_0"));
        assert!(overlaps("20331127_4_4_0_12", "20331127_4_4_0"));
        assert!(overlaps("20331127_0_145_25", "20331127_0_174_26"));
        for other in ["20331127_5_9_2", "20331128_3_9_2", "20331127_3_3_0", "odd"] {
            assert!(!overlaps(other, "20331127_4_4_0"), "{other}");
        }
    }
}
