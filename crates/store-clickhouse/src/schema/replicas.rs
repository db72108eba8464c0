//! The replicas of a table in ZooKeeper: one that is made, and those whose disks are lost.
//!
//! A new replica copies the list of parts of another one, whichever ZooKeeper names first. That of a lost disk has parts that are nowhere:
//! the new one would wait for them for ever, in place of those that the others have. So what is lost is taken out of ZooKeeper first. Every
//! replica has a name of its own, that none had before: a name that is lost stays lost, whoever else is at it.

use aboveboard_files::random;

use super::table::Table;
use crate::client::{LOST, Patience, Server};
use crate::problem::Problem;

/// Stands between the name of a server and what tells its replicas apart.
const SEPARATOR: char = '#';

/// ClickHouse's error of ZooKeeper, which has no such path.
const ZOOKEEPER: u32 = 999;

/// Since 20.5 servers have a statement that takes a replica out of ZooKeeper; soon after, their databases no longer attach a table like this.
const FIRST_WITH_DROP_REPLICA: u32 = 20;

/// So long ZooKeeper may know a replica that is just being made, and not that it is active.
const MAX_SECONDS_TO_BE_MADE: u32 = 10;

/// What ZooKeeper knows of a replica.
#[derive(Debug)]
struct Replica {
    name: String,
    is_young: bool,
}

impl Replica {
    fn is_of(&self, server: &str) -> bool {
        self.name.split(SEPARATOR).next() == Some(server)
    }

    /// Whether a server has it, as far as can be told.
    fn is_there(&self, table: &Table, by: &Server) -> Result<bool, Problem> {
        let path = format!("{}/{}", replicas_path(table, by), self.name);
        Ok(self.is_young || children(by, &path)?.iter().any(|child| child.name == "is_active"))
    }
}

/// Makes the replica of a table on a server that has none. `has_lost_all` where it has nothing of the cluster at all: what ZooKeeper knows of
/// it then was on a disk that is lost. It is this collector's turn.
pub(super) fn make(table: &Table, server: &Server, has_lost_all: bool) -> Result<(), Problem> {
    if has_lost_all && !forget(table, server, server.name())? {
        let why = "ZooKeeper takes the tables that it has lost for active still, or another server has its address; they are made anew when \
                   that is over";
        return Err(Problem::Behind(why.to_owned()));
    }
    let bytes = random().ok_or_else(|| Problem::Behind("the system has no random bytes now".to_owned()))?;
    let name = format!("{}{SEPARATOR}{:016x}", server.name(), u64::from_le_bytes(bytes));
    server.execute(&table.create(server.database(), server.shard() + 1, Some(&name)), Patience::Work)
}

/// Whether ZooKeeper knows a replica of a table that this server has or had.
pub(super) fn is_known(table: &Table, server: &Server) -> Result<bool, Problem> {
    Ok(children(server, &replicas_path(table, server))?.iter().any(|replica| replica.is_of(server.name())))
}

/// Takes the replicas of a table out of ZooKeeper that a server had whose disk is lost. `by` is the server that does so, and it is this
/// collector's turn on it. Says whether all are out: one that is active stays.
pub(super) fn forget(table: &Table, by: &Server, lost: &str) -> Result<bool, Problem> {
    let mut all = true;
    for replica in children(by, &replicas_path(table, by))? {
        if !replica.is_of(lost) {
            continue;
        }
        if replica.is_there(table, by)? {
            all = false;
        } else {
            remove(table, by, &replica.name)?;
        }
    }
    Ok(all)
}

/// Drops what a collector left that ended while it took a replica out of ZooKeeper, and the replica with it. It is this collector's turn.
pub(super) fn drop_leftovers(server: &Server) -> Result<(), Problem> {
    for name in leftovers(server)? {
        server.execute(&format!("DROP TABLE IF EXISTS {name}"), Patience::Work)?;
    }
    Ok(())
}

/// The tables that a collector left, or has now.
pub(super) fn leftovers(server: &Server) -> Result<Vec<String>, Problem> {
    let sql = format!(
        "SELECT name FROM system.tables WHERE database = '{}' AND startsWith(name, '{LOST}')",
        server.database()
    );
    let mut rows = server.ask(&sql, Patience::Read)?;
    let mut names = Vec::new();
    while !rows.is_at_end() {
        names.push(
            rows.text().map_err(|_| Problem::Answer("it does not say what tables there are"))?.to_owned(),
        );
    }
    Ok(names)
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

/// Where ZooKeeper keeps the replicas of a table.
fn replicas_path(table: &Table, by: &Server) -> String {
    format!("{}/replicas", table.path(by.database(), by.shard() + 1))
}

/// What is below a path in ZooKeeper; nothing where there is no such path.
fn children(server: &Server, path: &str) -> Result<Vec<Replica>, Problem> {
    let sql = format!(
        "SELECT name, toUInt8(now() < ctime + {MAX_SECONDS_TO_BE_MADE}) FROM system.zookeeper WHERE path = '{path}'"
    );
    let mut rows = match server.ask(&sql, Patience::Read) {
        Err(Problem::Refused(ZOOKEEPER, text)) if text.to_ascii_lowercase().contains("no node") => {
            return Ok(Vec::new());
        }
        rows => rows?,
    };
    let mut read = || -> Result<_, aboveboard_store::StoreError> {
        let mut children = Vec::new();
        while !rows.is_at_end() {
            let name = rows.text()?.to_owned();
            children.push(Replica { name, is_young: rows.u8()? != 0 });
        }
        Ok(children)
    };
    read().map_err(|_| Problem::Answer("it does not say what ZooKeeper has"))
}
