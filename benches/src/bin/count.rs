//! What it costs a server to count one request: `cargo run --release -p aboveboard-benches --bin count`.
//!
//! Two threads count requests of kinds and times that change, as handlers do; beside it one thread, and the same
//! numbers behind a lock. Nanoseconds a call; lower is better. Rounds are short, so that a busy machine disturbs few
//! of them; the best and the median round are printed.
#![allow(clippy::print_stdout, reason = "a measurement is printed on stdout")]

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::{Barrier, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aboveboard_types::typed::Meter;

const CALLS: u32 = 200_000;
const ROUNDS: usize = 201;

/// A name that is counted alone: one kind, one edge, no parts.
static NAME: Meter<2, 1> = Meter::new(&[1_000]);
static REQUESTS: Meter<144, 2> = Meter::new(&[1, 5, 10, 50, 100, 500, 1_000, 10_000]);
static LOCKED: Mutex<Option<Cells>> = Mutex::new(None);

/// Number and time by kind and edge.
type Cells = HashMap<(usize, u64), (u64, u64)>;

fn time(at: u32) -> Duration {
    Duration::from_micros(u64::from(at & 0xff) * 100)
}

fn name(at: u32) {
    NAME.record(0, [black_box(time(at))]);
}

fn request(at: u32) {
    REQUESTS.record(at as usize & 15, [black_box(time(at)), black_box(time(at / 2))]);
}

fn locked(at: u32) {
    let mut all = LOCKED.lock().unwrap_or_else(PoisonError::into_inner);
    let sums = all.get_or_insert_default().entry((at as usize & 15, u64::from(at & 7))).or_default();
    *sums = (sums.0 + 1, sums.1 + u64::from(black_box(time(at)).subsec_nanos()));
}

/// Nanoseconds a call on each of so many threads at once, in the best round and the median one.
fn measure(threads: usize, call: fn(u32)) -> String {
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let ready = Barrier::new(threads);
            let slowest = std::thread::scope(|scope| {
                let run = || {
                    ready.wait();
                    let began = Instant::now();
                    (0..CALLS).for_each(call);
                    began.elapsed()
                };
                let running: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
                running.into_iter().filter_map(|thread| thread.join().ok()).max().unwrap_or_default()
            });
            slowest.as_secs_f64() * 1e9 / f64::from(CALLS)
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    format!("{:.1} / {:.1}", rounds[0], rounds[ROUNDS / 2])
}

fn main() {
    println!("{:<36} {:>14} {:>14}", "ns a call, best / median", "1 thread", "2 threads");
    for (what, call) in [
        ("a name: number and time", name as fn(u32)),
        ("a request: number, time and a part", request),
        ("a map behind a lock", locked),
    ] {
        println!("{what:<36} {:>14} {:>14}", measure(1, call), measure(2, call));
    }
}
