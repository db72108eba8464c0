//! How a server is made ready.

use std::sync::Arc;

use aboveboard_replay::ClusterKey;

use super::meta::Meta;
use super::replicas;
use super::table::Table;
use super::tables::{JOURNAL, JOURNAL_SERVERS, TABLES};
use super::turn::Turn;
use crate::client::{Patience, Preparation, Server};
use crate::problem::Problem;

/// The oldest server with which this program was tried.
const FIRST_VERSION: (u32, u32) = (18, 16);

/// ClickHouse's error where it is configured without ZooKeeper: it says so, or has no table that shows what is there.
const NO_ZOOKEEPER: [u32; 2] = [225, 60];

/// What the tables of a cluster are.
#[derive(Debug)]
pub(crate) struct Schema {
    meta: Meta,
    /// How many servers there are.
    servers: usize,
}

impl Schema {
    pub(crate) fn new(key: &ClusterKey, shards: u32, servers: usize) -> Self {
        Self { meta: Meta { key: key.fingerprint(), shards }, servers }
    }

    /// Whether a server holds a database of a cluster.
    pub(crate) fn is_on(server: &Server) -> Result<bool, Problem> {
        check_version(server)?;
        let sql = format!(
            "SELECT count() FROM system.tables WHERE database = '{}' AND name = 'meta' FORMAT RowBinary",
            server.database()
        );
        Ok(server.ask_outside(&sql, Patience::Health)?.first() == Some(&1))
    }

    /// Makes what is missing on a server.
    fn make(&self, server: &Server, replicated: bool, is_new: bool) -> Result<(), Problem> {
        if missing(server)?.is_empty() && replicas::leftovers(server)?.is_empty() {
            return Ok(());
        }
        let _turn = Turn::take(server)?;
        replicas::drop_leftovers(server)?;
        // Another collector may have made some before this one's turn.
        let to_make = missing(server)?;
        if replicated && is_new {
            check_is_elsewhere(&to_make, server)?;
        }
        for table in to_make {
            if replicated {
                replicas::make(table, server, is_new)?;
            } else {
                server.execute(&table.create(server.database(), server.shard() + 1, None), Patience::Work)?;
            }
        }
        missing(server)?.first().map_or(Ok(()), |table| Err(not_as_made(table, server)))
    }

    /// Takes what a server had out of ZooKeeper, which is gone for good, by another one of its shard. Says whether all is out: what is
    /// active stays.
    pub(crate) fn forget(by: &Server, gone: &str) -> Result<bool, Problem> {
        let _turn = Turn::take(by)?;
        replicas::drop_leftovers(by)?;
        let mut all = true;
        for table in TABLES {
            all &= replicas::forget(table, by, gone)?;
        }
        Ok(all)
    }
}

impl Preparation for Schema {
    fn prepare(&self, server: &Server, is_known: bool) -> Result<u64, Problem> {
        check_version(server)?;
        let is_new = !Self::is_on(server)?;
        let replicated = if is_new { has_zookeeper(server)? } else { is_replicated(server)? };
        if !replicated && self.servers > 1 {
            return Err(Problem::Setup(if is_new {
                "it has no ZooKeeper in its configuration, which a cluster of several servers needs"
                    .to_owned()
            } else {
                format!(
                    "the tables of its database {} are not replicated, so it cannot be one of several servers",
                    server.database()
                )
            }));
        }
        if !replicated && is_new && is_known {
            return Err(Problem::Setup(format!(
                "its database {} is gone, and no other server has it; restore a backup of it, or begin anew with another data \
                 directory",
                server.database()
            )));
        }
        server
            .ask_outside(&format!("CREATE DATABASE IF NOT EXISTS {}", server.database()), Patience::Work)?;
        if !is_new {
            self.meta.check(server)?;
        }
        self.make(server, replicated, is_new)?;
        if is_new {
            // What it says of itself is written last: without it all of this is done again.
            self.meta.write(server)?;
            self.meta.check(server)?;
        }
        Ok(if replicated { TABLES.len() as u64 } else { 0 })
    }

