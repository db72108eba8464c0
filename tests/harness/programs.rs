//! The programs under test, and how many rounds a test runs.

use std::path::PathBuf;

/// A binary of this workspace, built by the cargo call that built the tests. `ABOVEBOARD_HOSTS` names another folder for
/// the demo product's programs, so that the same tests try hosts that were built in another way.
///
/// # Panics
/// If it does not exist: `cargo xtask quick` builds everything in the right order.
#[must_use]
pub fn binary(name: &str) -> PathBuf {
    let mut folder = std::env::current_exe().expect("the path of the test");
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

/// How many rounds of a long test to run: `slice`, or `full` under `cargo xtask torture`.
#[must_use]
pub fn rounds(slice: usize, full: usize) -> usize {
    if std::env::var_os("ABOVEBOARD_TORTURE").is_some() { full } else { slice }
}

/// Where a test cannot run: it steps aside, and fails where everything must run, as under `cargo xtask test`.
///
/// # Panics
/// Where everything must run.
pub fn must_run(why: &str) {
    assert!(std::env::var_os("ABOVEBOARD_MUST_RUN").is_none(), "must run, and cannot: {why}");
}
