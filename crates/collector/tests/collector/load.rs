//! Many at once: thousands that are silent or slow, a flood, a backlog. By default a slice; the full count when
//! `ABOVEBOARD_TORTURE` is set, where times are held to their bounds too. Without it no time is asked for: the tests run
//! on machines that are busy.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::program::{Program, prepare};
use crate::test_collector::{
    PATIENCE, batch, counted, exchange, metric, post_request, read_answer, settled, until,
};

/// Whether everything is to run, and times count.
fn full() -> bool {
    std::env::var_os("ABOVEBOARD_TORTURE").is_some()
}

/// As many descriptors as the system allows: each connection here is one.
fn raise_descriptors() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times.get((times.len() * percent / 100).min(times.len().saturating_sub(1))).copied().unwrap_or_default()
}

/// Bytes of a process that are resident: now, and at most so far.
fn resident(pid: u32) -> (u64, u64) {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let of = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap();
        line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap() * 1024
    };
    (of("VmRSS:"), of("VmHWM:"))
}

/// Silent, half way through a header, half way through a body.
const SLOW: [&[u8]; 3] = [
    b"",
    b"POST /v1/batch HTTP/1.1\r\nhost: localhost\r\nx-sl",
    b"POST /v1/batch HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\naboveboard-key: qk_pub_quarry\r\n\
      content-length: 500\r\n\r\n{\"wire\":",
];

#[test]
fn torture_thousands_of_slow_connections_are_held_and_closed_without_delaying_others() {
    let many = if full() { 5_000 } else { 300 };
    assert!(raise_descriptors() > many + 200, "this system allows too few descriptors");
    let directory = tempfile::tempdir().unwrap();
    let config = prepare(directory.path(), &directory.path().join("data"), "[log]\nfree = \"0B\"\n");
    let program = Program::start(&config);
    let start = Instant::now();
    let slow: Vec<TcpStream> = (0..many)
        .map(|number| {
            let mut stream = TcpStream::connect(program.address).unwrap();
            stream.write_all(SLOW[number as usize % SLOW.len()]).unwrap();
            stream.set_nonblocking(true).unwrap();
            stream
        })
        .collect();
    let opened = Instant::now();
    let held = metric(program.address, "connections");
    let mut posts = Vec::new();
    let mut good = TcpStream::connect(program.address).unwrap();
    let mut open = slow;
    let mut last = opened;
    let mut number = 0;
    while !open.is_empty() {
        for _ in 0..20 {
            let sent = Instant::now();
            good.write_all(&post_request(&batch(number), "")).unwrap();
            assert_eq!(read_answer(&mut good).expect("a good post is answered").status, 202);
            posts.push(sent.elapsed());
            number += 1;
        }
        let before = open.len();
        open.retain_mut(|stream| !is_closed(stream));
        if open.len() < before {
            last = Instant::now();
        }
        assert!(opened.elapsed() < PATIENCE * 3, "{} are still open", open.len());
    }
    settled(program.address);
    assert_eq!(counted(program.address), number);
    let p99 = percentile(&mut posts, 99);
    let took = last - start;
    println!(
        "{many} slow connections, {held} held at once: all closed {took:.1?} after the first was opened ({:.1?} after the \
         last); {number} good posts meanwhile, p50 {:.2?}, p99 {p99:.2?}; {} MiB resident at most",
        last - opened,
        percentile(&mut posts, 50),
        resident(program.pid()).1 >> 20,
    );
    if full() {
        assert!(held >= many, "{held} held");
        assert!(last - opened <= Duration::from_secs(12), "{took:?}");
        assert!(p99 < Duration::from_millis(50), "{p99:?}");
    }
    program.terminate();
}

/// Whether the other side has closed; what it sent before that is read and dropped.
fn is_closed(stream: &mut TcpStream) -> bool {
    let mut buffer = [0; 1_024];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
            Err(_) => return true,
        }
    }
}

/// A client of a flood: batches as fast as answers come, each known by whether it was acknowledged.
fn flood(
    address: SocketAddr,
    next: &AtomicU64,
    over: &AtomicBool,
    acknowledged: &AtomicU64,
    refused: &AtomicU64,
) {
    let mut stream = None;
    while !over.load(Ordering::Relaxed) {
        let Some(mut open) = stream.take().or_else(|| TcpStream::connect(address).ok()) else { continue };
        let number = next.fetch_add(1, Ordering::Relaxed);
        if open.write_all(&post_request(&batch(number), "")).is_err() {
            continue;
        }
        let Some(answer) = read_answer(&mut open) else { continue };
        match answer.status {
            202 => acknowledged.fetch_add(1, Ordering::Relaxed),
            429 | 503 => {
                assert!(answer.header("retry-after").is_some(), "{answer:?}");
                refused.fetch_add(1, Ordering::Relaxed)
            }
            _ => panic!("{answer:?}"),
        };
        stream = Some(open);
    }
}

