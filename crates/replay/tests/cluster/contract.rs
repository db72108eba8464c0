//! The contract of every store, on a cluster in memory with one collector.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use aboveboard_replay::ClusterReader;
use aboveboard_replay::memory::{Closing, MemoryBackend, MemoryCluster};
use aboveboard_store::read::StoreReader;
use aboveboard_store_contract::Cases;

use super::node;

/// How many shards the cluster has.
const SHARDS: u32 = 2;

#[test]
fn a_cluster_passes_the_contract_of_every_store() {
    passes_with(Closing::Asked);
}

#[test]
fn a_cluster_that_closes_days_as_soon_as_it_can_passes_it_too() {
    passes_with(Closing::Always);
}

fn passes_with(closing: Closing) {
    let clusters: RefCell<HashMap<PathBuf, (MemoryCluster, ClusterReader<MemoryBackend>)>> =
        RefCell::default();
    let open = |directory: &Path, cluster: MemoryCluster| {
        let node = node::open(&cluster, 1).closing(closing);
        clusters.borrow_mut().insert(directory.to_owned(), (cluster, node.reader.clone()));
        node
    };
    let fresh = |directory: &Path| open(directory, MemoryCluster::new(SHARDS));
    let again = |directory: &Path| {
        let cluster = clusters.borrow()[directory].0.clone();
        open(directory, cluster)
    };
    let reader =
        |directory: &Path| -> Box<dyn StoreReader> { Box::new(clusters.borrow()[directory].1.clone()) };
    aboveboard_store_contract::every_store_passes(Cases::ALL, fresh, again, reader);
}
