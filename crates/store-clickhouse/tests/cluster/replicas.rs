//! Shards and replicas: what each must hold before the log lets go, and what becomes of one that is away, lost or back.

use aboveboard_replay::{Backend as _, JournalEntry};
use aboveboard_store::entry::Position;
use aboveboard_store_clickhouse::ClickHouse;
use aboveboard_testkit::clickhouse::{Cluster, Server};

use crate::fixture::{DAY, NOON, block, config_of, open, settle, until};

/// Asks how many batches a server has.
const COUNT: &str = "SELECT uniqExact(node, position) FROM aboveboard.arrival";

fn count(server: &Server) -> String {
    server.ask(COUNT).trim().to_owned()
}

/// How many replicas ZooKeeper knows of a table of the first shard, and of one that is on all servers.
fn replicas(server: &Server) -> [String; 2] {
    ["1/arrival", "journal"].map(|table| {
        let sql = format!(
            "SELECT count() FROM system.zookeeper WHERE path = '/clickhouse/aboveboard/aboveboard/{table}/replicas'"
        );
        server.ask(&sql).trim().to_owned()
    })
}

#[test]
fn a_log_is_let_go_of_when_every_replica_of_every_shard_holds_it() {
    let mut cluster = Cluster::start(2, 2);
    let data = tempfile::tempdir().unwrap();
    let collector = open(&cluster, data.path());
    let node = collector.node();
    let first = block(node, 0, 10);
    collector.append(first.clone()).unwrap();
    collector.flush().unwrap();
    settle(&collector);
    for server in cluster.servers.iter().flatten() {
        assert_eq!(count(server), "5");
    }
    assert_eq!(collector.blocks(DAY).unwrap().len(), 2);

    // Without a replica everything goes on, and the log is kept.
    cluster.server(0, 0).kill();
    let second = block(node, first.end.0, 20);
    collector.append(second.clone()).unwrap();
    collector.flush().unwrap();
    assert_eq!(collector.settled().unwrap(), first.end);
    let there: u64 = collector.blocks(DAY).unwrap().iter().map(|(_, _, count)| count).sum();
    assert_eq!(there, 30);
    assert_eq!(collector.journal().unwrap().len(), 2);

    // So it does with one that answers nothing.
    cluster.server(1, 1).pause();
    let third = block(node, second.end.0, 20);
    collector.append(third.clone()).unwrap();
    collector.flush().unwrap();
    assert_eq!(collector.settled().unwrap(), first.end);

    cluster.server(1, 1).resume();
    cluster.server(0, 0).restart();
    settle(&collector);
    for server in cluster.servers.iter().flatten() {
        assert_eq!(count(server), "25");
    }
    assert_eq!(collector.waiting().blocks, 0);
}

#[test]
fn a_replica_whose_disk_is_lost_gets_everything_and_is_not_read_before() {
    let mut cluster = Cluster::start(1, 2);
    let data = tempfile::tempdir().unwrap();
    let collector = open(&cluster, data.path());
    let first = block(collector.node(), 0, 10);
    collector.append(first.clone()).unwrap();
    collector.flush().unwrap();
    settle(&collector);

    cluster.server(0, 0).wipe();
    cluster.server(0, 0).restart();
    let second = block(collector.node(), first.end.0, 10);
    collector.append(second).unwrap();
    collector.flush().unwrap();
    until(&collector, || {
        // Whichever replica answers, it has all that was sent.
        let there: u64 = collector.blocks(DAY).unwrap().iter().map(|(_, _, count)| count).sum();
        assert_eq!(there, 20);
        // There is no table before somebody has asked how the server is.
        cluster.server(0, 0).try_ask(COUNT).as_deref() == Ok("20\n")
    });
    settle(&collector);
    assert_eq!([count(cluster.server(0, 0)), count(cluster.server(0, 1))], ["20", "20"]);
    assert_eq!(replicas(cluster.server(0, 1)), ["2", "2"]);
}

