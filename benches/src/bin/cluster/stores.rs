//! The two stores, and how one applies a day.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aboveboard_benches::Outcome;
use aboveboard_benches::serve::MANIFEST;
use aboveboard_replay::{ClusterKey, ClusterReader, ClusterStore};
use aboveboard_store::entry::{LogEntry, Position};
use aboveboard_store::in_force::{ManifestRevision, ManifestsInForce};
use aboveboard_store::{EntryRange, Store, StoreError, retention};
use aboveboard_store_clickhouse::{ClickHouse, ClusterConfig, ServerAddress};

/// The key of the cluster.
const KEY: [u8; 32] = [7; 32];

/// As many bytes of the log as a collector reads at once.
const MAX_BYTES: u64 = 4 << 20;

/// How often something is tried again that failed and may pass: the machine may be too busy for the time limits of a question.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(500);

/// The key as its file has it.
pub(crate) fn key() -> String {
    KEY.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What places the events.
pub(crate) fn manifests() -> Outcome<ManifestsInForce> {
    let mut in_force = ManifestsInForce::default();
    let manifest = aboveboard_manifest::read(MANIFEST.as_bytes(), "telemetry.toml")?;
    in_force.insert(Arc::new(ManifestRevision::from(manifest)));
    Ok(in_force)
}

/// Opens the cluster for a collector with this data directory.
pub(crate) fn open_cluster(
    addresses: &[Vec<String>],
    data: &Path,
) -> Outcome<(ClusterStore<ClickHouse>, ClusterReader<ClickHouse>)> {
    let shard = |shard: &Vec<String>| shard.iter().map(|text| ServerAddress::parse(text)).collect();
    let config = ClusterConfig {
        shards: addresses.iter().map(shard).collect::<Result<_, _>>()?,
        database: "aboveboard".to_owned(),
        user: None,
        password: None,
        key: ClusterKey::new(KEY),
        certificates: None,
        cache_bytes: 256 << 20,
    };
    let cluster = Arc::new(ClickHouse::open(&config, data)?);
    Ok(ClusterStore::open(cluster, ClusterKey::new(KEY))?)
}

/// Has a store apply consecutive entries, so many at once, as the thread that applies does. That ends a transaction after half a second too;
/// here the machine may do other work, and transactions must not be smaller for that.
pub(crate) fn apply(
    store: &mut dyn Store,
    (entries, end): (&[(Position, LogEntry)], Position),
    at_once: usize,
    manifests: &ManifestsInForce,
) -> Outcome<()> {
    let mut rest = entries;
    while !rest.is_empty() {
        let is_near = |(position, _): &&(Position, LogEntry)| position.0 - rest[0].0.0 < MAX_BYTES;
        let (now, later) = rest.split_at(rest.iter().take(at_once).take_while(is_near).count());
        let end = later.first().map_or(end, |(position, _)| *position);
        let range = EntryRange::new(now, end, manifests);
        while patiently(|| store.apply(&range))?.left_from.is_some() {}
        rest = later;
    }
    Ok(())
}

/// Has a store do what a collector has it do besides, at a time: close and pack what is over, and forget.
pub(crate) fn tidy(store: &mut dyn Store, now: i64, manifests: &ManifestsInForce) -> Outcome<()> {
    patiently(|| store.checkpoint())?;
    patiently(|| retention::run(store, now, manifests))?;
    Ok(())
}

/// Does something again that may pass.
pub(crate) fn patiently<T>(mut work: impl FnMut() -> Result<T, StoreError>) -> Outcome<T> {
    for _ in 1..TRIES {
        match work() {
            Err(error) if error.is_transient() => {
                eprintln!("{error}; trying again");
                std::thread::sleep(PAUSE);
            }
            done => return Ok(done?),
        }
    }
    Ok(work()?)
}
