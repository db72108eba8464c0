//! Old clients, upgrades while clients send, clocks that are wrong, files that are damaged.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::program::{Program, prepare, program};
use crate::test_collector::{
    MANIFEST, PATIENCE, TestCollector, batch, batch_of, batch_under, counted, exchange, manifest_of, metric,
    now, post_request, settled, try_exchange, until,
};

/// A batch of the CLI with one event of this time.
fn at(number: u64, time: i128) -> Vec<u8> {
    let text = String::from_utf8(batch(number)).unwrap();
    let from = text.find("\"time\":").unwrap() + 7;
    let to = from + text[from..].find(',').unwrap();
    format!("{}{time}{}", &text[..from], &text[to..]).into_bytes()
}

#[test]
fn clients_of_two_revisions_back_are_taken_and_a_newer_one_waits_for_its_manifest() {
    let collector = TestCollector::new();
    for revision in [2, 3] {
        let path = collector.directory.path().join(format!("manifests/quarry-{revision}.toml"));
        std::fs::write(path, manifest_of(revision)).unwrap();
    }
    let post = |number: u64, revision: u32| collector.post(&batch_under(revision, number));
    crate::test_collector::until(|| post(3, 3).status == 202);
    for revision in 1..=2 {
        assert_eq!(post(u64::from(revision), revision).status, 202, "revision {revision}");
    }
    assert_eq!(post(4, 4).reason(), "revision-unknown");
    collector.settled();
    assert_eq!(counted(collector.address()), 3);
}

/// Sends a batch until it is acknowledged by whichever collector listens at the address.
fn insist(address: SocketAddr, number: u64) {
    let start = Instant::now();
    while try_exchange(address, &post_request(&batch(number), "")).is_none_or(|answer| answer.status != 202) {
        assert!(start.elapsed() < PATIENCE, "never acknowledged");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn torture_upgrades_while_clients_send_lose_and_double_nothing() {
    let rounds = if std::env::var_os("ABOVEBOARD_TORTURE").is_some() { 100 } else { 6 };
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let config = prepare(directory.path(), &data, "[log]\nfree = \"0B\"\n");
    // All that come after it listen where the first did, as behind a service's address.
    let first = Program::start(&config);
    let address = first.address;
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace("127.0.0.1:0", &address.to_string())).unwrap();
    let next = AtomicU64::new(0);
    let over = AtomicBool::new(false);
    let mut running = first;
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    insist(address, next.fetch_add(1, Ordering::Relaxed));
                }
            });
        }
        for _ in 0..rounds {
            let until = next.load(Ordering::Relaxed) + 20;
            crate::test_collector::until(|| next.load(Ordering::Relaxed) >= until);
            // The new one is started while the old one still runs: it must not touch the data.
            let early = std::process::Command::new(program()).arg(&config).output().unwrap();
            assert!(!early.status.success());
            running.terminate_in_place();
            running = Program::start(&config);
        }
        over.store(true, Ordering::Relaxed);
    });
    let sent = next.into_inner();
    settled(address);
    assert_eq!(counted(address), sent, "{rounds} upgrades");
    running.terminate();
}

#[test]
fn a_clock_that_is_wrong_by_years_is_taken_out_and_what_cannot_be_believed_is_counted_as_unplaced() {
    const YEARS: i128 = 10 * 31_557_600;
    let collector = TestCollector::new();
    let here = i128::from(now());
    let sent = |number: u64, time: i128, clock: &str| {
        let header =
            if clock.is_empty() { String::new() } else { format!("aboveboard-sent-at: {clock}\r\n") };
        exchange(collector.address(), &post_request(&at(number, time), &header)).status
    };
    // Clocks that are wrong and say so: ten years behind, ten ahead, a machine that begins in 1970.
    for (number, clock) in [(1, here - YEARS), (2, here + YEARS), (3, 600)] {
        assert_eq!(sent(number, clock - 60, &clock.to_string()), 202);
    }
    collector.settled();
    assert_eq!(counted(collector.address()), 3);
    // Clocks that do not say what they are, or nonsense: the event cannot be placed, and nothing overflows.
    let wrong = [
        (here - YEARS, "".to_owned()),
        (here + YEARS, "".to_owned()),
        (here - YEARS, "-1".to_owned()),
        (here - YEARS, "99999999999999999999999".to_owned()),
        (here - YEARS, "yesterday".to_owned()),
        // A jump between recording and sending: the skew is no longer that of the event.
        (here - YEARS, here.to_string()),
        (0, "253402300799".to_owned()),
        (253_402_300_799, "0".to_owned()),
    ];
    for (number, (time, clock)) in wrong.iter().enumerate() {
        assert_eq!(sent(10 + number as u64, *time, clock), 202, "{time} {clock}");
    }
    // Times that no clock has, as numbers that no reader takes or that are refused one by one.
    for (number, time) in [(90, -1), (91, i128::from(u64::MAX) + 1), (92, i128::from(u64::MAX))] {
        assert!(matches!(sent(number, time, ""), 202 | 400 | 422), "{time}");
    }
    collector.settled();
    assert_eq!(counted(collector.address()), 3);
    assert_eq!(collector.metric("events_unplaced_total"), wrong.len() as u64);
    assert_eq!(collector.post(&batch(99)).status, 202);
    collector.settled();
    assert_eq!(counted(collector.address()), 4);
}

