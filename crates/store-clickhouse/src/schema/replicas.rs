//! The replicas of a table in ZooKeeper: one that is made, and those whose disks are lost.
//!
//! A new replica copies the list of parts of another one, whichever ZooKeeper names first. That of a lost disk has parts that are nowhere:
//! the new one would wait for them for ever, in place of those that the others have. So what is lost is taken out of ZooKeeper first. Every
//! replica has a name of its own, that none had before: a name that is lost stays lost, whoever else is at it.

use aboveboard_files::random;

use super::table::Table;
use crate::client::{Patience, Server};
use crate::problem::Problem;

/// Stands between the name of a server and what tells its replicas apart.
const SEPARATOR: char = '#';

/// ClickHouse's error of ZooKeeper, which has no such path.
const ZOOKEEPER: u32 = 999;

/// Since this version servers have a statement that takes a replica out of ZooKeeper.
const FIRST_WITH_DROP_REPLICA: u32 = 21;

/// Makes the replica of a table on a server that has none. It is this collector's turn.
pub(super) fn make(table: &Table, server: &Server) -> Result<(), Problem> {
    if !forget(table, server, server.name())? {
        let why = "ZooKeeper takes the tables that it has lost for active still, or another server has its address; they are made anew \
                   when that is over";
        return Err(Problem::Behind(why.to_owned()));
    }
    let bytes = random().ok_or_else(|| Problem::Behind("the system has no random bytes now".to_owned()))?;
    let name = format!("{}{SEPARATOR}{:016x}", server.name(), u64::from_le_bytes(bytes));
    server.execute(&table.create(server.database(), server.shard() + 1, Some(&name)), Patience::Work)
}

/// Takes the replicas of a table out of ZooKeeper that a server had whose disk is lost. `by` is the server that does so, and it is this
/// collector's turn on it. Says whether all are out: one that is active stays.
pub(super) fn forget(table: &Table, by: &Server, lost: &str) -> Result<bool, Problem> {
    // A collector may have ended in the middle.
    by.execute(&format!("DROP TABLE IF EXISTS {}", table.lost_name()), Patience::Work)?;
    let path = format!("{}/replicas", table.path(by.database(), by.shard() + 1));
    let mut all = true;
    for replica in children(by, &path)? {
        if replica.split(SEPARATOR).next() != Some(lost) {
            continue;
        }
        if children(by, &format!("{path}/{replica}"))?.iter().any(|name| name == "is_active") {
            all = false;
        } else {
            remove(table, by, &replica)?;
        }
    }
    Ok(all)
}

/// Takes a replica out of ZooKeeper that no server has.
fn remove(table: &Table, by: &Server, replica: &str) -> Result<(), Problem> {
    let shard = by.shard() + 1;
    if by.version() >= FIRST_WITH_DROP_REPLICA {
        let path = table.path(by.database(), shard);
        return by.execute(&format!("SYSTEM DROP REPLICA '{replica}' FROM ZKPATH '{path}'"), Patience::Work);
    }
    // A table that is dropped takes its replica along. Whose disk is empty has lost all.
    by.execute(&table.attach_lost(by.database(), shard, replica), Patience::Work)?;
    by.execute(&format!("DROP TABLE IF EXISTS {}", table.lost_name()), Patience::Work)
}

/// What is below a path in ZooKeeper; nothing where there is no such path.
fn children(server: &Server, path: &str) -> Result<Vec<String>, Problem> {
    let sql = format!("SELECT name FROM system.zookeeper WHERE path = '{path}'");
    let mut rows = match server.ask(&sql, Patience::Read) {
        Err(Problem::Refused(ZOOKEEPER, text)) if text.to_ascii_lowercase().contains("no node") => {
            return Ok(Vec::new());
        }
        rows => rows?,
    };
    let mut names = Vec::new();
    while !rows.is_at_end() {
        let name = rows.text().map_err(|_| Problem::Answer("it does not say what ZooKeeper has"))?;
        names.push(name.to_owned());
    }
    Ok(names)
}
