//! A disk that fails under a collector, at each operation in turn.

use std::path::Path;

use aboveboard_files::{Errno, faults};
use aboveboard_replay::{Backend as _, Block, JournalEntry, NodeId};
use aboveboard_store::StoreError;
use aboveboard_store_clickhouse::{ClickHouse, ClusterConfig};
use aboveboard_testkit::clickhouse::{Server, ServerSettings};

use crate::fixture::{DAY, NOON, block, config};

/// How many operations on files there are at most in what is done here.
const MAX_OPERATIONS: u32 = 100;

/// What a log says.
fn blocks(node: NodeId) -> Vec<Block> {
    let first = block(node, 0, 4);
    let second = block(node, first.end.0, 3);
    vec![first, second]
}

/// What a collector does from where it was, to the end of its log.
fn work(cluster: &ClickHouse) -> Result<(), StoreError> {
    for block in blocks(cluster.node()) {
        if cluster.position()?.0 < block.end {
            cluster.append(block)?;
        }
        cluster.flush()?;
    }
    cluster.note(NOON, &[JournalEntry::Mark { until: NOON, settled: None }])?;
    cluster.settled().map(drop)
}

/// Fails where not all of it is there, or something is left on the way.
fn check(cluster: &ClickHouse, data: &Path, after: u32) {
    let end = cluster.position().unwrap().0;
    assert_eq!(cluster.settled().unwrap(), end, "{after}");
    let wanted: Vec<_> = blocks(cluster.node()).into_iter().flat_map(|block| block.batches).collect();
    let mut found = Vec::new();
    let node = cluster.node();
    for (shard, name, _) in cluster.blocks(DAY).unwrap().into_iter().filter(|(_, name, _)| name.node == node)
    {
        found.extend(cluster.batches(shard, DAY, &[name]).unwrap());
    }
    found.sort_by_key(|batch| batch.order);
    // Nothing was sent twice either, since nothing of the cluster failed.
    assert_eq!(found, wanted, "{after}");
    let journal = cluster.journal().unwrap();
    let own = journal.iter().filter(|(order, _)| order.node == node);
    let removals = own.filter(|(_, entry)| matches!(entry, JournalEntry::Removal { .. }));
    assert_eq!(removals.count(), 2, "{after}");
    assert_eq!(std::fs::read_dir(data.join("cluster")).unwrap().count(), 1, "{after}");
}

/// Lets each operation in turn fail, and hands on what the collector does about it.
fn each_fails(go_on: impl Fn(ClickHouse, &ClusterConfig, &Path) -> ClickHouse) {
    let server = Server::start(&ServerSettings::default());
    let mine = config(&server.address());
    // Each is another collector of the same cluster.
    for after in 0.. {
        assert!(after < MAX_OPERATIONS, "there are more operations than were thought of");
        let data = tempfile::tempdir().unwrap();
        let cluster = ClickHouse::open(&mine, data.path()).unwrap();
        faults::fail(after, if after % 2 == 0 { Errno::IO } else { Errno::NOSPC });
        let worked = work(&cluster);
        faults::heal();
        let has_failed = worked.is_err();
        let cluster = if has_failed { go_on(cluster, &mine, data.path()) } else { cluster };
        check(&cluster, data.path(), after);
        if !has_failed {
            assert!(after > 15, "{after}");
            return;
        }
    }
}

#[test]
fn a_collector_that_dies_at_any_operation_goes_on_from_there() {
    each_fails(|cluster, mine, data| {
        drop(cluster);
        let cluster = ClickHouse::open(mine, data).unwrap();
        work(&cluster).unwrap();
        cluster
    });
}

#[test]
fn a_collector_whose_disk_fails_once_tries_again() {
    each_fails(|cluster, _, _| {
        work(&cluster).unwrap();
        cluster
    });
}
