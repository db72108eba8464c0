//! Where files of ours may be opened: in the crate `files` alone, which never waits, never follows a link, and writes only
//! what belongs to the user.

use std::path::Path;

use super::Finding;

/// What opens every file through the crate `files`.
const GUARDED: [&str; 7] = [
    "crates/core/src/",
    "crates/delivery/src/",
    "crates/cli-agent/src/",
    "crates/server-agent/src/",
    "crates/console-bridge/src/",
    "crates/collector/src/",
    "crates/store-sqlite/src/",
];

/// The files of them that open something else, and why.
const EXCEPTIONS: [(&str, &str); 3] = [
    ("crates/core/src/rights/linux.rs", "reads what the kernel passed to the program, in /proc/self/auxv"),
    (
        "crates/cli-agent/src/helper/descriptors/unix.rs",
        "lists the open descriptors of its own process in /dev/fd",
    ),
    ("crates/console-bridge/src/tables.rs", "reads the system's tables of sockets in /proc"),
];

/// What opens a file, or looks at one, past the crate.
const CALLS: [&str; 17] = [
    "std::fs",
    "tokio::fs",
    "std::{fs",
    "File::open",
    "File::create",
    "File::options",
    "OpenOptions",
    "DirBuilder",
    "rustix::fs::open",
    ".exists()",
    ".try_exists()",
    ".is_file()",
    ".is_dir()",
    ".symlink_metadata()",
    ".read_dir()",
    ".canonicalize()",
    ".read_link()",
];

pub(super) fn check(file: &Path, text: &str, findings: &mut Vec<Finding>) {
    let name = file.to_string_lossy();
    let is_guarded = GUARDED.iter().any(|folder| name.starts_with(folder));
    let is_test = name.contains("/tests/") || name.ends_with("tests.rs");
    if !is_guarded || is_test || EXCEPTIONS.iter().any(|(exception, _)| name == *exception) {
        return;
    }
    for (number, line) in text.lines().enumerate().take_while(|(_, line)| !begins_tests(line)) {
        let code = line.split("//").next().unwrap_or_default();
        if let Some(call) = CALLS.iter().find(|call| code.contains(**call)) {
            let what = format!("{call} opens or looks at a file past the crate files");
            findings.push(Finding::new(file, number + 1, what));
        }
    }
}

/// Modules of tests stand at the end of a file.
fn begins_tests(line: &str) -> bool {
    line.starts_with("#[cfg(test)]") || line.starts_with("#[cfg(all(test")
}

/// An exception without its file is none.
pub(super) fn gone(files: &[std::path::PathBuf], findings: &mut Vec<Finding>) {
    let gone = EXCEPTIONS.iter().filter(|(name, _)| !files.iter().any(|file| file == Path::new(name)));
    findings.extend(gone.map(|(name, why)| {
        Finding::new(Path::new(name), 0, format!("xtask excepts it since it {why}, but it is gone"))
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(file: &str, text: &str) -> usize {
        let mut findings = Vec::new();
        check(Path::new(file), text, &mut findings);
        findings.len()
    }

    #[test]
    fn a_file_that_is_opened_past_the_crate_is_found_but_in_tests_and_exceptions() {
        for text in [
            "use std::fs;",
            "use std::fs::File;",
            "    let file = File::open(path)?;",
            "if path.exists() {",
            "tokio::fs::read(path).await",
            "path.try_exists()?",
        ] {
            assert_eq!(found("crates/collector/src/manifests.rs", text), 1, "{text}");
            assert_eq!(found("crates/cli-agent/src/helper/due.rs", text), 1, "{text}");
            assert_eq!(found("crates/operator/src/main.rs", text), 0, "{text}");
            assert_eq!(found("crates/collector/src/log/tests.rs", text), 0, "{text}");
            assert_eq!(found("crates/console-bridge/src/tables.rs", text), 0, "{text}");
            let tests = format!("#[cfg(test)]\nmod tests {{\n{text}\n}}");
            assert_eq!(found("crates/core/src/daily.rs", &tests), 0, "{text}");
        }
        assert_eq!(
            found("crates/core/src/daily.rs", "let directory = Directory::open(path)?; // no std::fs"),
            0
        );
    }

    #[test]
    fn an_exception_that_is_gone_is_found() {
        let mut findings = Vec::new();
        gone(&[EXCEPTIONS[0].0.into()], &mut findings);
        assert_eq!(findings.len(), EXCEPTIONS.len() - 1);
    }
}
