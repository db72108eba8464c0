//! Both kinds of closed days.

use std::sync::Arc;

use aboveboard_replay::memory::{MemoryBackend, MemoryCluster};
use aboveboard_replay::{
    Backend as _, CellKey, ClosedDay, ClusterKey, JournalEntry, NodeId, Order, RemovalKind,
};
use aboveboard_store::calendar::{Day, SECONDS_A_DAY};
use aboveboard_store::entry::Position;
use aboveboard_store::read::InstallationKey;
use aboveboard_testkit::clickhouse::ServerSettings;

use super::answers;
use super::host::Host;
use crate::client::{Client, Patience};
use crate::closed::Closed;
use crate::closed::tables::{CELL, MEMBER, RETIRED, ROW, SEEN, STATE, TALLY, TOTAL};
use crate::config::{ClusterConfig, ServerAddress};

/// What a collector keeps of answers in most tests.
pub(super) const MAX_BYTES: usize = 1 << 20;

/// Both kinds of closed days.
pub(super) struct Both {
    host: Option<Host>,
    pub(super) client: Client,
    pub(super) closed: Closed,
    pub(super) journal: Vec<(Order, JournalEntry)>,
    pub(super) memory: MemoryBackend,
}

impl Drop for Both {
    fn drop(&mut self) {
        if let Some(host) = self.host.take() {
            host.end();
        }
    }
}

impl Both {
    pub(super) fn new() -> Self {
        Self::with_memory(MAX_BYTES)
    }

    pub(super) fn with_memory(max_bytes: usize) -> Self {
        Self::with(max_bytes, &ServerSettings::default())
    }

    /// The server logs what it is asked; every answer is kept.
    pub(super) fn that_logs() -> Self {
        Self::with(64 * MAX_BYTES, &ServerSettings { logs_questions: true, ..ServerSettings::default() })
    }

    fn with(max_bytes: usize, settings: &ServerSettings) -> Self {
        let host = Host::start(settings);
        let config = ClusterConfig {
            shards: vec![vec![ServerAddress::parse(&host.address()).unwrap()]],
            database: "closed".to_owned(),
            user: None,
            password: None,
            key: ClusterKey::new([7; 32]),
            certificates: None,
            cache_bytes: 0,
        };
        let client = crate::store::connect(&config, false).unwrap();
        let memory = MemoryBackend::open(&MemoryCluster::new(1), NodeId(1));
        Self { host: Some(host), client, closed: Closed::new(1, max_bytes), journal: Vec::new(), memory }
    }

    pub(super) fn say(&mut self, day: Day, entry: JournalEntry) {
        let position = Position(self.journal.len() as u64);
        self.journal.push((Order { at: i64::from(day) * SECONDS_A_DAY, node: NodeId(1), position }, entry));
    }

    pub(super) fn say_removal(&mut self, product: &str, installation: InstallationKey, order: Order) {
        let removal = JournalEntry::Removal {
            product: product.to_owned(),
            installation,
            kind: RemovalKind::Erasure,
            received: order.day(),
        };
        self.journal.push((order, removal));
    }

    /// Closes a day on the server alone.
    pub(super) fn close_here(&mut self, day: Day, what: &ClosedDay) {
        let entry = self.closed.close(&self.client, &self.journal, (0, day), what).unwrap();
        self.say(day, entry);
    }

    pub(super) fn close(&mut self, day: Day, what: &ClosedDay) {
        self.close_here(day, what);
        self.memory.close(0, day, what).unwrap();
    }

    pub(super) fn close_again(
        &mut self,
        day: Day,
        cells: &[(Arc<str>, CellKey, i64)],
        without: &[InstallationKey],
    ) {
        let entry = self.closed.close_again(&self.client, &self.journal, (0, day), cells, without).unwrap();
        self.say(day, entry);
        self.memory.close_again(0, day, cells, without).unwrap();
    }

    /// Every answer of both, compared.
    pub(super) fn compare(&self) {
        let journal = self.memory.journal().unwrap();
        let expected = self.memory.closed(&journal).unwrap();
        let found = self.closed.days(&self.client, &self.journal);
        for product in ["quarry", "other", "never seen"] {
            answers::compare(product, &found, &*expected);
        }
    }

    /// What the server is asked as it is.
    pub(super) fn number(&self, sql: &str) -> u64 {
        self.client.select_within(0, sql, Patience::Work).unwrap().u64().unwrap()
    }

    /// How many rows every table has that closed days are in.
    pub(super) fn rows(&self) -> Vec<(&'static str, u64)> {
        let tables = [CELL, TOTAL, MEMBER, TALLY, ROW, STATE, SEEN, RETIRED];
        let count = |table: crate::schema::Table| self.number(&format!("SELECT count() FROM {}", table.name));
        tables.into_iter().map(|table| (table.name, count(table))).collect()
    }

    /// How many rows of a table the server has read for questions so far.
    pub(super) fn rows_read_of(&self, table: crate::schema::Table) -> u64 {
        self.client.execute(0, "SYSTEM FLUSH LOGS").unwrap();
        self.number(&format!(
            "SELECT sum(read_rows) FROM system.query_log WHERE type = 2 AND query LIKE 'SELECT%' \
             AND query LIKE '% FROM {} %' AND query NOT LIKE '%query_log%'",
            table.name
        ))
    }

    /// Waits until the server has deleted what it was told to delete.
    pub(super) fn wait_for_deletions(&self) {
        let sql = "SELECT count() FROM system.mutations WHERE database = 'closed' AND is_done = 0";
        while self.number(sql) > 0 {
            std::thread::yield_now();
        }
    }

    /// How many rows the server reads for a statement, as it says itself.
    pub(super) fn rows_read(&self, sql: &str) -> u64 {
        let replica = self.client.replicas(0).remove(0);
        let sql = sql.replace(" FROM closed_", " FROM closed.closed_");
        let answer = replica.ask_outside(&format!("{sql} FORMAT JSON"), Patience::Work).unwrap();
        let text = String::from_utf8(answer).unwrap();
        let (_, behind) = text.rsplit_once("\"rows_read\": ").unwrap();
        behind.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap()
    }
}