    fn holders(&self, table: &str) -> Option<usize> {
        (table == JOURNAL.name).then_some(JOURNAL_SERVERS)
    }
}

/// Whether another server of its shard has the tables that a server has lost. The last copy is not begun anew: its disk may come back.
fn check_is_elsewhere(lost: &[&Table], server: &Server) -> Result<(), Problem> {
    let mut was_there = false;
    for table in lost {
        was_there |= replicas::is_known(table, server)?;
    }
    let is_there = |other: &Arc<Server>| other.shard() == server.shard() && Schema::is_on(other) == Ok(true);
    if !was_there || server.others().iter().any(is_there) {
        return Ok(());
    }
    Err(Problem::Behind(
        "its tables are gone, and no other server of its shard that answers has them; start one that has, or bring back the disk"
            .to_owned(),
    ))
}

fn check_version(server: &Server) -> Result<(), Problem> {
    let answer = server.ask_outside("SELECT version()", Patience::Health)?;
    let text = String::from_utf8_lossy(&answer);
    let text = text.trim();
    let mut numbers = text.split('.').map_while(|number| number.parse::<u32>().ok());
    let version = numbers.next().zip(numbers.next());
    match version {
        Some(version) if version >= FIRST_VERSION => {
            server.set_version(version.0);
            Ok(())
        }
        Some(_) => Err(Problem::Setup(format!("it is ClickHouse {text}, and 18.16 or newer is needed; use a newer server"))),
        None => Err(Problem::Setup(
            "what answers there does not say that it is ClickHouse; check the address, which must be that of its HTTP interface".to_owned(),
        )),
    }
}

/// Whether a server has a ZooKeeper, or what stands in for it.
fn has_zookeeper(server: &Server) -> Result<bool, Problem> {
    match server.ask_outside("SELECT count() FROM system.zookeeper WHERE path = '/'", Patience::Read) {
        Ok(_) => Ok(true),
        Err(Problem::Refused(code, text))
            if NO_ZOOKEEPER.contains(&code) || text.contains("no ZooKeeper") =>
        {
            Ok(false)
        }
        Err(problem) => Err(problem),
    }
}

/// Whether the tables that a server has are replicated.
fn is_replicated(server: &Server) -> Result<bool, Problem> {
    let sql = format!(
        "SELECT engine FROM system.tables WHERE database = '{}' AND name = '{}' FORMAT TabSeparated",
        server.database(),
        TABLES[0].name
    );
    Ok(server.ask_outside(&sql, Patience::Health)?.starts_with(b"Replicated"))
}

/// The tables that a server does not have. Those that it has must be as this program makes them.
fn missing(server: &Server) -> Result<Vec<&'static Table>, Problem> {
    let mut missing = Vec::new();
    for table in TABLES {
        let found = columns(table, server)?;
        let expected = table.columns.iter().map(|(name, of_type)| (*name, *of_type));
        if found.is_empty() {
            missing.push(table);
        } else if !found.iter().map(|(name, of_type)| (name.as_str(), of_type.as_str())).eq(expected) {
            return Err(not_as_made(table, server));
        }
    }
    Ok(missing)
}

/// Names and types of the columns that a table has on a server; none where it is missing.
fn columns(table: &Table, server: &Server) -> Result<Vec<(String, String)>, Problem> {
    let sql = format!(
        "SELECT name, type FROM system.columns WHERE database = '{}' AND table = '{}'",
        server.database(),
        table.name
    );
    let mut rows = server.ask(&sql, Patience::Read)?;
    let mut found = Vec::new();
    let mut read = || {
        while !rows.is_at_end() {
            found.push((rows.text()?.to_owned(), rows.text()?.to_owned()));
        }
        Ok(())
    };
    read().map_err(|_: aboveboard_store::StoreError| {
        Problem::Answer("it does not say what columns there are")
    })?;
    Ok(found)
}

fn not_as_made(table: &Table, server: &Server) -> Problem {
    Problem::Setup(format!(
        "the table {}.{} is not as this program makes it; name a database of the collectors' own",
        server.database(),
        table.name
    ))
}