#[test]
fn torture_a_flood_at_ten_times_what_is_let_in_costs_no_memory_no_health_and_no_false_receipt() {
    let (clients, lasts) = if full() { (256, Duration::from_secs(20)) } else { (32, Duration::from_secs(2)) };
    raise_descriptors();
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let config = prepare(directory.path(), &data, "[log]\nfree = \"0B\"\n");
    // What is let in, from all together, is a tenth of what comes and less.
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace("[rate]\n", "[rate]\ntotal-per-second = 500\ntotal-burst = 500\n"))
        .unwrap();
    let program = Program::start(&config);
    let address = program.address;
    let over = AtomicBool::new(false);
    let next = AtomicU64::new(0);
    let acknowledged = AtomicU64::new(0);
    let refused = AtomicU64::new(0);
    let mut health = Vec::new();
    std::thread::scope(|scope| {
        for _ in 0..clients {
            scope.spawn(|| flood(address, &next, &over, &acknowledged, &refused));
        }
        let start = Instant::now();
        while start.elapsed() < lasts || refused.load(Ordering::Relaxed) < 10 * 500 {
            let asked = Instant::now();
            let answer = exchange(address, b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
            assert_eq!(answer.status, 200);
            health.push(asked.elapsed());
            assert!(start.elapsed() < PATIENCE * 6, "no flood came about");
        }
        over.store(true, Ordering::Relaxed);
    });
    settled(address);
    let acknowledged = acknowledged.into_inner();
    let refused = refused.into_inner();
    // A reply that was cut off when the flood ended may have been a receipt.
    let counted = counted(address);
    assert!(
        counted >= acknowledged && counted <= acknowledged + clients,
        "{counted}, {acknowledged} acknowledged"
    );
    let (now, most) = resident(program.pid());
    println!(
        "{clients} clients, {acknowledged} let in and counted, {refused} refused; health p50 {:.2?}, p99 {:.2?}; {} MiB \
         resident at the end, {} MiB at most",
        percentile(&mut health, 50),
        percentile(&mut health, 99),
        now >> 20,
        most >> 20
    );
    assert!(most < 256 << 20, "{most} bytes resident");
    if full() {
        assert!(percentile(&mut health, 99) < Duration::from_millis(100));
    }
    program.terminate();
}

#[test]
fn torture_a_backlog_at_the_start_delays_nothing_and_takes_no_memory() {
    let many: u64 = if full() { 100_000 } else { 3_000 };
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let config = prepare(directory.path(), &data, "[log]\nfree = \"0B\"\n");
    let idle = memory_of_a_run(&config, 0);
    let arrivals = (0..many).map(|number| {
        // What is received is no older than its receipt.
        let body = batch(number);
        let received = i64::try_from(crate::test_collector::now()).unwrap();
        aboveboard_store::entry::Arrival { received, skew: 0, refused: 0, counted_value: None, body }
    });
    assert_eq!(aboveboard_collector::import(&data, arrivals).unwrap(), many);
    let start = Instant::now();
    let program = Program::start(&config);
    assert_eq!(exchange(program.address, &post_request(&batch(many), "")).status, 202);
    let answered = start.elapsed();
    let waiting = metric(program.address, "log_unapplied_bytes");
    until_applied(program.address);
    let applied = start.elapsed();
    assert_eq!(counted(program.address), many + 1);
    let (now, most) = resident(program.pid());
    println!(
        "{many} batches waiting: the first post was answered {answered:.2?} after the start ({waiting} bytes of log still \
         waited), all applied after {applied:.2?}; resident {} MiB idle in an empty one, {} MiB at most, {} MiB at the end",
        idle >> 20,
        most >> 20,
        now >> 20
    );
    // The bound of what a transaction gathers, however long the log is.
    assert!(most < 96 << 20, "{most} bytes resident");
    if full() {
        assert!(answered < Duration::from_secs(2), "{answered:?}");
    }
    program.terminate();
}

fn until_applied(address: SocketAddr) {
    let start = Instant::now();
    while metric(address, "log_unapplied_bytes") > 0 {
        assert!(start.elapsed() < PATIENCE * 10, "the backlog does not get shorter");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn memory_of_a_run(config: &Path, sent: u64) -> u64 {
    let program = Program::start(config);
    (0..sent).for_each(|number| drop(exchange(program.address, &post_request(&batch(number), ""))));
    until(|| metric(program.address, "log_unapplied_bytes") == 0);
    let (now, _) = resident(program.pid());
    program.terminate();
    now
}
