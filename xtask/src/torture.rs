//! The long runs: the same tests as in `test`, told by the environment to run their full counts.

use anyhow::Result;

use crate::run::{cargo, step};
use crate::setup;

/// Runs the tests whose names begin with `torture_`, or those named, and the process scenarios of core, at full
/// count.
pub(crate) fn run(names: &[String]) -> Result<()> {
    setup::tools()?;
    // The scenarios run the workspace's binaries, which a filtered test call does not build.
    step("build", cargo().args(["build", "--workspace", "--all-targets", "--quiet"]))?;
    let mut test = cargo();
    test.args([
        "test",
        "--workspace",
        "--quiet",
        "--lib",
        "--bins",
        "--test",
        "it",
        "--test",
        "collector",
        "--",
    ]);
    test.arg("--nocapture");
    if names.is_empty() {
        test.arg("torture_");
    } else {
        test.args(names);
    }
    step("torture", test.env("ABOVEBOARD_TORTURE", "full"))?;
    // Killed before each of its system calls: 0 asks for every point.
    let mut kills = cargo();
    kills.args(["test", "--package=aboveboard-core", "--features=testing", "--test=processes"]);
    step("torture: kills", kills.env("ABOVEBOARD_KILLS", "0"))
}