#[test]
fn a_damaged_database_is_refused_with_the_remedy_and_never_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let config = prepare(directory.path(), &data, "[log]\nfree = \"0B\"\n");
    let collector = Program::start(&config);
    for number in 0..200 {
        assert_eq!(exchange(collector.address, &post_request(&batch(number), "")).status, 202);
    }
    settled(collector.address);
    collector.terminate();
    let store = data.join("store.sqlite");
    let sound = std::fs::read(&store).unwrap();
    assert!(!data.join("store.sqlite-wal").exists(), "a stop in order leaves one whole file");
    let refused = |bytes: Option<&[u8]>, says: &[&str]| {
        match bytes {
            Some(bytes) => std::fs::write(&store, bytes).unwrap(),
            None => std::fs::remove_file(&store).unwrap(),
        }
        let output = std::process::Command::new(program()).arg(&config).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && says.iter().any(|word| stderr.contains(word)), "{stderr}");
        assert_eq!(std::fs::read(&store).ok().as_deref(), bytes, "left as it was");
    };
    refused(None, &["missing"]);
    refused(Some(b""), &["damaged", "not a database"]);
    refused(
        Some(b"something else, long enough to have a header of some other kind of file, is here"),
        &["not a database"],
    );
    refused(Some(&sound[..sound.len() / 2]), &["repair"]);
    let mut flipped = sound.clone();
    for page in flipped.chunks_mut(4096).skip(1) {
        page[..8].fill(0xa5);
    }
    refused(Some(&flipped), &["repair"]);
    std::fs::write(&store, &sound).unwrap();
    let collector = Program::start(&config);
    assert_eq!(counted(collector.address), 200);
    collector.terminate();
    // A repair keeps what reads; where all of it does, that is all.
    aboveboard_collector::upkeep::repair(&data, |_, _| {}).unwrap();
    let collector = Program::start(&config);
    assert_eq!(counted(collector.address), 200);
    assert_eq!(metric(collector.address, "log_unapplied_bytes"), 0);
    collector.terminate();
}

#[test]
fn the_first_body_under_an_id_wins_and_another_is_counted_as_a_conflict() {
    let collector = TestCollector::new();
    let other =
        String::from_utf8(batch(1)).unwrap().replace("\"command\":\"init\"", "\"command\":\"version\"");
    assert_eq!(collector.post(&batch(1)).status, 202);
    assert_eq!(collector.post(other.as_bytes()).status, 202, "found at apply, not at ingest");
    assert_eq!(collector.post(&batch(1)).status, 202);
    collector.settled();
    assert_eq!(counted(collector.address()), 1);
    assert_eq!(
        (collector.metric("batches_conflicting_total"), collector.metric("batches_duplicate_total")),
        (1, 1),
        "the other body once, the first again once"
    );
    let commands = collector.get("/api/tables/commands.json?product=quarry").text();
    assert!(commands.contains("\"init\"") && !commands.contains("\"version\""), "{commands}");
}

#[test]
fn who_takes_the_id_of_anothers_batch_first_keeps_nothing_out() {
    let collector = TestCollector::new();
    let own = batch_of("quarry", MANIFEST, 1, 1);
    let strangers = batch_of("quarry", MANIFEST, 2, 1);
    let strangers = String::from_utf8(strangers).unwrap().replace("\"error\":false", "\"error\":true");
    assert_eq!(collector.post(strangers.as_bytes()).status, 202);
    assert_eq!(collector.post(&own).status, 202);
    assert_eq!(collector.post(&own).status, 202);
    collector.settled();
    assert_eq!(counted(collector.address()), 2);
    assert_eq!(
        (collector.metric("batches_conflicting_total"), collector.metric("batches_duplicate_total")),
        (0, 1)
    );
}

#[test]
fn a_rejected_manifest_is_said_everywhere_and_the_next_start_serves_the_others() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let config = prepare(directory.path(), &data, "");
    let program = Program::start(&config);
    let get = |address, path: &str| {
        exchange(address, format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes()).text()
    };
    std::fs::write(data.join("manifests/mason-1.toml"), "grammar = 1\n[product]\nid = \"mason\"\nna")
        .unwrap();
    let named = "\naboveboard_manifest_rejected{file=\"mason-1.toml\",product=\"mason\"} 1\n";
    until(|| get(program.address, "/metrics").contains(named));
    let said = |page: &str| page.contains("The manifest mason-1.toml of mason cannot be used");
    assert!(said(&get(program.address, "/?product=quarry")));
    assert_eq!(exchange(program.address, &post_request(&batch(1), "")).status, 202);
    program.terminate();
    let program = Program::start(&config);
    assert!(said(&get(program.address, "/")) && get(program.address, "/metrics").contains(named));
    assert_eq!(exchange(program.address, &post_request(&batch(2), "")).status, 202);
    // What its agents send waits for the file to be mended.
    let mason = String::from_utf8(batch(3)).unwrap().replace("\"quarry\"", "\"mason\"");
    let waits = exchange(program.address, &post_request(mason.as_bytes(), ""));
    assert_ne!(waits.status / 100, 2, "{}", waits.text());
    program.terminate();
    let problems = aboveboard_collector::upkeep::problems(&data).unwrap();
    assert!(problems.len() == 1 && problems[0].contains("mason-1.toml"), "{problems:?}");
}

#[test]
fn a_product_that_nobody_knows_cannot_be_closed() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let start = |closed: &str| {
        let config = prepare(directory.path(), &data, &format!("[products]\nclosed = [\"{closed}\"]\n"));
        std::process::Command::new(crate::program::program()).arg(config).output()
    };
    let output = start("quary").unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && stderr.contains("quary"), "{stderr}");
    let config = prepare(directory.path(), &data, "[products]\nclosed = [\"quarry\"]\n");
    let program = Program::start(&config);
    let closed = exchange(program.address, &post_request(&batch(1), ""));
    assert_eq!((closed.status, closed.reason().as_str()), (410, "product-closed"));
    program.terminate();
}
