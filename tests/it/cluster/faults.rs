//! What befalls a cluster and its collectors. Each fault ends when everybody was seen to go on, and is over when everything is in use again.

use std::path::Path;

use aboveboard_testkit::clickhouse::Server;

use super::scene::{Scene, until};

/// Events that are acknowledged while something is away.
const MEANWHILE: u64 = 60;

impl Scene {
    /// `kill -9` of a replica before it gives a part of a block its name for the so-manieth time from now on. It comes back on its data.
    pub(crate) fn kill_replica_in_mid_block(&mut self, place: (usize, usize), number: u32) {
        self.server(place).kill_before("rename", number);
        self.await_counted();
        self.server(place).restart();
        self.await_used(place, true);
    }

    /// A replica that stands still until all have gone on without it.
    pub(crate) fn pause_replica(&mut self, place: (usize, usize)) {
        self.server(place).pause();
        self.await_used(place, false);
        self.await_counted();
        self.server(place).resume();
        self.await_used(place, true);
    }

    /// ZooKeeper is killed, and started again when every server has noticed it and the collectors have taken in more.
    pub(crate) fn kill_zookeeper(&mut self) {
        self.cluster.zookeeper.kill();
        self.await_all_used(false);
        self.await_acknowledged(MEANWHILE);
        self.cluster.zookeeper.restart();
        self.await_all_used(true);
        self.await_counted();
    }

    /// `kill -9` of a collector whose blocks are in the cluster and were not seen there. It comes back when the others have gone on.
    pub(crate) fn kill_collector_between_insert_and_checkpoint(&mut self, place: usize) {
        let collector = &self.sites[place].collector;
        // Of two, the cluster has the first.
        until("a block that was sent and not seen", || collector.metric("cluster_blocks_waiting") > 1);
        self.kill_collector(place);
        assert!(has_blocks(self.sites[place].collector.data()));
        self.await_counted();
        self.restart_collector(place);
        self.await_counted();
    }

    fn server(&mut self, (shard, replica): (usize, usize)) -> &mut Server {
        self.cluster.server(shard, replica)
    }

    fn await_all_used(&self, is_used: bool) {
        for place in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            self.await_used(place, is_used);
        }
    }

    /// Waits until so many more events are acknowledged.
    fn await_acknowledged(&self, events: u64) {
        let enough = self.account().acknowledged() + events;
        until("more receipts", || self.account().acknowledged() >= enough);
    }
}

/// Whether there are blocks in the data directory that the cluster was not seen to hold.
fn has_blocks(data: &Path) -> bool {
    let names = std::fs::read_dir(data.join("cluster")).expect("the directory of blocks");
    names.flatten().any(|name| name.file_name().to_string_lossy().starts_with("block-"))
}
