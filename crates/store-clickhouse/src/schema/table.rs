//! How a table is described.

use crate::client::LOST;

/// On which servers a table holds the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// On the replicas of one shard.
    Shard,
    /// On all servers.
    Cluster,
}

/// The granularity of tables of which ranges are read.
pub(crate) const RANGES: u32 = 8192;

/// That of tables in which single keys are looked up.
pub(crate) const LOOKUPS: u32 = 512;

/// A table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its columns and their types, as the server spells them.
    pub(crate) columns: &'static [(&'static str, &'static str)],
    /// What its rows are parted by, so that a part can be dropped.
    pub(crate) partition: &'static str,
    /// What its rows are sorted by.
    pub(crate) order: &'static str,
    /// Where it is.
    pub(crate) place: Place,
    /// How many rows the engine reads at least, where it looks for one.
    pub(crate) granularity: u32,
}

impl Table {
    /// The table and its columns, as inserts name them.
    pub(crate) fn target(&self) -> String {
        let columns: Vec<_> = self.columns.iter().map(|(name, _)| *name).collect();
        format!("{} ({})", self.name, columns.join(", "))
    }

    /// Its path in ZooKeeper.
    pub(super) fn path(&self, database: &str, shard: u32) -> String {
        match self.place {
            Place::Shard => format!("/clickhouse/aboveboard/{database}/{shard}/{}", self.name),
            Place::Cluster => format!("/clickhouse/aboveboard/{database}/{}", self.name),
        }
    }

    /// The statement that makes it. `replica` is its name in ZooKeeper; none where nothing is replicated.
    pub(super) fn create(&self, database: &str, shard: u32, replica: Option<&str>) -> String {
        format!("CREATE TABLE IF NOT EXISTS {} {}", self.name, self.definition(database, shard, replica))
    }

    /// What it is called as long as a replica of it is taken out of ZooKeeper whose disk is lost.
    pub(super) fn lost_name(&self) -> String {
        format!("{LOST}{}", self.name)
    }

    /// The statement that takes such a replica for one of this server.
    pub(super) fn attach_lost(&self, database: &str, shard: u32, replica: &str) -> String {
        format!("ATTACH TABLE {} {}", self.lost_name(), self.definition(database, shard, Some(replica)))
    }

    fn definition(&self, database: &str, shard: u32, replica: Option<&str>) -> String {
        let columns: Vec<_> =
            self.columns.iter().map(|(name, of_type)| format!("{name} {of_type}")).collect();
        let engine = match replica {
            Some(replica) => {
                format!("ReplicatedMergeTree('{}', '{replica}')", self.path(database, shard))
            }
            None => "MergeTree()".to_owned(),
        };
        format!(
            "({}) ENGINE = {engine} PARTITION BY {} ORDER BY {} SETTINGS index_granularity = {}",
            columns.join(", "),
            self.partition,
            self.order,
            self.granularity
        )
    }
}
