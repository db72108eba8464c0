//! Faults of a cluster, one after the other, while everybody sends, erases and reads.

use aboveboard_testkit::clickhouse::is_installed;

use harness::must_run;

use super::scene::Scene;

#[test]
fn what_is_acknowledged_counts_once_on_every_replica_whatever_befalls_the_cluster() {
    if !is_installed() {
        return must_run("ClickHouse or ZooKeeper is not installed");
    }
    let start = std::time::Instant::now();
    let told = |what: &str| println!("{:.1} s: {what}", start.elapsed().as_secs_f32());
    let mut scene = Scene::start(1);
    told("everybody sends");
    scene.kill_replica_in_mid_block((0, 0), 3);
    told("a replica was killed");
    scene.pause_replica((1, 0));
    told("a replica stood still");
    scene.kill_collector_between_insert_and_checkpoint(1);
    told("a collector was killed");
    scene.kill_zookeeper();
    told("ZooKeeper was killed");
    scene.wipe_replica_while_its_peer_is_paused((1, 1));
    told("a disk was lost");
    scene.settle();
    told("all is settled");
    println!("{}", scene.summary());
    let sent_again: u64 =
        scene.sites.iter().map(|site| site.collector.metric("cluster_blocks_sent_again_total")).sum();
    assert!(sent_again > 0, "what the lost disk had alone is sent again");
    let (readings, repeats) = scene.crowd.counts();
    assert!(scene.account().erased() > 0 && repeats > 0 && readings > 0);
}
