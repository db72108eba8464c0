//! Answers of a real server that go wrong, and of what is none.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aboveboard_testkit::clickhouse::{self, ServerSettings};

use super::{Access, Client, Patience, Preparation, RowWriter, Server, Standing};
use crate::config::ServerAddress;
use crate::problem::Problem;

/// Nothing is made, and nothing is replicated.
#[derive(Debug)]
struct NoTables;

impl Preparation for NoTables {
    fn prepare(&self, _: &Server, _: bool) -> Result<u64, Problem> {
        Ok(0)
    }

    fn holders(&self, _: &str) -> Option<usize> {
        None
    }
}

fn server(address: &str) -> Arc<Server> {
    let access = Access::new(None, None, None).unwrap();
    let address = ServerAddress::parse(address).unwrap();
    Arc::new(Server::new(0, address, "default", access, Arc::new(NoTables)))
}

/// Answers every request with these bytes, then closes the connection.
fn answering(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let mut request = [0; 4096];
            if connection.read(&mut request).is_ok_and(|read| read > 0) {
                connection.write_all(answer).unwrap();
            }
        }
    });
    address
}

#[test]
fn an_error_behind_the_first_rows_is_an_error_and_not_rows() {
    let real = clickhouse::Server::start(&ServerSettings::default());
    let server = server(&real.address());
    let sql =
        "SELECT intDiv(1, toInt32(number) - 2000000) FROM (SELECT number FROM system.numbers LIMIT 3000000)";
    // The server itself has begun to answer when it finds out.
    let begun = real.try_ask("SELECT 1").unwrap();
    assert_eq!(begun, "1\n");
    let answer = server.ask(sql, Patience::Read);
    assert!(matches!(&answer, Err(Problem::Refused(153, text)) if text.contains("zero")), "{answer:?}");
}

#[test]
fn an_answer_that_is_cut_is_none() {
    for answer in [
        &b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"[..],
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc",
        b"HTTP/1.1 200",
        b"",
        b"220 mail.example ESMTP\r\n",
    ] {
        let answer = server(&answering(answer)).ask("SELECT 1", Patience::Read);
        assert!(matches!(answer, Err(Problem::Unreachable(_))), "{answer:?}");
    }
}

#[test]
fn an_error_without_a_number_is_one_all_the_same() {
    let answer = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nno\n";
    let answer = server(&answering(answer)).ask("SELECT 1", Patience::Read);
    assert!(matches!(answer, Err(Problem::Refused(0, _))), "{answer:?}");
}

#[test]
fn a_redirection_is_not_followed() {
    let answer =
        b"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
    let answer = server(&answering(answer)).ask("SELECT 1", Patience::Read);
    assert!(matches!(answer, Err(Problem::Refused(0, _))), "{answer:?}");
}

#[test]
fn a_body_that_is_cut_inserts_nothing() {
    let real = clickhouse::Server::start(&ServerSettings::default());
    let server = server(&real.address());
    server
        .execute("CREATE TABLE t (a UInt64, b String) ENGINE = MergeTree() ORDER BY a", Patience::Work)
        .unwrap();
    let mut rows = RowWriter::default();
    for number in 0..1_000 {
        rows.u64(number).text("some text");
    }
    let rows = rows.into_bytes();
    let refused = server.insert("t (a, b)", &rows[..rows.len() - 3]);
    assert!(matches!(refused, Err(Problem::Refused(..))), "{refused:?}");
    assert_eq!(real.ask("SELECT count() FROM t"), "0\n");
    server.insert("t (a, b)", &rows).unwrap();
    server.insert("t (a, b)", &rows).unwrap();
    let mut read = server.ask("SELECT a, b FROM t WHERE a = 7", Patience::Read).unwrap();
    for _ in 0..2 {
        assert_eq!((read.u64().unwrap(), read.text().unwrap()), (7, "some text"));
    }
    assert!(read.is_at_end());
}

#[test]
fn a_paused_server_is_given_up_within_the_limit_and_the_other_answers() {
    let [paused, other] = [(); 2].map(|()| clickhouse::Server::start(&ServerSettings::default()));
    let client = Client::new(vec![vec![server(&paused.address()), server(&other.address())]]);
    assert_eq!(client.select(0, "SELECT 1").unwrap().u8().unwrap(), 1);
    paused.pause();
    let begun = Instant::now();
    assert_eq!(client.select(0, "SELECT 2").unwrap().u8().unwrap(), 2);
    // A question waits for 5 seconds; one for the health of a server for 2. The rest is for a busy machine.
    assert!(begun.elapsed().as_secs() < 12, "{:?}", begun.elapsed());
    let begun = Instant::now();
    for _ in 0..20 {
        client.select(0, "SELECT 3").unwrap();
    }
    // None of these waits for the paused one, or they would take 40 seconds and more.
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
    paused.resume();
    let standing = || client.replicas(0)[0].ask_standing();
    assert_eq!(standing(), Standing::Usable);
}

