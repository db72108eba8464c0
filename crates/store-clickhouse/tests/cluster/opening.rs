//! What is made when a cluster is opened, and what is wrong where it cannot be.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use aboveboard_replay::{Backend as _, Block, ClusterKey};
use aboveboard_store::entry::Position;
use aboveboard_store_clickhouse::{ClickHouse, ClusterConfig, Password, ServerAddress};

use aboveboard_testkit::authority::Authority;
use aboveboard_testkit::clickhouse::{Cluster, Password as ServerPassword, Server, ServerSettings, Tls};

use crate::fixture::{config, config_of};

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

/// Answers every request with one text, as a server of some version would, or something else that speaks HTTP.
fn answering(text: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let mut request = [0; 4096];
            if connection.read(&mut request).is_ok_and(|read| read > 0) {
                let length = text.len();
                let answer =
                    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}");
                connection.write_all(answer.as_bytes()).unwrap();
            }
        }
    });
    address
}

#[test]
fn an_old_server_and_what_is_none_are_told_apart() {
    let (text, is_transient) = why(&config(&answering("1.1.54310\n")));
    assert!(text.contains("ClickHouse 1.1.54310, and 18.16 or newer") && !is_transient, "{text}");
    let (text, is_transient) = why(&config(&answering("<html>hello</html>")));
    assert!(text.contains("check the address") && !is_transient, "{text}");
}

#[test]
fn a_database_of_something_else_is_left_as_it_is() {
    let server = Server::start(&ServerSettings::default());
    let mine = config(&server.address());
    server.run("CREATE DATABASE aboveboard");
    server.run("CREATE TABLE aboveboard.journal (a String) ENGINE = Log");
    let (text, is_transient) = why(&mine);
    assert!(text.contains("a database of the collectors' own") && !is_transient, "{text}");
    assert_eq!(
        server.ask("SELECT name FROM system.columns WHERE database = 'aboveboard' AND table = 'journal'"),
        "a\n"
    );
    // One that was changed since is found at the next start.
    let other = ClusterConfig { database: "other".to_owned(), ..mine };
    let data = tempfile::tempdir().unwrap();
    drop(ClickHouse::open(&other, data.path()).unwrap());
    server.run("ALTER TABLE other.arrival ADD COLUMN extra String");
    let (text, is_transient) = why(&other);
    assert!(text.contains("other.arrival") && !is_transient, "{text}");
    // So is a newer schema.
    server.run("INSERT INTO other.meta VALUES ('schema', '2')");
    let (text, is_transient) = why(&other);
    assert!(
        text.contains("schema") && text.contains("use the program that made it") && !is_transient,
        "{text}"
    );
}

#[test]
fn a_database_that_is_gone_is_not_begun_anew_for_a_collector_that_used_it() {
    let server = Server::start(&ServerSettings::default());
    let mine = config(&server.address());
    let data = tempfile::tempdir().unwrap();
    let cluster = ClickHouse::open(&mine, data.path()).unwrap();
    cluster.append(Block { end: Position(7), ..Block::default() }).unwrap();
    assert_eq!(cluster.settled().unwrap(), Position(7));
    server.run("DROP DATABASE aboveboard");
    assert!(cluster.blocks(0).unwrap_err().to_string().contains("is gone"));
    drop(cluster);
    let error = ClickHouse::open(&mine, data.path()).unwrap_err();
    assert!(!error.is_transient() && error.to_string().contains("is gone"), "{error}");
    assert_eq!(server.ask("EXISTS TABLE aboveboard.journal"), "0\n");
}

#[test]
fn tables_are_made_by_one_collector_at_a_time_and_by_another_where_that_one_ended_in_the_middle() {
    let cluster = Cluster::start(1, 2);
    let mine = config_of(&cluster.addresses());
    // All make the same tables.
    let open = |_| ClickHouse::open(&mine, tempfile::tempdir().unwrap().path()).map(drop);
    std::thread::scope(|scope| {
        let collectors: Vec<_> = (0..4).map(|number| scope.spawn(move || open(number))).collect();
        collectors.into_iter().for_each(|collector| collector.join().unwrap().unwrap());
    });
    let server = &cluster.servers[0][0];
    let tables =
        "SELECT count(), countIf(name = 'preparation') FROM system.tables WHERE database = 'aboveboard'";
    assert_eq!(server.ask(tables), "11\t0\n");

    server.run("CREATE TABLE aboveboard.preparation (x UInt8) ENGINE = Memory");
    let file = server.folder().join("data/metadata/aboveboard/preparation.sql");
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(90);
    std::fs::File::options().write(true).open(file).unwrap().set_modified(long_ago).unwrap();
    server.run("CREATE TABLE aboveboard.lost_arrival (x UInt8) ENGINE = Memory");
    server.run("DROP TABLE aboveboard.arrival");
    open(0).unwrap();
    assert_eq!(server.ask(tables), "11\t0\n");
}

#[test]
fn a_data_directory_belongs_to_one_cluster() {
    let server = Server::start(&ServerSettings::default());
    let mine = config(&server.address());
    let data = tempfile::tempdir().unwrap();
    drop(ClickHouse::open(&mine, data.path()).unwrap());
    let other = ClusterConfig { key: ClusterKey::new([2; 32]), database: "other".to_owned(), ..mine };
    let error = ClickHouse::open(&other, data.path()).unwrap_err();
    assert!(!error.is_transient() && error.to_string().contains("another data directory"), "{error}");
}

#[test]
fn a_server_is_reached_over_tls_by_the_certificates_that_are_named_and_no_others() {
    let authority = Authority::new();
    let (certificate, key) = authority.issue("elsewhere.example", 2100);
    let tls = Some(Tls { certificate, key });
    let mut server = Server::start(&ServerSettings { tls, ..ServerSettings::default() });
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), authority.pem()).unwrap();
    let mine = ClusterConfig { certificates: Some(file.path().to_owned()), ..config(&server.tls_url()) };
    // Its certificate is for another host.
    let (text, _) = why(&mine);
    assert!(text.contains("check the certificates"), "{text}");

    let (certificate, key) = authority.issue(&server.ip().to_string(), 2100);
    std::fs::write(server.folder().join("certificate.pem"), certificate).unwrap();
    std::fs::write(server.folder().join("key.pem"), key).unwrap();
    server.restart();
    let data = tempfile::tempdir().unwrap();
    let cluster = ClickHouse::open(&mine, data.path()).unwrap();
    assert_eq!(cluster.blocks(0).unwrap(), []);

    let (text, _) = why(&config(&server.tls_url()));
    assert!(text.contains("check the certificates"), "{text}");
    std::fs::write(file.path(), Authority::new().pem()).unwrap();
    let (text, _) = why(&mine);
    assert!(text.contains("check the certificates"), "{text}");
    std::fs::write(file.path(), "no certificate").unwrap();
    let (text, is_transient) = why(&mine);
    assert!(text.contains("holds no certificate") && !is_transient, "{text}");
}
