//! A child that prints where it listens and ends when asked.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, kill_process};

/// How long a child may take to end once asked.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// A running child. It is killed if it is dropped without [`Process::end`].
pub(super) struct Process(Child);

impl Process {
    /// Starts `command`, whose standard error goes to the file `log`, and waits until it prints `listening ADDRESS`.
    pub(super) fn start(mut command: Command, log: &Path) -> anyhow::Result<(Self, String)> {
        let errors = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let child = command.stdout(Stdio::piped()).stderr(errors).spawn();
        let mut process = Self(child.context("cannot start a program of the demo")?);
        let output = process.0.stdout.take().context("a program without output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let Some(address) = line.trim_end().strip_prefix("listening ") else {
            let errors = std::fs::read_to_string(log).unwrap_or_default();
            bail!("a program of the demo did not start: {}", errors.trim_end());
        };
        Ok((process, address.to_owned()))
    }

    /// Asks it to end, and kills it if it does not.
    pub(super) fn end(mut self) {
        if let Some(id) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            // It may have ended by itself: Ctrl-C reaches every process of a terminal.
            let _ = kill_process(id, Signal::TERM);
        }
        let asked = Instant::now();
        while asked.elapsed() < MAX_WAIT && matches!(self.0.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