/// A table that replicates between the servers of a shard.
fn table(replica: &str) -> String {
    format!("CREATE TABLE t (n UInt64) ENGINE = ReplicatedMergeTree('/t', '{replica}') ORDER BY n")
}

/// Asks until a server can be used.
fn await_usable(server: &Server) {
    let until = Instant::now() + Duration::from_secs(60);
    while server.ask_standing() != Standing::Usable {
        assert!(Instant::now() < until, "{}", server.ask_standing());
    }
}

#[test]
fn a_part_that_was_lost_with_the_only_disk_that_had_it_is_not_waited_for() {
    let mut cluster = clickhouse::Cluster::start(1, 2);
    let servers: Vec<_> = cluster.addresses()[0].iter().map(|address| server(address)).collect();
    let client = Client::new(vec![servers.clone()]);
    for (replica, server) in ["a", "b"].iter().zip(&cluster.servers[0]) {
        server.run(&table(replica));
    }
    cluster.server(0, 0).run("INSERT INTO t SELECT number FROM numbers(10)");
    cluster.server(0, 1).run("SYSTEM SYNC REPLICA t");
    servers.iter().for_each(|server| await_usable(server));
    // What the other one cannot fetch is lost.
    cluster.server(0, 1).pause();
    cluster.server(0, 0).run("INSERT INTO t SELECT number + 10 FROM numbers(10)");
    cluster.server(0, 0).wipe();
    cluster.server(0, 1).resume();
    cluster.server(0, 1).kill();
    cluster.server(0, 0).restart();
    cluster.server(0, 1).restart();
    cluster.server(0, 0).run(&table("c"));
    // As long as another that may have what it waits for does not say that it has not, an empty replica is not used.
    cluster.server(0, 1).kill();
    let missed =
        "SELECT count() FROM system.replication_queue WHERE position(last_exception, 'Code: 234') > 0";
    let until = Instant::now() + Duration::from_secs(60);
    while cluster.server(0, 0).ask(missed) == "0\n" {
        assert!(Instant::now() < until);
    }
    assert!(matches!(servers[0].ask_standing(), Standing::Behind(_)), "{}", servers[0].ask_standing());
    cluster.server(0, 1).restart();
    servers.iter().for_each(|server| await_usable(server));
    for server in &cluster.servers[0] {
        assert_eq!(server.ask("SELECT count() FROM t"), "10\n");
        // The engine goes on waiting.
        assert_ne!(server.ask("SELECT count() FROM system.replication_queue"), "0\n");
    }
    // Whoever knows once that it is lost knows it also without the other.
    cluster.server(0, 1).kill();
    assert_eq!(servers[0].ask_standing(), Standing::Usable);
    drop(client);
}

#[test]
fn an_answer_that_begins_and_does_not_end_is_given_up_too() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = server(&address);
    let asking = std::thread::spawn(move || server.ask("SELECT 1", Patience::Health));
    let (mut connection, _) = listener.accept().unwrap();
    connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc").unwrap();
    let answer = asking.join().unwrap();
    assert!(matches!(&answer, Err(Problem::Unreachable(why)) if why.contains("time limit")), "{answer:?}");
}

#[test]
fn what_a_server_said_before_it_was_known_to_be_started_anew_is_not_taken() {
    let mut real = clickhouse::Server::start(&ServerSettings::default());
    let server = server(&real.address());
    let uptime = || real.ask("SELECT uptime()").trim().parse::<u32>().unwrap();
    while uptime() < 3 {}
    assert_eq!(server.ask_standing(), Standing::Usable);
    let before = server.uptime();
    server.has_run_on(before).unwrap();
    real.restart();
    let said = server.has_run_on(before);
    assert!(matches!(&said, Err(Problem::Behind(why)) if why.contains("started anew")), "{said:?}");
    assert!(matches!(server.ask_standing(), Standing::Usable));
    server.has_run_on(server.uptime()).unwrap();
    // Whoever asked before that still does not take what came.
    assert!(server.has_run_on(before).is_err());
}
