//! What is made when a cluster is opened, and what is wrong where it cannot be.

use aboveboard_replay::ClusterKey;
use aboveboard_store_clickhouse::{ClickHouse, ClusterConfig, Password, ServerAddress};
use aboveboard_testkit::clickhouse::{Password as ServerPassword, Server, ServerSettings};

fn config(address: &str) -> ClusterConfig {
    ClusterConfig {
        shards: vec![vec![ServerAddress::parse(address).unwrap()]],
        database: "aboveboard".to_owned(),
        user: None,
        password: None,
        key: ClusterKey::new([1; 32]),
        certificates: None,
    }
}

fn why(config: &ClusterConfig) -> (String, bool) {
    let data = tempfile::tempdir().unwrap();
    let error = ClickHouse::open(config, data.path()).unwrap_err();
    (error.to_string(), error.is_transient())
}

#[test]
fn one_server_without_zookeeper_is_a_cluster_and_stays_that_one() {
    let server = Server::start(&ServerSettings::default());
    let data = tempfile::tempdir().unwrap();
    let mine = config(&server.address());
    for _ in 0..2 {
        ClickHouse::open(&mine, data.path()).unwrap();
    }
    let (text, is_transient) = why(&ClusterConfig { key: ClusterKey::new([2; 32]), ..mine.clone() });
    assert!(text.contains("another key") && !is_transient, "{text}");
    let (text, is_transient) = why(&ClusterConfig {
        shards: vec![mine.shards[0].clone(), vec![ServerAddress::parse("127.0.0.1:1").unwrap()]],
        ..mine.clone()
    });
    assert!(text.contains("not replicated") && !is_transient, "{text}");
}

#[test]
fn whoever_is_not_let_in_is_told_so() {
    let server = Server::start(&ServerSettings {
        password: Some(ServerPassword { user: "default".to_owned(), password: "correct".to_owned() }),
        ..ServerSettings::default()
    });
    let mine = config(&server.address());
    let (text, is_transient) = why(&mine);
    assert!(text.contains("check the user and the password") && !is_transient, "{text}");
    let data = tempfile::tempdir().unwrap();
    let password = Some(Password::new("correct".to_owned()));
    ClickHouse::open(&ClusterConfig { password, ..mine }, data.path()).unwrap();
}

#[test]
fn where_nothing_answers_it_may_later() {
    let (text, is_transient) = why(&config("127.0.0.1:1"));
    assert!(text.contains("refuses the connection") && is_transient, "{text}");
}
