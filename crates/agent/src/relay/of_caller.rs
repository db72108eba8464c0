//! The relays of the program that called this one.

use std::ffi::OsStr;
use std::fs;
use std::os::fd::OwnedFd;
use std::path::Path;

use super::detached::host_argument;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, getpid, getppid, pidfd_open, pidfd_send_signal};

/// How long a relay may take for what is in its pipe already.
const PATIENCE: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };

/// Ends them, before the user is asked while nobody has decided: one that was slow to start has not read yet what happened
/// before the answer, and would record it after a yes.
pub(crate) fn end() {
    let relays: Vec<OwnedFd> = found().unwrap_or_default();
    for relay in &relays {
        // One that has not got so far that it catches the signal ends at once, having recorded nothing.
        let _ = pidfd_send_signal(relay, Signal::TERM);
    }
    for relay in &relays {
        let ended = poll(&mut [PollFd::new(relay, PollFlags::IN)], Some(&PATIENCE));
        if !matches!(ended, Ok(1)) {
            let _ = pidfd_send_signal(relay, Signal::KILL);
        }
    }
}

fn found() -> Option<Vec<OwnedFd>> {
    let caller = getppid()?;
    let own = fs::read_link("/proc/self/exe").ok()?;
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let opened = processes.filter_map(|entry| {
        let pid = number(&entry.file_name())?;
        let relay = (pid != getpid()).then(|| pidfd_open(pid, PidfdFlags::empty()).ok())??;
        // Looked at once it is held: the number may have been another's before.
        is_relay(&entry.path(), &own, caller).then_some(relay)
    });
    Some(opened.collect())
}

fn number(name: &OsStr) -> Option<Pid> {
    Pid::from_raw(name.to_str()?.parse().ok()?)
}

/// Whether the process is a relay of a program, and a child of the caller or detached from it. A server's relay outlives
/// every question.
fn is_relay(process: &Path, own: &Path, caller: Pid) -> bool {
    let parent = || {
        let stat = fs::read_to_string(process.join("stat")).ok()?;
        number(OsStr::new(stat.rsplit_once(") ")?.1.split(' ').nth(1)?))
    };
    let has = |words: &[u8], word: &[u8]| words.split(|byte| *byte == 0).any(|known| known == word);
    fs::read_link(process.join("exe")).is_ok_and(|program| program == own)
        && fs::read(process.join("cmdline")).is_ok_and(|words| {
            let is_of_caller =
                parent() == Some(caller) || has(&words, host_argument(caller).as_encoded_bytes());
            // One that is being executed has no words yet, although its parent has run on.
            is_of_caller && (words.is_empty() || has(&words, b"relay") && !has(&words, b"--server"))
        })
}
