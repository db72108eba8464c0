//! One million clients after an outage: `cargo run --release -p aboveboard-testkit --example fleet`.
//!
//! Prints one line for each plan; [`aboveboard_testkit::fleet`] says what is simulated.
#![allow(clippy::print_stdout, reason = "printing is what this program is for")]

use aboveboard_testkit::fleet::{Plan, Start, simulate};

fn main() {
    for (start, outage, capacity) in [
        (Start::AtOnce, 60, 2_000),
        (Start::AtOnce, 7_200, 2_000),
        (Start::AtOnce, 21_600, 2_000),
        (Start::Spread, 21_600, 2_000),
        (Start::Spread, 86_400, 2_000),
        (Start::AtOnce, 21_600, 100),
    ] {
        let plan = Plan { clients: 1_000_000, start, outage, capacity, seed: 38 };
        println!("{start:?}, outage {outage} s, capacity {capacity}/s: {}", simulate(&plan));
    }
}
