//! Processes that end with their test, and the line that they print when they are ready.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, Stdio};

/// A child process, killed when it goes out of scope.
pub struct Process {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Process {
    /// Starts `command` with its standard output piped here.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {:?}: {error}", command.get_program()));
        let stdout = child.stdout.take().expect("a piped standard output");
        Self { child, lines: BufReader::new(stdout).lines() }
    }

    /// Waits for a line of its standard output that begins with `word`, and returns the rest of it.
    ///
    /// # Panics
    /// If the process ends before.
    pub fn await_line(&mut self, word: &str) -> String {
        for line in self.lines.by_ref() {
            let line = line.expect("a line of its standard output");
            if let Some(rest) = line.strip_prefix(word) {
                return rest.trim().to_owned();
            }
        }
        panic!("the process ended before it printed {word:?}");
    }

    /// What it printed on its standard error, if that is a pipe, once it has ended.
    ///
    /// # Panics
    /// If that is no pipe, or no text.
    pub fn errors(&mut self) -> String {
        let mut text = String::new();
        let mut errors = self.child.stderr.take().expect("a piped standard error");
        errors.read_to_string(&mut text).expect("a text");
        text
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it as `kill -9` does and waits until it is gone.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Waits for its end and its exit code.
    pub fn end(&mut self) -> Option<i32> {
        self.child.wait().ok()?.code()
    }

    /// Sends SIGTERM and waits for its exit code.
    pub fn terminate(&mut self) -> Option<i32> {
        let pid = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        self.end()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
