//! How a table is described.

/// On which servers a table holds the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// On the replicas of one shard.
    Shard,
    /// On all servers.
    Cluster,
}

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
}

impl Table {
    /// The table and its columns, as inserts name them.
    pub(crate) fn into(&self) -> String {
        let columns: Vec<_> = self.columns.iter().map(|(name, _)| *name).collect();
        format!("{} ({})", self.name, columns.join(", "))
    }

    /// The statement that makes it. `replica` is its name in ZooKeeper; none where nothing is replicated.
    pub(super) fn create(&self, database: &str, shard: u32, replica: Option<&str>) -> String {
        let columns: Vec<_> =
            self.columns.iter().map(|(name, of_type)| format!("{name} {of_type}")).collect();
        let path = match self.place {
            Place::Shard => format!("/clickhouse/aboveboard/{database}/{shard}/{}", self.name),
            Place::Cluster => format!("/clickhouse/aboveboard/{database}/{}", self.name),
        };
        let engine = match replica {
            Some(replica) => format!("ReplicatedMergeTree('{path}', '{replica}')"),
            None => "MergeTree()".to_owned(),
        };
        format!(
            "CREATE TABLE IF NOT EXISTS {} ({}) ENGINE = {engine} PARTITION BY {} ORDER BY {} \
             SETTINGS index_granularity = 8192",
            self.name,
            columns.join(", "),
            self.partition,
            self.order
        )
    }
}
