use std::path::PathBuf;
use std::time::Instant;

use super::{Cluster, Server, ServerSettings};

const TABLE: &str = "CREATE TABLE t (n UInt64) ENGINE = ReplicatedMergeTree('/t', '{replica}') ORDER BY n";

/// How many rows a server has.
fn rows(server: &Server) -> u64 {
    server.ask("SELECT count() FROM t").trim().parse().unwrap()
}

fn sync(server: &Server) {
    server.run("SYSTEM SYNC REPLICA t");
}

#[test]
fn what_is_written_to_a_replica_is_on_the_other_after_a_kill_and_a_pause() {
    let began = Instant::now();
    let mut cluster = Cluster::start(1, 2);
    println!("1 shard of 2 replicas is up after {:?}", began.elapsed());
    for server in &cluster.servers[0] {
        server.run(TABLE);
    }
    let insert = |server: &Server| server.run("INSERT INTO t SELECT number FROM numbers(10)");
    insert(cluster.server(0, 0));
    sync(cluster.server(0, 1));
    assert_eq!(rows(cluster.server(0, 1)), 10);
    // A replica that is gone.
    cluster.server(0, 1).kill();
    assert!(cluster.server(0, 1).try_ask("SELECT 1").is_err());
    cluster.server(0, 0).run("INSERT INTO t SELECT number + 10 FROM numbers(10)");
    cluster.server(0, 1).restart();
    sync(cluster.server(0, 1));
    assert_eq!(rows(cluster.server(0, 1)), 20);
    // One that stands still answers when it goes on.
    let paused = cluster.server(0, 1);
    paused.pause();
    std::thread::scope(|scope| {
        let answer = scope.spawn(|| rows(paused));
        assert!(!answer.is_finished());
        paused.resume();
        assert_eq!(answer.join().unwrap(), 20);
    });
}

#[test]
fn a_cluster_ends_with_its_test_also_where_that_panics() {
    let began = Instant::now();
    let panicked = std::thread::spawn(|| {
        let cluster = Cluster::start(2, 2);
        let places = cluster.servers.iter().flatten();
        let places: Vec<(u32, PathBuf)> =
            places.map(|server| (server.id(), server.folder().to_owned())).collect();
        std::panic::panic_any(places);
    })
    .join()
    .unwrap_err();
    println!("2 shards of 2 replicas came and went in {:?}", began.elapsed());
    let places = panicked.downcast::<Vec<(u32, PathBuf)>>().unwrap();
    assert_eq!(places.len(), 4);
    for (id, folder) in *places {
        assert!(!folder.exists(), "{folder:?} is left behind");
        assert!(!PathBuf::from(format!("/proc/{id}")).exists(), "process {id} is left behind");
    }
}

#[test]
fn a_server_asks_for_the_password_that_it_has() {
    let password = super::Password { user: "collector".to_owned(), password: "p".to_owned() };
    let server = Server::start(&ServerSettings { password: Some(password), ..ServerSettings::default() });
    assert_eq!(server.ask("SELECT version() LIKE '18.16%'"), "1\n");
    let stranger = ureq::get(format!("{}/?query=SELECT%201", server.url())).call();
    assert!(stranger.is_err(), "{stranger:?}");
}
