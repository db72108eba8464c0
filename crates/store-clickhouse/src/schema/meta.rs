//! What each server says of the cluster that it belongs to.

use std::collections::BTreeMap;

use crate::client::{Patience, RowWriter, Server};
use crate::problem::Problem;

/// The schema of the tables that this program makes.
const SCHEMA: u32 = 1;

/// A table of each server alone, of names and values.
const META: &str = "meta";

/// What a server says, or must say.
#[derive(Clone, Debug)]
pub(super) struct Meta {
    /// The fingerprint of the cluster's key.
    pub(super) key: [u8; 8],
    /// How many shards the cluster has.
    pub(super) shards: u32,
}

impl Meta {
    fn of(&self, server: &Server) -> [(&'static str, String); 4] {
        let key = self.key.iter().map(|byte| format!("{byte:02x}")).collect();
        [
            ("schema", SCHEMA.to_string()),
            ("key", key),
            ("shards", self.shards.to_string()),
            ("shard", (server.shard() + 1).to_string()),
        ]
    }

    /// Makes the table.
    pub(super) fn write(&self, server: &Server) -> Result<(), Problem> {
        let sql = format!(
            "CREATE TABLE IF NOT EXISTS {META} (name String, value String) ENGINE = MergeTree() ORDER BY name \
             SETTINGS index_granularity = 8192"
        );
        server.execute(&sql, Patience::Work)?;
        let mut rows = RowWriter::default();
        for (name, value) in self.of(server) {
            rows.text(name).text(&value);
        }
        server.insert(&format!("{META} (name, value)"), &rows.into_bytes())
    }

    /// Compares what is there. Several collectors may have written at once.
    pub(super) fn check(&self, server: &Server) -> Result<(), Problem> {
        let sql = format!("SELECT DISTINCT name, value FROM {META} ORDER BY name, value");
        let mut rows = server.ask(&sql, Patience::Read)?;
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut read = || {
            while !rows.is_at_end() {
                let name = rows.text()?.to_owned();
                found.entry(name).or_default().push(rows.text()?.to_owned());
            }
            Ok(())
        };
        read().map_err(|_: aboveboard_store::StoreError| Problem::Answer("it does not say whose it is"))?;
        for (name, expected) in self.of(server) {
            let values = found.remove(name).unwrap_or_default();
            if values != [expected.as_str()] {
                return Err(Problem::Setup(wrong(name, &expected, &values.join(" and "), server.database())));
            }
        }
        Ok(())
    }
}

/// What is wrong with what a server says, and what to do.
fn wrong(name: &str, expected: &str, found: &str, database: &str) -> String {
    match name {
        "schema" => format!(
            "its database {database} has schema {found:?}, and this program makes schema {expected}; use the program that made it, or \
             name another database"
        ),
        "key" => format!(
            "its database {database} belongs to a cluster with another key (fingerprint {found}, and this collector's key has \
             {expected}); give every collector of a cluster the same key, or name another database"
        ),
        "shards" => format!(
            "its database {database} belongs to a cluster of {found} shards, and {expected} are configured; their number is fixed when \
             a cluster is first used"
        ),
        _ => format!(
            "it belongs to shard {found}, and is configured as a server of shard {expected}; name the shards in the same order at every \
             collector, as when the cluster was first used"
        ),
    }
}
