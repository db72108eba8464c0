//! A real pseudo-terminal, and what a person does at it.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Termios, Winsize};

/// How long anything is waited for before the test has failed.
const PATIENCE: Duration = Duration::from_secs(90);

/// A program on a terminal of its own.
pub struct Session {
    master: File,
    child: Child,
    seen: String,
    /// How far of that was expected already.
    met: usize,
}

impl Session {
    /// Starts `command` as the leader of a session on a new terminal with this many columns, as a person who types it does.
    pub fn start(command: &Command, columns: u16) -> Self {
        Self::start_with(command, columns, None)
    }

    /// Starts it with a pipe as its stdout.
    pub fn piped(command: &Command, columns: u16) -> Self {
        Self::start_with(command, columns, Some(Stdio::piped()))
    }

    fn start_with(command: &Command, columns: u16, stdout: Option<Stdio>) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let slave: OwnedFd = File::options().read(true).write(true).open(name).unwrap().into();
        let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        rustix::termios::tcsetwinsize(&slave, size).unwrap();
        // `setsid --ctty` executes the program in a session of its own with its stdin as the terminal.
        let mut leader = Command::new("setsid");
        leader.arg("--ctty").arg(command.get_program()).args(command.get_args());
        leader.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        if let Some(folder) = command.get_current_dir() {
            leader.current_dir(folder);
        }
        leader.stdin(slave.try_clone().unwrap()).stdout(slave.try_clone().unwrap()).stderr(slave);
        if let Some(stdout) = stdout {
            leader.stdout(stdout);
        }
        let child = leader.spawn().unwrap();
        Self { master: master.into(), child, seen: String::new(), met: 0 }
    }

    /// Waits until the terminal has shown `text` after what was expected before.
    pub fn expect(&mut self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        let found = loop {
            match self.seen[self.met..].find(text) {
                Some(found) => break found,
                None => assert!(self.read(deadline), "the terminal showed no {text:?} but {:?}", self.seen),
            }
        };
        self.met += found + text.len();
    }

    /// Waits until the program has written `text` to its stdout, which is a pipe, and takes what it wrote so far.
    pub fn expect_output(&mut self, text: &str) {
        let stdout = self.child.stdout.as_mut().unwrap();
        let mut seen = Vec::new();
        while !seen.ends_with(text.as_bytes()) {
            let mut byte = [0];
            stdout.read_exact(&mut byte).unwrap();
            seen.extend(byte);
        }
    }

    /// Types.
    pub fn type_in(&mut self, keys: &str) {
        self.master.write_all(keys.as_bytes()).unwrap();
    }

    /// Changes the size of the terminal, as dragging the edge of its window does.
    pub fn resize(&self, rows: u16, columns: u16) {
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        rustix::termios::tcsetwinsize(&self.master, size).unwrap();
    }

    /// How the terminal is set.
    pub fn modes(&self) -> Termios {
        rustix::termios::tcgetattr(&self.master).unwrap()
    }

    /// The process.
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Closes the terminal, as closing its window does, and waits for the end.
    pub fn hang_up(self) -> ExitStatus {
        let Self { master, mut child, .. } = self;
        let ended = pidfd_open(Pid::from_child(&child), PidfdFlags::empty()).unwrap();
        drop(master);
        let patience = Timespec::try_from(PATIENCE).unwrap();
        let ready = poll(&mut [PollFd::new(&ended, PollFlags::IN)], Some(&patience)).unwrap();
        assert!(ready > 0, "the program runs on without its terminal");
        child.wait().unwrap()
    }

    /// Waits for the end: what the terminal showed, what went to a stdout of its own, and how it ended.
    pub fn end(&mut self) -> (String, String, ExitStatus) {
        let deadline = Instant::now() + PATIENCE;
        while self.read(deadline) {}
        let mut stdout = String::new();
        if let Some(mut pipe) = self.child.stdout.take() {
            pipe.read_to_string(&mut stdout).unwrap();
        }
        let status = self.child.wait().unwrap();
        (std::mem::take(&mut self.seen), stdout, status)
    }

    /// One more piece of what the terminal shows; false when nobody has it open any more.
    fn read(&mut self, deadline: Instant) -> bool {
        let left = Timespec::try_from(deadline.saturating_duration_since(Instant::now())).unwrap();
        let ready = poll(&mut [PollFd::new(&self.master, PollFlags::IN)], Some(&left)).unwrap();
        assert!(ready > 0, "nothing happened for too long; the terminal showed {:?}", self.seen);
        let mut piece = [0; 4096];
        match self.master.read(&mut piece) {
            Ok(read) if read > 0 => {
                self.seen.push_str(&String::from_utf8_lossy(&piece[..read]));
                true
            }
            _ => false,
        }
    }
}
