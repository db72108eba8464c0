//! The long runs: the same tests as in `test`, told by the environment to run their full counts, and the fuzz targets
//! where there is a fuzzer. Each part prints one line of JSON when it is over; so do the kills, with their seed.

use std::process::Command;
use std::time::Instant;

use anyhow::{Result, ensure};

use crate::run::{cargo, root, step};
use crate::{hosts, mutants, package, platforms, setup, size, test};

/// The fuzz targets of `tests/fuzz`.
const TARGETS: [&str; 7] = ["manifest", "sealed", "batch", "segment", "ingest", "relay", "published"];

/// How long each of them runs, in seconds.
const FUZZED: u32 = 60;

/// How many random histories the oracle recomputes.
const HISTORIES: &str = "2000";

/// The name of the part about published figures: their attacks at full count, and the mutations.
const PUBLISH: &str = "publish";

/// The name of the part about ClickHouse of today.
const MODERN: &str = "modern";

/// Runs the tests whose names begin with `torture_`, or those named, then the process scenarios of core, the scenarios
/// with a product built in another way, the small hosts in every other build, the oracle of the tables, ClickHouse of today and the fuzz
/// targets, at full count; the mutations of published figures; at last what a release needs besides: packages
/// that build by themselves, the oldest versions of dependencies, and the size of the agent for any language. `ABOVEBOARD_SEED` repeats the kills of an earlier run.
pub(crate) fn run(names: &[String]) -> Result<()> {
    setup::tools()?;
    // The scenarios run the workspace's binaries, which a filtered test call does not build.
    step("build", cargo().args(["build", "--workspace", "--all-targets", "--quiet"]))?;
    let mut test = cargo();
    test.args(["test", "--workspace", "--quiet", "--lib", "--bins", "--test", "it"]);
    test.args(["--test", "collector", "--test", "cluster"]);
    test.args(["--", "--nocapture"]);
    if names.is_empty() {
        test.arg("torture_");
    } else {
        test.args(names);
    }
    let mut failed = Vec::new();
    part("tests", test.env("ABOVEBOARD_TORTURE", "full"), &mut failed);
    if names.is_empty() || names.iter().any(|name| name == PUBLISH) {
        work("mutations", || mutants::run(&[]), &mut failed);
    }
    if names.is_empty() {
        // Killed before each of its system calls, 0 asks for every point; and thousands of lives of one spool.
        let mut kills = cargo();
        kills.args(["test", "--package=aboveboard-core", "--test=processes"]);
        part("processes", kills.env("ABOVEBOARD_KILLS", "0").env("ABOVEBOARD_TORTURE", "full"), &mut failed);
        static_product(&mut failed);
        for build in hosts::OTHER_BUILDS {
            part(&build.name(), &mut build.test(), &mut failed);
        }
        work("oracle", || test::oracle(&["--runs", HISTORIES]), &mut failed);
    }
    if names.is_empty() || names.iter().any(|name| name == MODERN) {
        work(MODERN, modern, &mut failed);
    }
    if names.is_empty() {
        fuzz(&mut failed);
        work("other systems", platforms::run, &mut failed);
        work("packages", || package::package(package::Verify::Yes), &mut failed);
        work("minimal versions", package::minimal, &mut failed);
        work("size", size::check, &mut failed);
    }
    ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
    Ok(())
}

/// A failure is reported, and the other parts run all the same: a long run is to find all it can.
fn part(name: &str, command: &mut Command, failed: &mut Vec<String>) {
    work(name, || step(&format!("torture: {name}"), command), failed);
}

fn work(name: &str, work: impl FnOnce() -> Result<()>, failed: &mut Vec<String>) {
    let begun = Instant::now();
    let result = work();
    let seconds = begun.elapsed().as_secs();
    let passed = result.is_ok();
    println!("{{\"run\":\"torture\",\"part\":\"{name}\",\"seconds\":{seconds},\"passed\":{passed}}}");
    if let Err(error) = result {
        failed.push(format!("{name} ({error:#})"));
    }
}

/// The scenarios once more, with a product that is linked statically and ends at a panic instead of unwinding.
fn static_product(failed: &mut Vec<String>) {
    const TARGET: &str = "x86_64-unknown-linux-gnu";
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        println!(
            "{{\"run\":\"torture\",\"part\":\"static product\",\"ran\":false,\"why\":\"only on {TARGET}\"}}"
        );
        return;
    }
    let folder = root().join("target/hosts");
    let mut build = cargo();
    build
        .args(["build", "--quiet", "--package=aboveboard-demo", "--target", TARGET, "--target-dir"])
        .arg(&folder);
    part(
        "static product: build",
        build.env("RUSTFLAGS", "-Cpanic=abort -Ctarget-feature=+crt-static"),
        failed,
    );
    let mut test = cargo();
    test.args(["test", "--quiet", "--package=aboveboard-tests", "--test=it", "--"]);
    test.args(["roundtrip::", "faults::", "switches::", "limits::", "kill_points::", "secrets::"]);
    part("static product", test.env("ABOVEBOARD_HOSTS", folder.join(TARGET).join("debug")), failed);
}

/// Every statement of a collector, asked of ClickHouse of today too, which no other part needs: those of the contract, and those of closed days
/// that the contract does not come to.
fn modern() -> Result<()> {
    let package = setup::modern_clickhouse()?;
    let mut test = cargo();
    test.args([
        "test",
        "--package=aboveboard-store-clickhouse",
        "--lib",
        "--test=cluster",
        "--",
        "--nocapture",
    ]);
    test.args(["--test-threads=1", "modern::", "closed::tests::closing::", "closed::tests::deleting::"]);
    test.env("ABOVEBOARD_TORTURE", "full").env("ABOVEBOARD_MUST_RUN", "1");
    step("torture: ClickHouse of today", test.env("ABOVEBOARD_MODERN_CLICKHOUSE", package))
}

fn fuzz(failed: &mut Vec<String>) {
    if !has_fuzzer() {
        println!(
            "{{\"run\":\"torture\",\"part\":\"fuzz\",\"ran\":false,\"why\":\"no nightly compiler with cargo-fuzz\"}}"
        );
        return;
    }
    for target in TARGETS {
        // Without the sanitizer: the crates under test forbid unsafe code.
        let mut fuzz = fuzzer();
        fuzz.args(["run", "-s", "none", target, "--", &format!("-max_total_time={FUZZED}")]);
        part(&format!("fuzz {target}"), fuzz.current_dir(root().join("tests")), failed);
    }
}

/// The toolchain is chosen by `rustup`, whose own `cargo` is not the one that runs this task.
fn fuzzer() -> Command {
    let mut fuzzer = Command::new("rustup");
    fuzzer.args(["run", "nightly", "cargo", "fuzz"]);
    fuzzer
}

fn has_fuzzer() -> bool {
    fuzzer().arg("--version").output().is_ok_and(|output| output.status.success())
}
