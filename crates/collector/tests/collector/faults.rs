//! Disks that fill up and disks that fail, and the proof of the order in which an acknowledgement comes about.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program::{Program, not_run, prepare};
use crate::test_collector::{
    TestCollector, batch, connect, counted, exchange, metric, post_request, read_answer, settled, until,
};

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A file system of its own in memory, of a few hundred KiB.
struct Tmpfs(PathBuf);

impl Tmpfs {
    fn new(directory: &Path, options: &str) -> Self {
        let place = directory.join("small");
        std::fs::create_dir(&place).unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", options, "none"]).arg(&place).status();
        assert!(mounted.unwrap().success(), "mount");
        Self(place)
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_is_answered_with_507_and_nothing_is_lost_or_claimed() {
    if !is_root() {
        return not_run("only root can mount a small file system");
    }
    let directory = tempfile::tempdir().unwrap();
    let small = Tmpfs::new(directory.path(), "size=3m");
    let data = small.0.join("data");
    let config = prepare(directory.path(), &data, "[log]\nsegment = \"64KiB\"\nfree = \"0B\"\n");
    let program = Program::start(&config);
    assert_eq!(exchange(program.address, &post_request(&batch(0), "")).status, 202);
    settled(program.address);
    let ballast = small.0.join("ballast");
    fill(&ballast);
    let acknowledged = 1 + until_full(program.address);
    std::fs::remove_file(&ballast).unwrap();
    until(|| exchange(program.address, &post_request(&batch(5_000), "")).status == 202);
    settled(program.address);
    assert_eq!(counted(program.address), acknowledged + 1);
    program.terminate();
    drop(small);
}

/// Posts batches until five were answered as by a full disk; gives how many were acknowledged.
fn until_full(address: SocketAddr) -> u64 {
    let mut acknowledged = 0;
    let mut full = 0;
    for number in 1..2_000 {
        let answer = exchange(address, &post_request(&batch(number), ""));
        match answer.status {
            202 => acknowledged += 1,
            507 => {
                assert_eq!(answer.reason(), "disk-full");
                assert!(answer.header("retry-after").is_some());
                full += 1;
            }
            _ => panic!("{answer:?}"),
        }
        if full == 5 {
            break;
        }
    }
    assert_eq!(full, 5, "the disk never filled up, or its inodes never ran out");
    acknowledged
}

#[test]
fn a_disk_without_inodes_is_answered_with_507_and_nothing_is_lost_or_claimed() {
    if !is_root() {
        return not_run("only root can mount a small file system");
    }
    let directory = tempfile::tempdir().unwrap();
    let small = Tmpfs::new(directory.path(), "size=64m,nr_inodes=40");
    let data = small.0.join("data");
    let config = prepare(directory.path(), &data, "[log]\nsegment = \"4KiB\"\nfree = \"0B\"\n");
    let program = Program::start(&config);
    assert_eq!(exchange(program.address, &post_request(&batch(0), "")).status, 202);
    settled(program.address);
    // Files take every inode; segments that are full cannot be followed by another.
    let ballast: Vec<_> = (0..60).map(|number| small.0.join(format!("ballast-{number}"))).collect();
    let taken = ballast.iter().take_while(|file| std::fs::File::create(file).is_ok()).count();
    assert!(taken < ballast.len(), "there are inodes left");
    let acknowledged = 1 + until_full(program.address);
    ballast.iter().take(taken).for_each(|file| std::fs::remove_file(file).unwrap());
    until(|| exchange(program.address, &post_request(&batch(5_000), "")).status == 202);
    settled(program.address);
    assert_eq!(counted(program.address), acknowledged + 1);
    program.terminate();
    drop(small);
}

/// Takes all the space there is.
fn fill(ballast: &Path) {
    let mut file = std::fs::File::create(ballast).unwrap();
    for size in [64 * 1024, 4096] {
        while file.write_all(&vec![1; size]).is_ok() {}
    }
}

#[test]
fn a_nearly_full_disk_is_refused_before_it_is_full() {
    let collector = TestCollector::with(|config| config.log.free = u64::MAX / 2);
    let answer = collector.post(&batch(1));
    assert_eq!((answer.status, answer.reason().as_str()), (507, "disk-full"));
    assert_eq!(collector.get("/readyz").status, 503);
    assert_eq!(collector.get("/healthz").status, 200);
}

#[test]
fn a_log_at_its_cap_refuses_batches() {
    let collector = TestCollector::with(|config| config.log.cap = 100);
    let answer = collector.post(&batch(1));
    assert_eq!((answer.status, answer.reason().as_str()), (503, "log-full"));
}

fn strace(arguments: &[&str], output: &Path) -> Command {
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-y", "-s", "64"]).arg("-o").arg(output).args(arguments);
    strace
}

#[test]
fn the_receipt_is_written_after_the_sync_that_covers_its_batch() {
    let directory = tempfile::tempdir().unwrap();
    let config = prepare(directory.path(), &directory.path().join("data"), "[log]\nfree = \"0B\"\n");
    let trace = directory.path().join("trace");
    let calls = "trace=write,writev,sendto,sendmsg,fdatasync,fsync,pwrite64,mkdir,mkdirat";
    let program = Program::traced(strace(&["-e", calls], &trace), &config);
    let mut stream = connect(program.address);
    for number in 0..3 {
        stream.write_all(&post_request(&batch(number), "")).unwrap();
        assert_eq!(read_answer(&mut stream).unwrap().status, 202);
    }
    drop(stream);
    program.terminate();
    let trace = std::fs::read_to_string(&trace).unwrap();
    // A call that another thread's call interrupts in the trace is completed on a later line; that is where it ended.
    // The directory of the log has its own name on the disk before anything is taken in.
    let made =
        trace.lines().skip_while(|line| !(line.contains("mkdirat(") && line.contains("/data>, \"log\"")));
    let mut until_taken = made.take_while(|line| !line.contains("HTTP/1.1 202"));
    assert!(until_taken.any(|line| line.contains("fsync(") && line.contains("/data>")), "{trace}");
    let mut steps = Vec::new();
    for line in trace.lines() {
        let ended = !line.contains("<unfinished");
        let in_log = line.contains("/log/") && line.contains(".log>");
        let synced = line.contains("fdatasync resumed") && steps.last() == Some(&"sync begins");
        match () {
            () if line.contains("\\253ov\\1") && in_log => steps.push("write"),
            () if line.contains("fdatasync(") && in_log => {
                steps.push(if ended { "sync" } else { "sync begins" })
            }
            () if synced => *steps.last_mut().unwrap() = "sync",
            () if line.contains("fsync(") && line.contains("/log>") => steps.push("directory"),
            () if line.contains("HTTP/1.1 202") => steps.push("reply"),
            () => {}
        }
    }
    let expected =
        ["write", "sync", "directory", "reply", "write", "sync", "reply", "write", "sync", "reply"];
    assert_eq!(steps, expected, "{trace}");
}

#[test]
fn after_a_failed_sync_nothing_is_acknowledged_and_a_fresh_segment_begins() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let config = prepare(directory.path(), &data, "[log]\nfree = \"0B\"\n");
    let trace = directory.path().join("trace");
    // Each thread counts its own calls: the second sync of the log fails, and so does the second of the store, which
    // tries again.
    // What a first start makes is synced too, by the thread that starts.
    Program::start(&config).terminate();
    let before = std::fs::read_dir(data.join("log")).unwrap().count();
    let inject = ["-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=2"];
    let program = Program::traced(strace(&inject, &trace), &config);
    let post = |number| exchange(program.address, &post_request(&batch(number), ""));
    assert_eq!(post(1).status, 202);
    let failed = post(2);
    assert_eq!((failed.status, failed.reason().as_str()), (503, "log-failed"));
    assert!(failed.header("retry-after").is_some());
    assert_eq!(post(3).status, 202);
    let segments = std::fs::read_dir(data.join("log")).unwrap().count();
    assert_eq!(segments, before + 2);
    assert_eq!(post(2).status, 202, "the client comes again");
    settled(program.address);
    assert_eq!(counted(program.address), 3);
    program.terminate();
}

#[test]
fn a_collector_whose_log_cannot_sync_is_not_ready_until_it_can_and_finds_that_out_by_itself() {
    let directory = tempfile::tempdir().unwrap();
    let config = prepare(directory.path(), &directory.path().join("data"), "[log]\nfree = \"0B\"\n");
    let trace = directory.path().join("trace");
    // What a first start makes is synced too, by the thread that starts.
    Program::start(&config).terminate();
    let inject = ["-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=2..3"];
    let program = Program::traced(strace(&inject, &trace), &config);
    let post = |number| exchange(program.address, &post_request(&batch(number), ""));
    let ready = || exchange(program.address, b"GET /readyz HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert_eq!((post(1).status, ready().status), (202, 200));
    assert_eq!(post(2).status, 503);
    let not = ready();
    assert_eq!(not.status, 503);
    assert!(not.text().contains("could not be written or synced"), "{}", not.text());
    until(|| ready().status == 200);
    assert_eq!(post(2).status, 202);
    settled(program.address);
    assert_eq!(counted(program.address), 2);
    program.terminate();
}

#[test]
fn what_is_not_applied_yet_is_counted_from_where_the_store_stands() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let config = prepare(directory.path(), &data, "[log]\nfree = \"0B\"\n");
    for number in 0..3 {
        let program = Program::start(&config);
        assert_eq!(metric(program.address, "log_unapplied_bytes"), 0, "nothing waits at start {number}");
        assert_eq!(exchange(program.address, &post_request(&batch(number), "")).status, 202);
        settled(program.address);
        program.terminate();
    }
}

#[test]
fn after_a_failed_write_nothing_is_acknowledged_and_a_fresh_segment_begins() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let config = prepare(directory.path(), &data, "[log]\nfree = \"0B\"\n");
    let trace = directory.path().join("trace");
    // The writer's thread writes a segment's header, then one group each time: its third write is the second group. No
    // other thread writes to the log; a write elsewhere that fails is a line that is not printed, or a thread not woken.
    let inject = ["-e", "trace=write", "-P", "LOG", "-e", "inject=write:error=EIO:when=3"];
    let log = data.join("log").join("00000000000000000000.log");
    let inject = inject.map(|word| if word == "LOG" { log.to_str().unwrap() } else { word });
    let program = Program::traced(strace(&inject, &trace), &config);
    let post = |number| exchange(program.address, &post_request(&batch(number), ""));
    assert_eq!(post(1).status, 202);
    let failed = post(2);
    assert_eq!((failed.status, failed.reason().as_str()), (503, "log-failed"));
    assert!(failed.header("retry-after").is_some());
    assert_eq!(post(3).status, 202);
    assert_eq!(std::fs::read_dir(data.join("log")).unwrap().count(), 2);
    assert_eq!(post(2).status, 202, "the client comes again");
    settled(program.address);
    assert_eq!(counted(program.address), 3);
    program.terminate();
}

#[test]
fn a_body_that_is_cut_by_a_reset_after_any_byte_leaves_nothing_and_is_taken_whole_later() {
    let collector = TestCollector::new();
    let request = post_request(&batch(1), "");
    for cut in 1..request.len() {
        let mut stream = connect(collector.address());
        stream.write_all(&request[..cut]).unwrap();
        // Closing with a linger of zero sends a reset instead of an end.
        let _ = rustix::net::sockopt::set_socket_linger(&stream, Some(std::time::Duration::ZERO));
        drop(stream);
    }
    until(|| collector.metric("connections") == 1);
    collector.settled();
    assert_eq!(collector.metric("batches_acknowledged_total"), 0);
    assert_eq!(collector.metric("log_bytes"), 0);
    for _ in 0..3 {
        assert_eq!(collector.post(&batch(1)).status, 202);
    }
    collector.settled();
    assert_eq!(counted(collector.address()), 1);
}
