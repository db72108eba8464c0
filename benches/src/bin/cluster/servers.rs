//! The servers, and what they say of themselves.

use std::collections::BTreeMap;
use std::time::Duration;

use aboveboard_benches::{Outcome, usage};
use aboveboard_testkit::clickhouse::{Cluster, Server, ServerSettings};

/// Shards, and replicas of each.
const SHAPE: (u32, u8) = (2, 2);

/// Two shards of two replicas, and their ZooKeeper.
pub(crate) struct Servers(Cluster);

/// Of each table: how many questions were asked, and how many rows were read for them, on all servers.
pub(crate) type Read = BTreeMap<String, (u64, u64)>;

impl Servers {
    pub(crate) fn start() -> Self {
        Self(Cluster::with(
            SHAPE.0,
            SHAPE.1,
            &ServerSettings { logs_questions: true, ..ServerSettings::default() },
        ))
    }

    fn each(&self) -> impl Iterator<Item = &Server> {
        self.0.servers.iter().flatten()
    }

    pub(crate) fn addresses(&self) -> Vec<Vec<String>> {
        self.0.addresses()
    }

    /// The same as one word.
    pub(crate) fn spelled(&self) -> String {
        self.addresses().iter().map(|shard| shard.join(",")).collect::<Vec<_>>().join(";")
    }

    /// CPU time of all servers of ClickHouse and of ZooKeeper.
    pub(crate) fn cpu(&self) -> Outcome<Duration> {
        let processes = self.each().map(Server::id).chain([self.0.zookeeper.id()]);
        processes.map(usage::cpu).sum()
    }

    /// CPU time of ZooKeeper.
    pub(crate) fn cpu_of_zookeeper(&self) -> Outcome<Duration> {
        usage::cpu(self.0.zookeeper.id())
    }

    /// Bytes resident of the greatest server of ClickHouse, at most so far and now, and of ZooKeeper.
    pub(crate) fn resident(&self) -> Outcome<((u64, u64), u64)> {
        let mut greatest = (0, 0);
        for server in self.each() {
            greatest = greatest.max(usage::resident(server.id())?);
        }
        Ok((greatest, usage::resident(self.0.zookeeper.id())?.1))
    }

    /// Waits until nothing is fetched, merged or deleted any more.
    pub(crate) fn rest(&self) -> Outcome<()> {
        for server in self.each() {
            let sql = "SELECT (SELECT count() FROM system.merges) + (SELECT sum(queue_size) FROM system.replicas) \
                       + (SELECT count() FROM system.mutations WHERE NOT is_done)";
            while server.try_ask(sql)?.trim() != "0" {
                std::thread::sleep(Duration::from_millis(200));
            }
        }
        Ok(())
    }

    /// Bytes on the disk of each table on all servers, with its rows.
    pub(crate) fn sizes(&self) -> Outcome<BTreeMap<String, (u64, u64)>> {
        self.sums(
            "SELECT table, sum(bytes_on_disk), sum(rows) FROM system.parts WHERE active AND database = 'aboveboard' \
             GROUP BY table",
        )
    }

    /// What was asked and read so far.
    pub(crate) fn read(&self) -> Outcome<Read> {
        for server in self.each() {
            server.try_ask("SYSTEM FLUSH LOGS")?;
        }
        self.sums(
            "SELECT extract(query, 'FROM ([a-z_]+) ') AS read, count(), sum(read_rows) FROM system.query_log \
             WHERE type = 2 AND query LIKE 'SELECT%' AND read IN (SELECT name FROM system.tables \
             WHERE database = 'aboveboard') GROUP BY read",
        )
    }

    fn sums(&self, sql: &str) -> Outcome<BTreeMap<String, (u64, u64)>> {
        let mut sums: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for server in self.each() {
            for line in server.try_ask(sql)?.lines() {
                let mut columns = line.split('\t');
                let name = columns.next().unwrap_or_default().to_owned();
                let sum = sums.entry(name).or_default();
                sum.0 += columns.next().ok_or("no first number")?.parse::<u64>()?;
                sum.1 += columns.next().ok_or("no second number")?.parse::<u64>()?;
            }
        }
        Ok(sums)
    }
}

/// What was asked and read between two moments.
pub(crate) fn between(before: &Read, after: &Read) -> Read {
    let of = |table: &String| before.get(table).copied().unwrap_or_default();
    let difference = |(table, (asked, rows)): (&String, &(u64, u64))| {
        let (asked_before, rows_before) = of(table);
        (table.clone(), (asked - asked_before, rows - rows_before))
    };
    after.iter().map(difference).filter(|(_, (asked, _))| *asked > 0).collect()
}

/// All of it.
pub(crate) fn rows(read: &Read) -> u64 {
    read.values().map(|(_, rows)| rows).sum()
}
