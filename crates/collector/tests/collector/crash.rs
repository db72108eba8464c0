//! Killed at any moment: what was acknowledged is counted, and nothing is counted twice.

use std::collections::HashSet;
use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::program::{Program, prepare};
use crate::test_collector::{batch, counted, post_request, read_answer, settled};

/// Kills: a few, or in a long run (`ABOVEBOARD_TORTURE` set to a word) a thousand; a number asks for so many.
fn rounds(asked: Option<&str>) -> u64 {
    match asked {
        None | Some("") => 12,
        Some(number) => number.parse().unwrap_or(1_000),
    }
}

#[test]
fn a_word_asks_for_all_rounds_and_a_number_for_that_many() {
    assert_eq!([None, Some(""), Some("full"), Some("3")].map(rounds), [12, 12, 1_000, 3]);
}

/// Whether the reply to this sending is dropped: one in three, and never all three of a batch.
fn is_dropped(number: u64, sending: u64) -> bool {
    (number + sending).is_multiple_of(TIMES)
}

/// How often every batch is sent.
const TIMES: u64 = 3;

/// What clients have sent and got back over all rounds.
#[derive(Default)]
struct Oracle {
    next: AtomicU64,
    sent: AtomicU64,
    dropped: AtomicU64,
    acknowledged: Mutex<HashSet<u64>>,
}

/// A client that sends one batch after the other, each three times, and hangs up on a third of the replies.
struct Client<'a> {
    address: SocketAddr,
    stream: Option<TcpStream>,
    oracle: &'a Oracle,
}

impl Client<'_> {
    /// False once the collector is gone.
    fn send(&mut self, number: u64) -> bool {
        (0..TIMES).all(|sending| self.send_once(number, sending))
    }

    fn send_once(&mut self, number: u64, sending: u64) -> bool {
        let stream = self.stream.take().or_else(|| TcpStream::connect(self.address).ok());
        let Some(mut stream) = stream else { return false };
        if stream.write_all(&post_request(&batch(number), "")).is_err() {
            return false;
        }
        self.oracle.sent.fetch_add(1, Ordering::Relaxed);
        if is_dropped(number, sending) {
            // The connection is closed with the reply on its way, or in it already.
            self.oracle.dropped.fetch_add(1, Ordering::Relaxed);
            return true;
        }
        match read_answer(&mut stream) {
            Some(answer) if answer.status == 202 => {
                self.oracle.acknowledged.lock().unwrap().insert(number);
                self.stream = Some(stream);
                true
            }
            Some(answer) => panic!("{answer:?}"),
            None => false,
        }
    }
}

/// Has many clients send all of these.
fn send_all(address: SocketAddr, oracle: &Oracle, numbers: &[u64]) {
    std::thread::scope(|scope| {
        for part in numbers.chunks(numbers.len().div_ceil(16).max(1)) {
            scope.spawn(move || {
                let mut client = Client { address, stream: None, oracle };
                assert!(part.iter().all(|number| client.send(*number)));
            });
        }
    });
}

#[test]
fn torture_what_was_acknowledged_before_any_kill_is_counted_and_nothing_twice() {
    let directory = tempfile::tempdir().unwrap();
    let config = prepare(
        directory.path(),
        &directory.path().join("data"),
        "[log]\nsegment = \"64KiB\"\nfree = \"0B\"\n",
    );
    let oracle = Oracle::default();
    let rounds = rounds(std::env::var("ABOVEBOARD_TORTURE").ok().as_deref());
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..rounds {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        // How many batches this collector lives to acknowledge.
        let enough = oracle.acknowledged.lock().unwrap().len() + (seed >> 33) as usize % 120;
        let program = Program::start(&config);
        let address = program.address;
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let mut client = Client { address, stream: None, oracle: &oracle };
                    while !over.load(Ordering::Relaxed) {
                        if !client.send(oracle.next.fetch_add(1, Ordering::Relaxed)) {
                            break;
                        }
                    }
                });
            }
            while oracle.acknowledged.lock().unwrap().len() < enough {
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            program.kill();
            over.store(true, Ordering::Relaxed);
        });
    }
    let program = Program::start(&config);
    settled(program.address);
    let acknowledged = oracle.acknowledged.lock().unwrap().clone();
    let before = counted(program.address);
    assert!(before >= acknowledged.len() as u64, "{before} of {} acknowledged", acknowledged.len());
    // Every client sends everything again: nothing acknowledged may be new.
    let acknowledged: Vec<u64> = acknowledged.into_iter().collect();
    send_all(program.address, &oracle, &acknowledged);
    settled(program.address);
    assert_eq!(counted(program.address), before);
    let issued = oracle.next.load(Ordering::Relaxed);
    send_all(program.address, &oracle, &(0..issued).collect::<Vec<_>>());
    settled(program.address);
    let counted = counted(program.address);
    let acknowledged = oracle.acknowledged.lock().unwrap().len() as u64;
    assert_eq!((counted, acknowledged), (issued, issued), "each of them once");
    println!(
        "{rounds} SIGKILL rounds: {issued} batches, sent {} times in all, {} replies dropped; acknowledged \
         {acknowledged}, counted {counted}, lost 0, doubled 0",
        oracle.sent.load(Ordering::Relaxed),
        oracle.dropped.load(Ordering::Relaxed),
    );
    program.terminate();
}
