//! The long runs: the same tests as in `test`, told by the environment to run their full counts.

use anyhow::Result;

use crate::run::{cargo, step};
use crate::setup;

/// Runs the tests whose names begin with `torture_`, or those named, at full count.
pub(crate) fn run(names: &[String]) -> Result<()> {
    setup::tools()?;
    let mut test = cargo();
    test.args(["test", "--workspace", "--release", "--quiet", "--"]).arg("--nocapture");
    if names.is_empty() {
        test.arg("torture_");
    } else {
        test.args(names);
    }
    // Read by the harness: seeded slices become full counts.
    step("torture", test.env("ABOVEBOARD_TORTURE", "full"))
}
