//! Collectors of a cluster in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use aboveboard_replay::memory::{MemoryBackend, MemoryCluster, TestedNode};
use aboveboard_replay::{ClusterKey, NodeId};
use aboveboard_store_contract::{PRODUCTS, Sketch};

/// A collector of a cluster in memory.
pub(crate) type Node = TestedNode<MemoryBackend>;

/// The key of the clusters of the tests.
pub(crate) fn key() -> ClusterKey {
    ClusterKey::new([7; 32])
}

/// Opens a collector, for the first time or after it was killed.
pub(crate) fn open(cluster: &MemoryCluster, number: u64) -> Node {
    let backend = Arc::new(MemoryBackend::open(cluster, NodeId(number)));
    TestedNode::open(backend, key(), ids()).unwrap()
}

/// The ids of the installations of the tests by their keys, in hexadecimal digits.
pub(crate) fn ids() -> BTreeMap<String, String> {
    let mut ids = BTreeMap::new();
    for product in PRODUCTS {
        for number in 0..=255 {
            let installation = key().of_installation(product, Sketch::id(number));
            ids.insert(format!("{:016x}", installation.0), Sketch::id(number).to_string());
        }
    }
    ids
}
