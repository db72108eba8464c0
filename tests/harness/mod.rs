//! What the tests stand on: a home of their own for programs, a collector process, a fault proxy, and a view of
//! what a program did to the machine.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a harness says what it expects by panicking, as a test does"
)]

pub mod collector;
pub mod home;
pub mod oracle;
pub mod process;
pub mod proxy;

use std::path::PathBuf;

/// A binary of this workspace, built by the same cargo call that built the tests. With `ABOVEBOARD_HOSTS` the demo
/// product's programs are those of that folder: the same tests then try hosts that were built in another way.
///
/// # Panics
/// If it is not there: `cargo xtask quick` builds everything in the right order.
#[must_use]
pub fn binary(name: &str) -> PathBuf {
    let mut folder = std::env::current_exe().expect("the test knows where it is");
    folder.pop();
    if folder.ends_with("deps") {
        folder.pop();
    }
    let hosts = std::env::var_os("ABOVEBOARD_HOSTS").filter(|_| name.starts_with("quarry"));
    let folder = hosts.map_or(folder, PathBuf::from);
    let binary = folder.join(name);
    assert!(binary.exists(), "{} is not built: run `cargo xtask quick`, or `cargo build --workspace`", name);
    binary
}

/// How much of a long test to run: a seeded slice, or everything under `cargo xtask torture`.
#[must_use]
pub fn rounds(slice: usize, full: usize) -> usize {
    if std::env::var_os("ABOVEBOARD_TORTURE").is_some() { full } else { slice }
}
