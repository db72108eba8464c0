//! Killed at any moment: what was acknowledged is counted, and nothing is counted twice.

use std::collections::HashSet;
use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::program::{Program, prepare};
use crate::stand::{batch, counted, exchange, post_request, read_answer, settled};

/// Kills: a few, or in a long run (`ABOVEBOARD_TORTURE` set to a word) a thousand; a number asks for so many.
fn rounds(asked: Option<&str>) -> u64 {
    match asked {
        None | Some("") => 12,
        Some(number) => number.parse().unwrap_or(1_000),
    }
}

#[test]
fn a_word_asks_for_the_full_count_and_a_number_for_so_many() {
    assert_eq!([None, Some(""), Some("full"), Some("3")].map(rounds), [12, 12, 1_000, 3]);
}

/// What clients have sent and got back over all rounds.
#[derive(Default)]
struct Oracle {
    next: AtomicU64,
    acknowledged: Mutex<HashSet<u64>>,
}

/// Sends batches, some of them twice and some again that got no answer, until the collector is gone.
fn hammer(address: SocketAddr, oracle: &Oracle, over: &AtomicBool) {
    let Ok(mut stream) = TcpStream::connect(address) else { return };
    while !over.load(Ordering::Relaxed) {
        let number = oracle.next.fetch_add(1, Ordering::Relaxed);
        let number = if number % 5 == 4 { number - 3 } else { number };
        if stream.write_all(&post_request(&batch(number), "")).is_err() {
            return;
        }
        match read_answer(&mut stream) {
            Some(answer) if answer.status == 202 => {
                oracle.acknowledged.lock().unwrap().insert(number);
            }
            Some(answer) => panic!("{answer:?}"),
            None => return,
        }
    }
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
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..rounds(std::env::var("ABOVEBOARD_TORTURE").ok().as_deref()) {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        // How many acknowledgements this collector lives to give.
        let enough = oracle.acknowledged.lock().unwrap().len() + (seed >> 33) as usize % 120;
        let program = Program::start(&config);
        let (address, over) = (program.address, AtomicBool::new(false));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| hammer(address, &oracle, &over));
            }
            while oracle.acknowledged.lock().unwrap().len() < enough {
                std::thread::yield_now();
            }
            program.kill();
            over.store(true, Ordering::Relaxed);
        });
    }
    let program = Program::start(&config);
    settled(program.address);
    let acknowledged = oracle.acknowledged.into_inner().unwrap();
    let before = counted(program.address);
    assert!(before >= acknowledged.len() as u64, "{before} of {} acknowledged", acknowledged.len());
    // Everybody sends again what he sent: nothing acknowledged may be new.
    for number in &acknowledged {
        assert_eq!(exchange(program.address, &post_request(&batch(*number), "")).status, 202);
    }
    settled(program.address);
    assert_eq!(counted(program.address), before);
    let issued = oracle.next.into_inner();
    for number in 0..issued {
        assert_eq!(exchange(program.address, &post_request(&batch(number), "")).status, 202);
    }
    settled(program.address);
    assert_eq!(counted(program.address), issued, "each of them once");
    program.terminate();
}
