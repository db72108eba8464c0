//! Adds up numbers, for programs in Rust, C and Python.

use aboveboard::{Bounded, Component};

aboveboard::manifest!("../telemetry.toml");

use telemetry::events::Totalled;

/// Adds up the numbers.
pub fn total(numbers: &[i64]) -> i64 {
    record(Totalled { numbers: Some(Bounded::clamped(numbers.len().try_into().unwrap_or(u64::MAX))) });
    numbers.iter().sum()
}

/// Adds up two numbers.
#[allow(unsafe_code, reason = "the name by which programs in C and Python call it")]
#[unsafe(no_mangle)]
pub extern "C" fn library_total(one: i64, other: i64) -> i64 {
    total(&[one, other])
}

/// Records what the library did. It prints nothing, waits for nothing, and never starts the program that has loaded it.
fn record(event: Totalled) {
    let agent = aboveboard::cli::library(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"));
    let _ = agent.record(Component::App, event, None);
}
