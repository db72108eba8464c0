//! Sleeps in tests: a test awaits an event. Those that cannot are named here, with the reason.

use std::path::{Path, PathBuf};

use super::Finding;

/// A test file, how many sleeps stand in it, and why.
const SLEEPS: [(&str, usize, &str); 17] = [
    ("crates/collector/tests/collector/crash.rs", 1, POLLS),
    ("crates/collector/tests/collector/load.rs", 1, POLLS),
    ("crates/collector/tests/collector/old.rs", 1, POLLS),
    ("crates/collector/tests/collector/slow.rs", 2, "the pace of a slow client is the subject"),
    ("crates/core/tests/processes/lives.rs", 1, "kills at a random moment, which is the subject"),
    ("crates/operator/tests/program/cluster.rs", 1, POLLS),
    ("crates/operator/tests/program/collector.rs", 1, POLLS),
    ("crates/server-agent/src/tests/kit.rs", 1, POLLS),
    ("examples/quarry/tests/programs.rs", 1, POLLS),
    ("tests/browser/arrival.js", 3, "a measurement and no test"),
    ("tests/browser/harness/browser.js", 1, "a turn of the page's event loop, without a delay"),
    ("tests/browser/harness/programs.js", 1, "kills a server that an open connection keeps from stopping"),
    ("tests/browser/harness/wait.js", 1, POLLS),
    ("tests/harness/waiting.rs", 1, POLLS),
    ("tests/it/cluster/crowd.rs", 1, "the pace of those who send and read all the time"),
    ("tests/it/cluster/scene.rs", 1, POLLS),
    ("tests/testkit/src/clickhouse/server.rs", 1, POLLS),
];

/// Why most of them sleep.
const POLLS: &str = "polls until a deadline what another process does and offers no event for";

/// What sleeps, in Rust and in JavaScript.
const CALLS: [&str; 3] = ["sleep(", "setTimeout(", "waitForTimeout("];

pub(super) fn check(texts: &[(PathBuf, String)], findings: &mut Vec<Finding>) {
    compare(&SLEEPS, texts, findings);
}

fn compare(allowed: &[(&str, usize, &str)], texts: &[(PathBuf, String)], findings: &mut Vec<Finding>) {
    for (file, text) in texts {
        let found = sleeps(file, text);
        let listed =
            allowed.iter().find(|(name, ..)| file == Path::new(name)).map_or(0, |(_, number, _)| *number);
        if found.len() > listed {
            let lines = found.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
            let what = format!("{} sleeps in a test (lines {lines}), {listed} have a reason", found.len());
            findings.push(Finding::new(file, 0, what));
        }
        if found.len() < listed {
            let what = format!("{} sleeps in a test, but xtask lists {listed}", found.len());
            findings.push(Finding::new(file, 0, what));
        }
    }
    let gone = allowed.iter().filter(|(name, ..)| !texts.iter().any(|(file, _)| file == Path::new(name)));
    findings.extend(
        gone.map(|(name, ..)| Finding::new(Path::new(name), 0, "xtask lists its sleeps, but it is gone")),
    );
}

/// The lines of a test on which something sleeps.
fn sleeps(file: &Path, text: &str) -> Vec<usize> {
    let name = file.to_string_lossy();
    let script = [".rs", ".js", ".ts", ".jsx"].iter().any(|ending| name.ends_with(ending));
    let test = name.starts_with("tests/")
        || name.contains("/tests/")
        || name.contains("/test/")
        || name.contains("test");
    let mut in_tests = test;
    let mut lines = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|_| script) {
        in_tests |= line.trim_start().starts_with("#[cfg(test)]");
        let code = line.split("//").next().unwrap_or_default();
        if in_tests && CALLS.iter().any(|call| code.contains(call)) {
            lines.push(number + 1);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In two parts, so that this file does not hold what it looks for.
    fn text() -> String {
        format!("fn a() {{\n    thread::{}100);\n}}\n", CALLS[0])
    }

    fn found(allowed: &[(&str, usize, &str)], file: &str, text: String) -> usize {
        let mut findings = Vec::new();
        compare(allowed, &[(file.into(), text)], &mut findings);
        findings.len()
    }

    #[test]
    fn a_sleep_in_a_test_without_a_reason_is_found() {
        assert_eq!(found(&[], "crates/a/tests/b.rs", text()), 1);
        assert_eq!(found(&[("crates/a/tests/b.rs", 1, "why")], "crates/a/tests/b.rs", text()), 0);
        assert_eq!(found(&[], "crates/a/src/b.rs", format!("#[cfg(test)]\nmod x {{\n{}}}", text())), 1);
        assert_eq!(found(&[], "crates/a/src/b.rs", text()), 0);
    }

    #[test]
    fn a_reason_without_a_sleep_is_found() {
        assert_eq!(found(&[("crates/a/tests/b.rs", 1, "why")], "crates/a/tests/b.rs", String::new()), 1);
        assert_eq!(found(&[("crates/gone.rs", 1, "why")], "crates/a/src/b.rs", String::new()), 1);
    }
}
