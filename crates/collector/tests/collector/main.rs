//! The collector through its routes: what it takes, what it refuses, what it survives.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a helper of a test says what it expects by panicking, as the test itself does"
)]

mod clients;
mod clock;
mod crash;
mod digest;
mod documented;
mod echo;
mod edges;
mod faults;
mod feed;
mod framing;
mod gauges;
mod health;
mod held;
mod history;
mod load;
mod old;
mod operating;
mod operators;
mod paused;
mod power;
mod products;
mod program;
mod proxied;
mod proxy;
mod published;
mod quotas;
mod routes;
mod schema;
mod shares;
mod signals;
mod slow;
mod smuggling;
mod test_collector;
mod vanished;
