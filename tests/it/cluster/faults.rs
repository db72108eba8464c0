//! What befalls a cluster and its collectors. Each fault ends when everybody was seen to go on, and is over when everything is in use again.

use std::path::Path;

use aboveboard_testkit::clickhouse::{Server, ServerSettings};
use serde_json::Value;

use super::scene::{Scene, until, until_right};

/// How many rows a replica must have alone before its disk is lost.
const ALONE: u64 = 20;

/// Events that are acknowledged while something is away.
const MEANWHILE: u64 = 60;

impl Scene {
    /// `kill -9` of a replica before it gives a part of a block its name for the so-manieth time from now on. It comes back on its data.
    pub(crate) fn kill_replica_in_mid_block(&mut self, place: (usize, usize), number: u32) {
        self.server(place).kill_before("rename", number);
        // Who has not noticed would still call it used when it is back.
        self.await_used(place, false);
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
        loop {
            let collector = &self.sites[place].collector;
            // Of two, the cluster has the first.
            until("a block that was sent and not seen", || collector.metric("cluster_blocks_waiting") > 1);
            self.kill_collector(place);
            // They may have been seen since.
            if has_blocks(self.sites[place].collector.data()) {
                break;
            }
            self.restart_collector(place);
        }
        self.await_counted();
        self.restart_collector(place);
        self.await_counted();
    }

    /// The disk of a replica is lost with rows that its peer, which stood still, does not have. It comes back empty.
    pub(crate) fn wipe_replica_while_its_peer_is_paused(&mut self, place: (usize, usize)) {
        let peer = (place.0, 1 - place.1);
        self.server(peer).pause();
        self.await_used(peer, false);
        let count = |scene: &mut Self| -> u64 {
            let count = scene.server(place).ask("SELECT uniqExact(node, position) FROM aboveboard.arrival");
            count.trim().parse().expect("a number")
        };
        let alone = count(self) + ALONE;
        until("rows that one replica alone has", || count(self) >= alone);
        self.server(place).wipe();
        self.await_used(place, false);
        self.server(peer).resume();
        self.server(place).restart();
        self.await_used(place, true);
        self.await_used(peer, true);
        self.await_counted();
    }

    /// The disk of a replica is lost. It comes back empty.
    pub(crate) fn wipe_replica(&mut self, place: (usize, usize)) {
        self.server(place).wipe();
        self.await_used(place, false);
        self.await_counted();
        self.server(place).restart();
        self.await_used(place, true);
    }

    /// A replica that is gone for good and retired; an empty server at another address takes its place.
    pub(crate) fn replace_replica(&mut self, place: (usize, usize), name: &str) {
        let gone = self.server(place).url();
        self.server(place).kill();
        let someone = self.up().next().expect("a collector that runs");
        // ZooKeeper must have noticed that it is gone.
        until_right(|| {
            let retired = someone.collector.verb(&["retire-replica", &gone]);
            let why = String::from_utf8_lossy(&retired.stderr);
            (!retired.status.success()).then(|| format!("a replica is not retired: {why}"))
        });
        let settings = ServerSettings { replica: name.to_owned(), ..self.server(place).settings().clone() };
        *self.server(place) = Server::start(&settings);
        let running: Vec<_> = (0..self.sites.len()).filter(|place| self.sites[*place].is_up).collect();
        for collector in running {
            self.restart_collector(collector);
        }
        self.await_used(place, true);
    }

    /// A collector that is away is taken for gone, and comes back under a new number.
    pub(crate) fn retire_collector(&mut self, place: usize) {
        let nodes = self.sites[place].collector.verb(&["nodes", "--json"]);
        let nodes: Value = serde_json::from_slice(&nodes.stdout).expect("the collectors");
        let own =
            nodes.as_array().expect("a list").iter().find(|node| node["is-own"] == true).expect("itself");
        let number = own["node"].as_str().expect("a number").to_owned();
        self.kill_collector(place);
        self.await_counted();
        let someone = self.up().next().expect("a collector that runs");
        let retired = someone.collector.verb(&["retire-node", &number]);
        assert!(retired.status.success(), "{retired:?}");
        self.await_counted();
        let renewed = self.sites[place].collector.verb(&["restore"]);
        assert!(renewed.status.success(), "{renewed:?}");
        self.restart_collector(place);
        self.await_counted();
    }

    /// The next day begins for the collectors.
    pub(crate) fn pass_a_day(&mut self) {
        self.days += 1;
        let ahead = i64::from(self.days) * 86_400;
        self.clock.set(ahead, ahead);
        self.crowd.set_ahead(ahead);
        self.await_counted();
    }

    /// Everything is killed, and started again.
    pub(crate) fn kill_everything(&mut self) {
        for place in 0..self.sites.len() {
            self.kill_collector(place);
        }
        self.cluster.servers.iter_mut().flatten().for_each(Server::kill);
        self.cluster.zookeeper.restart();
        self.cluster.servers.iter_mut().flatten().for_each(Server::restart);
        for place in 0..self.sites.len() {
            self.restart_collector(place);
        }
        self.await_all_used(true);
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
