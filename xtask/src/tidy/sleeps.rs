//! Sleeps in tests: a test awaits an event. Those that cannot are named here, with the reason.

use std::path::{Path, PathBuf};

use super::Finding;

/// A test file, how many sleeps stand in it, and why.
const SLEEPS: [(&str, usize, &str); 4] = [
    (
        "crates/collector/tests/collector/crash.rs",
        1,
        "gives its clients the machine until they have done enough",
    ),
    (
        "crates/collector/tests/collector/load.rs",
        1,
        "asks another process, which would be busy with answering",
    ),
    ("crates/collector/tests/collector/old.rs", 1, "retries while another process starts"),
    ("crates/collector/tests/collector/slow.rs", 2, "is a slow client: that is what is tested"),
];

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