#[test]
fn a_replica_that_is_gone_for_good_is_waited_for_until_it_is_retired() {
    let mut cluster = Cluster::start(1, 2);
    let data = tempfile::tempdir().unwrap();
    let other_data = tempfile::tempdir().unwrap();
    let collector = open(&cluster, data.path());
    let other = open(&cluster, other_data.path());
    let name = cluster.server(0, 0).address();
    cluster.server(0, 0).kill();
    let lost = block(collector.node(), 0, 10);
    collector.append(lost.clone()).unwrap();
    collector.flush().unwrap();
    assert_eq!(collector.settled().unwrap(), Position(0));
    assert!(collector.retire_replica("127.0.0.1:1", NOON).is_err());
    // ZooKeeper has not noticed that it is gone.
    until(&collector, || {
        let retired = collector.retire_replica(&name, NOON);
        assert!(retired.as_ref().err().is_none_or(|why| why.is_transient()), "{retired:?}");
        retired.is_ok()
    });
    // Whoever did not hear that it was done asks for it again.
    collector.retire_replica(&name, NOON).unwrap();
    assert_eq!(collector.settled().unwrap(), lost.end);
    // A replica that is added copies nothing from it.
    assert_eq!(replicas(cluster.server(0, 1)), ["1", "1"]);
    // The others learn of it by the journal, and nobody retires the last one.
    other.journal().unwrap();
    assert_eq!(other.servers().len(), 1);
    let last = cluster.server(0, 1).address();
    assert!(other.retire_replica(&last, NOON).unwrap_err().to_string().contains("last server"));
}

#[test]
fn what_a_replica_took_alone_and_lost_is_sent_to_the_other() {
    let mut cluster = Cluster::start(1, 2);
    let data = tempfile::tempdir().unwrap();
    let collector = open(&cluster, data.path());
    // The other one cannot fetch it.
    cluster.server(0, 1).pause();
    let lost = block(collector.node(), 0, 10);
    collector.append(lost.clone()).unwrap();
    collector.flush().unwrap();
    cluster.server(0, 0).wipe();
    cluster.server(0, 1).resume();
    cluster.server(0, 0).restart();
    settle(&collector);
    assert_eq!([count(cluster.server(0, 0)), count(cluster.server(0, 1))], ["10", "10"]);
    assert!(collector.waiting().sent_again > 0);
    // What the lost disk had is copied by no replica that is made.
    assert_eq!(replicas(cluster.server(0, 1)), ["2", "2"]);
}

#[test]
fn the_last_copy_is_not_begun_anew() {
    let mut cluster = Cluster::start(1, 2);
    let data = tempfile::tempdir().unwrap();
    let collector = open(&cluster, data.path());
    let first = block(collector.node(), 0, 10);
    collector.append(first).unwrap();
    collector.flush().unwrap();
    settle(&collector);
    for place in 0..2 {
        cluster.server(0, place).wipe();
    }
    for place in 0..2 {
        cluster.server(0, place).restart();
    }
    let is_said = |server: &aboveboard_store_clickhouse::ServerStanding| {
        server.reason.as_ref().is_some_and(|why| why.contains("no other server of its shard"))
    };
    until(&collector, || {
        assert!(collector.blocks(DAY).is_err());
        collector.servers().iter().all(is_said)
    });
}

#[test]
fn a_server_that_runs_is_not_retired() {
    let mut cluster = Cluster::start(1, 2);
    let data = tempfile::tempdir().unwrap();
    let collector = open(&cluster, data.path());
    let name = cluster.server(0, 0).address();
    let why = collector.retire_replica(&name, NOON).unwrap_err();
    assert!(!why.is_transient() && why.to_string().contains("runs; stop it first"), "{why}");
    assert_eq!(collector.servers().len(), 2);
    let block = block(collector.node(), 0, 10);
    collector.append(block).unwrap();
    collector.flush().unwrap();
    settle(&collector);
    assert_eq!([count(cluster.server(0, 0)), count(cluster.server(0, 1))], ["10", "10"]);
}

#[test]
fn without_zookeeper_nothing_is_taken_and_nothing_is_lost() {
    let mut cluster = Cluster::start(1, 2);
    let data = tempfile::tempdir().unwrap();
    let collector = open(&cluster, data.path());
    let block = block(collector.node(), 0, 10);
    collector.append(block.clone()).unwrap();
    cluster.zookeeper.kill();
    let error = collector.flush().unwrap_err();
    assert!(error.is_transient(), "{error}");
    let error = collector.note(NOON, &[JournalEntry::RetentionDay(1)]).unwrap_err();
    assert!(error.is_transient(), "{error}");
    cluster.zookeeper.restart();
    until(&collector, || collector.flush().is_ok());
    settle(&collector);
    assert_eq!(count(cluster.server(0, 1)), "10");
}

