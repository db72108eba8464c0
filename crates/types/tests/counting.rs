//! Counting a request costs no memory, from whichever thread.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

use std::time::Duration;

use aboveboard_types::typed::{Meter, MeterSums as _};

static REQUESTS: Meter<36, 2> = Meter::new(&[1, 5, 10, 50, 100, 500, 1_000, 10_000]);

/// A thousand requests of four kinds; their allocations.
fn serve() -> u64 {
    let times = [Duration::from_micros(7_200), Duration::from_micros(900)];
    let counted = allocation_counter::measure(|| (0..1_000).for_each(|at| REQUESTS.record(at % 4, times)));
    counted.count_total
}

#[test]
fn counting_a_request_allocates_nothing() {
    let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(serve)).collect();
    let allocated: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!((serve(), allocated), (0, vec![0; 4]));
    let sums = REQUESTS.read();
    assert_eq!(sums.chunks(3).map(|cell| cell[0]).sum::<u64>(), 5_000, "and each was counted");
}
