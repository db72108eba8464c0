//! A cluster as a collector is configured for it, and blocks of a log.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aboveboard_replay::{
    Backend as _, Batch, Block, ClusterKey, JournalEntry, Naming, NodeId, Order, RemovalKind, SentContext,
    SentEvent, SentKind,
};
use aboveboard_store::entry::Position;
use aboveboard_store::facts::BatchKey;
use aboveboard_store::read::InstallationKey;
use aboveboard_store_clickhouse::{ClickHouse, ClusterConfig, ServerAddress};
use aboveboard_testkit::clickhouse::Cluster;
use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::{Mark, Marks};
use aboveboard_types::event::Ending;
use aboveboard_types::id::Id;
use aboveboard_types::value::Version;

/// A day of the order.
pub(crate) const DAY: i32 = 20_000;

/// A time on it.
pub(crate) const NOON: i64 = DAY as i64 * 86_400 + 43_200;

/// The configuration of a cluster of one server.
pub(crate) fn config(address: &str) -> ClusterConfig {
    config_of(&[vec![address.to_owned()]])
}

/// That of a cluster of these shards.
pub(crate) fn config_of(shards: &[Vec<String>]) -> ClusterConfig {
    let shard = |shard: &Vec<String>| shard.iter().map(|text| ServerAddress::parse(text).unwrap()).collect();
    ClusterConfig {
        shards: shards.iter().map(shard).collect(),
        database: "aboveboard".to_owned(),
        user: None,
        password: None,
        key: ClusterKey::new([1; 32]),
        certificates: None,
        cache_bytes: 1 << 20,
    }
}

/// Opens a cluster for a collector with this data directory.
pub(crate) fn open(cluster: &Cluster, data: &Path) -> ClickHouse {
    ClickHouse::open(&config_of(&cluster.addresses()), data).unwrap()
}

/// A batch of the installation with this number.
pub(crate) fn batch(node: NodeId, position: u64, at: i64, installation: u64) -> Batch {
    let batch = Id::from_bytes(u128::from(position).to_be_bytes());
    let version = Version { major: 1, minor: 4, patch: 2, ..Version::default() };
    let event = SentEvent {
        day: DAY,
        hour: 11,
        what: SentKind::Command {
            command: "catalog list".into(),
            ending: Ending::Success,
            server: None,
            server_version: None,
        },
    };
    Batch {
        product: "quarry".into(),
        order: Order { at, node, position: Position(position) },
        installation: InstallationKey(installation),
        key: BatchKey::of("quarry", Id::from_bytes(u128::from(installation).to_be_bytes()), batch),
        events_hash: position.cast_signed(),
        received_at: at,
        sequence: position,
        context: Arc::new(SentContext {
            component: Component::Cli,
            version,
            naming: Naming::Named,
            os: "linux".into(),
            arch: "x86_64".into(),
            marks: Marks::default().with(Mark::Ci),
        }),
        sent_version: version,
        sent: 1,
        refused: 0,
        unplaced: 0,
        drops: Vec::new(),
        max_reports: 50,
        publishes: false,
        presence: None,
        events: vec![event],
    }
}

/// A block that goes on at `first`, of so many batches of ten bytes each, and one removal.
pub(crate) fn block(node: NodeId, first: u64, batches: u64) -> Block {
    let position = |number: u64| first + number * 10;
    let removal = JournalEntry::Removal {
        product: "quarry".to_owned(),
        installation: InstallationKey(first),
        kind: RemovalKind::Erasure,
        received: DAY,
    };
    Block {
        batches: (0..batches).map(|number| batch(node, position(number), NOON, number)).collect(),
        journal: vec![(Order { at: NOON, node, position: Position(position(batches)) }, removal)],
        end: Position(position(batches + 1)),
        at: NOON,
    }
}

/// Asks again until everything is settled that was appended: replicas fetch from each other when they get to it, and a busy server may not
/// answer in time.
pub(crate) fn settle(cluster: &ClickHouse) {
    let (end, _) = cluster.position().unwrap();
    until(cluster, || {
        cluster.flush().unwrap();
        cluster.settled().unwrap() == end
    });
}

/// Asks again until something is so, for a minute at most. What is asked takes its time at the servers.
pub(crate) fn until(cluster: &ClickHouse, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < end, "{:?}", cluster.servers());
    }
}