#[test]
fn shards_in_another_order_are_another_cluster() {
    let cluster = Cluster::start(2, 1);
    let data = tempfile::tempdir().unwrap();
    drop(open(&cluster, data.path()));
    let mut shards = cluster.addresses();
    shards.reverse();
    let error = ClickHouse::open(&config_of(&shards), data.path()).unwrap_err();
    assert!(!error.is_transient() && error.to_string().contains("same order"), "{error}");
}

#[test]
fn a_replica_that_did_not_answer_for_a_while_is_used_though_the_other_one_is_gone_with_rows_of_its_own() {
    let mut cluster = Cluster::start(1, 2);
    let data = tempfile::tempdir().unwrap();
    let collector = open(&cluster, data.path());
    let first = block(collector.node(), 0, 10);
    collector.append(first.clone()).unwrap();
    collector.flush().unwrap();
    settle(&collector);
    await_uptime(&cluster.servers[0][1], &collector);

    cluster.server(0, 1).run("SYSTEM STOP FETCHES");
    let second = block(collector.node(), first.end.0, 10);
    collector.append(second.clone()).unwrap();
    collector.flush().unwrap();
    cluster.server(0, 1).pause();
    await_standing(&collector, 1, false);
    cluster.server(0, 0).kill();
    cluster.server(0, 1).resume();
    cluster.server(0, 1).run("SYSTEM START FETCHES");
    await_standing(&collector, 1, true);
    let third = block(collector.node(), second.end.0, 10);
    collector.append(third).unwrap();
    collector.flush().unwrap();
    assert_eq!(collector.settled().unwrap(), first.end);

    cluster.server(0, 0).restart();
    settle(&collector);
    assert_eq!([count(cluster.server(0, 0)), count(cluster.server(0, 1))], ["30", "30"]);
}

/// Waits until a server has run for so long that it can be told whether it was started anew since the collector saw it used last.
fn await_uptime(server: &Server, collector: &ClickHouse) {
    while server.ask("SELECT uptime()").trim().parse::<u64>().unwrap() < 10 {
        let _ = collector.servers();
    }
}

/// Waits until a collector uses the server with this number, or does not.
fn await_standing(collector: &ClickHouse, number: usize, is_used: bool) {
    until(collector, || {
        let _ = collector.settled();
        collector.servers()[number].reason.is_none() == is_used
    });
}

#[test]
fn torture_a_replica_that_is_away_with_rows_of_its_own_for_more_than_a_minute_holds_nobody_up() {
    // A replica is not read that is a minute behind.
    if std::env::var_os("ABOVEBOARD_TORTURE").is_none() {
        return;
    }
    let mut cluster = Cluster::start(1, 2);
    let data = tempfile::tempdir().unwrap();
    let collector = open(&cluster, data.path());
    let first = block(collector.node(), 0, 10);
    collector.append(first.clone()).unwrap();
    collector.flush().unwrap();
    settle(&collector);
    await_uptime(&cluster.servers[0][1], &collector);

    cluster.server(0, 1).run("SYSTEM STOP FETCHES");
    let second = block(collector.node(), first.end.0, 10);
    collector.append(second.clone()).unwrap();
    collector.flush().unwrap();
    assert_eq!(
        (count(cluster.server(0, 0)), count(cluster.server(0, 1))),
        ("20".to_owned(), "10".to_owned())
    );
    cluster.server(0, 0).kill();
    cluster.server(0, 1).run("SYSTEM START FETCHES");
    let oldest =
        "SELECT toUInt64(max(now() - create_time)) FROM system.replication_queue WHERE type = 'GET_PART'";
    while cluster.server(0, 1).ask(oldest).trim().parse::<u64>().unwrap() < 70 {
        collector.blocks(DAY).unwrap();
    }
    let third = block(collector.node(), second.end.0, 10);
    collector.append(third).unwrap();
    collector.flush().unwrap();
    assert_eq!(collector.settled().unwrap(), first.end);

    cluster.server(0, 0).restart();
    settle(&collector);
    assert_eq!(
        (count(cluster.server(0, 0)), count(cluster.server(0, 1))),
        ("30".to_owned(), "30".to_owned())
    );
}
