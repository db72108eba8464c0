//! Adds up numbers, for programs in Rust, C and Python.

/// Adds up the numbers.
pub fn total(numbers: &[i64]) -> i64 {
    numbers.iter().sum()
}

/// Adds up two numbers.
#[allow(unsafe_code, reason = "the name by which programs in C and Python call it")]
#[unsafe(no_mangle)]
pub extern "C" fn library_total(one: i64, other: i64) -> i64 {
    total(&[one, other])
}
