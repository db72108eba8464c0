//! Variables that name the process they are for: a service to which systemd hands sockets takes them only where
//! `LISTEN_PID` is its own number, and that number is known only once the process is there.
//!
//! Where the environment names this process, the child begins as this program once more, which puts its own number in
//! place and then becomes the program. No code runs between fork and exec.

use std::convert::Infallible;
use std::ffi::{CString, OsString};
use std::process::ExitCode;
use std::sync::Arc;

use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::unistd::{execvpe, getpid};
use rustix::process::{PidfdFlags, pidfd_open};

use super::environment::{c_string, environment};
use super::not_started::not_started;

/// The argument by which this program is called so, before the words of the program that it becomes.
const ARGUMENT: &str = "exec-under-own-pid";

/// Variables that hold the number of the process they are for.
const NUMBERS: [&[u8]; 3] = [b"LISTEN_PID", b"WATCHDOG_PID", b"SYSTEMD_EXEC_PID"];

/// What goes with `LISTEN_PID` in newer versions of systemd: the number of the process's descriptor.
const DESCRIPTOR: &[u8] = b"LISTEN_PIDFDID";

/// The words that start the child, where it has to put its own number in place.
pub(super) fn words(environment: &[CString]) -> Option<[CString; 3]> {
    let own = getpid().to_string();
    let is_named = environment.iter().any(|entry| {
        split(entry).is_some_and(|(name, value)| NUMBERS.contains(&name) && value == own.as_bytes())
    });
    if !is_named {
        return None;
    }
    let program = c_string(std::env::current_exe().ok()?.as_os_str()).ok()?;
    let name = c_string(std::env::args_os().next()?.as_os_str()).ok()?;
    Some([program, name, CString::new(ARGUMENT).ok()?])
}

/// Becomes the program, if this process was started to do that. Must come before anything else in `main`.
#[must_use]
pub fn become_program_if_called() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != ARGUMENT {
        return None;
    }
    let words: Vec<OsString> = arguments.collect();
    let name = words.first()?;
    let Err(error) = become_program(&words);
    Some(not_started(name, error))
}

fn become_program(words: &[OsString]) -> nix::Result<Infallible> {
    let words: Vec<CString> = words.iter().map(|word| c_string(word)).collect::<nix::Result<_>>()?;
    let name = words.first().ok_or(Errno::EINVAL)?;
    let mut entries = environment()?;
    // The number that named the process which started this one.
    let former = nix::unistd::getppid().to_string();
    let own = getpid().to_string();
    entries.retain_mut(|entry| {
        let Some((variable, value)) = split(entry) else { return true };
        let value = if NUMBERS.contains(&variable) && value == former.as_bytes() {
            own.clone()
        } else if variable == DESCRIPTOR {
            match descriptor() {
                Some(number) => number.to_string(),
                None => return false,
            }
        } else {
            return true;
        };
        match CString::new([variable, b"=", value.as_bytes()].concat()) {
            Ok(changed) => {
                *entry = changed;
                true
            }
            Err(_) => false,
        }
    });
    // Rust's runtime has this process ignore it. What is caught, and not ignored, is at its default after `execve`.
    let _ = signal_hook::flag::register(Signal::SIGPIPE as i32, Arc::default());
    execvpe(name, &words, &entries)
}

/// The number of a descriptor of this process, by which systemd names it.
fn descriptor() -> Option<u64> {
    let own = rustix::process::getpid();
    let descriptor = pidfd_open(own, PidfdFlags::empty()).ok()?;
    Some(rustix::fs::fstat(descriptor).ok()?.st_ino)
}

fn split(entry: &CString) -> Option<(&[u8], &[u8])> {
    let bytes = entry.as_bytes();
    let at = bytes.iter().position(|byte| *byte == b'=')?;
    Some((&bytes[..at], &bytes[at + 1..]))
}
