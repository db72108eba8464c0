//! Sources: how long they are, and where the environment, sockets and threads may be touched.

use std::path::Path;

use super::Finding;

/// The most lines of a source file; beyond it there are probably two reasons to change in one file.
const MAX_LINES: usize = 600;

/// What opens no socket, starts no thread and reads no variable but in one file.
const CORE: [&str; 5] = [
    "crates/types/src/",
    "crates/files/src/",
    "crates/wire/src/",
    "crates/core/src/",
    "crates/delivery/src/",
];

/// The one file of them that reads the environment.
const ENVIRONMENT: &str = "crates/core/src/environment.rs";

/// What they do without.
const SOCKETS_AND_THREADS: [&str; 5] =
    ["std::net::Tcp", "std::net::Udp", "net::UnixStream", "thread::spawn", "thread::Builder"];

pub(super) fn rust(file: &Path, text: &str, findings: &mut Vec<Finding>) {
    length(file, text, findings);
    let name = file.to_string_lossy();
    let product = CORE.iter().any(|folder| name.starts_with(folder)) && !name.contains("test");
    if !product {
        return;
    }
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let reads = ["env::var", "env::vars"].iter().any(|call| text.contains(call));
    if reads && name != ENVIRONMENT {
        findings.push(Finding::new(file, 0, format!("only {ENVIRONMENT} reads the environment")));
    }
    if let Some(call) = SOCKETS_AND_THREADS.iter().find(|call| text.contains(**call)) {
        let what = format!("these crates open no socket and start no thread, but this says {call}");
        findings.push(Finding::new(file, 0, what));
    }
}

pub(super) fn length(file: &Path, text: &str, findings: &mut Vec<Finding>) {
    let lines = text.lines().count();
    if lines > MAX_LINES {
        findings.push(Finding::new(file, 0, format!("{lines} lines, at most {MAX_LINES}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(file: &str, text: &str) -> usize {
        let mut findings = Vec::new();
        rust(Path::new(file), text, &mut findings);
        findings.len()
    }

    #[test]
    fn a_file_that_is_too_long_is_found() {
        assert_eq!(found("crates/operator/src/main.rs", &"\n".repeat(MAX_LINES)), 0);
        assert_eq!(found("crates/operator/src/main.rs", &"\n".repeat(MAX_LINES + 1)), 1);
    }

    #[test]
    fn the_environment_is_read_in_one_file() {
        let text = "fn home() { std::env::var(\"HOME\"); }";
        assert_eq!(found(ENVIRONMENT, text), 0);
        assert_eq!(found("crates/core/src/recorder.rs", text), 1);
        assert_eq!(found("crates/types/src/id.rs", text), 1);
        assert_eq!(found("crates/operator/src/main.rs", text), 0);
    }

    #[test]
    fn a_socket_or_a_thread_is_found_but_in_its_tests() {
        assert_eq!(found("crates/core/src/recorder.rs", "fn f() { std::thread::spawn(f); }"), 1);
        assert_eq!(found("crates/core/src/recorder.rs", "#[cfg(test)] fn f() { std::thread::spawn(f); }"), 0);
    }
}
