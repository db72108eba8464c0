//! A collector of a cluster in memory, as the contract wants a store.

use std::collections::BTreeMap;
use std::sync::Arc;

use aboveboard_replay::memory::{MemoryBackend, MemoryCluster};
use aboveboard_replay::{ClusterKey, ClusterReader, ClusterStore, NodeId};
use aboveboard_store::calendar::Day;
use aboveboard_store::entry::Position;
use aboveboard_store::{Applied, EntryRange, RemovalProgress, Retired, Store, StoreError};
use aboveboard_store_contract::{PRODUCTS, Sketch};

/// The key of the clusters of the tests.
pub(crate) fn key() -> ClusterKey {
    ClusterKey::new([7; 32])
}

/// A collector. It tells figures under the ids of installations, which only a test knows.
pub(crate) struct Node {
    pub(crate) store: ClusterStore<MemoryBackend>,
    pub(crate) reader: ClusterReader<MemoryBackend>,
}

impl Node {
    pub(crate) fn open(cluster: &MemoryCluster, number: u64) -> Self {
        let backend = Arc::new(MemoryBackend::open(cluster, NodeId(number)));
        let (store, reader) = ClusterStore::open(backend, key()).unwrap();
        Self { store, reader }
    }
}

/// The ids of the installations of the tests by their keys, in hexadecimal digits.
fn ids() -> BTreeMap<String, String> {
    let mut ids = BTreeMap::new();
    for product in PRODUCTS {
        for number in 0..=255 {
            let installation = key().of_installation(product, Sketch::id(number));
            ids.insert(format!("{:016x}", installation.0), Sketch::id(number).to_string());
        }
    }
    ids
}

impl Store for Node {
    fn position(&mut self) -> Result<Position, StoreError> {
        self.store.position()
    }

    fn apply(&mut self, range: &EntryRange<'_>) -> Result<Applied, StoreError> {
        self.store.apply(range)
    }

    fn remove(&mut self) -> Result<RemovalProgress, StoreError> {
        self.store.remove()
    }

    fn checkpoint(&mut self) -> Result<Position, StoreError> {
        self.store.checkpoint()
    }

    fn knows(&mut self, product: &str) -> Result<bool, StoreError> {
        self.store.knows(product)
    }

    fn newest_receipt(&mut self) -> Result<Option<Day>, StoreError> {
        self.store.newest_receipt()
    }

    fn retention_day(&mut self) -> Result<Option<Day>, StoreError> {
        self.store.retention_day()
    }

    fn set_retention_day(&mut self, day: Day) -> Result<(), StoreError> {
        self.store.set_retention_day(day)
    }

    fn update_retentions(&mut self, declared: &[(String, Day)]) -> Result<Vec<(String, Day)>, StoreError> {
        self.store.update_retentions(declared)
    }

    fn retire(&mut self, product: &str, before: Day) -> Result<Retired, StoreError> {
        self.store.retire(product, before)
    }

    fn forget_ids(&mut self, before: Day) -> Result<u64, StoreError> {
        self.store.forget_ids(before)
    }

    fn forget_receipts(&mut self, today: Day) -> Result<(), StoreError> {
        self.store.forget_receipts(today)
    }

    fn compact(&mut self, before: Day) -> Result<u64, StoreError> {
        self.store.compact(before)
    }

    fn rebuild(&mut self, progress: &mut dyn FnMut(u64, u64)) -> Result<u64, StoreError> {
        self.store.rebuild(progress)
    }

    fn dump_for_comparison(&mut self) -> Result<Vec<(String, i64)>, StoreError> {
        let ids = ids();
        let named = |line: &str| {
            let words = line.split(' ').map(|word| ids.get(word).map_or(word, String::as_str));
            words.collect::<Vec<_>>().join(" ")
        };
        // Some lines name an installation without its product.
        let all: BTreeMap<String, i64> = self
            .store
            .dump_for_comparison()?
            .into_iter()
            .map(|(line, number)| (named(&line), number))
            .collect();
        Ok(all.into_iter().collect())
    }
}
