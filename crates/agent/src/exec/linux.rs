//! One child, and this process as its shadow: what happens to the child is what our caller sees of us.
//!
//! The child stays in our process group, so the terminal treats both alike: keys that raise a signal raise it in
//! both, and pipelines and job control see one job. All signals are blocked here and read from a descriptor, so
//! none is lost, and the dispositions that the child inherits are our caller's, but for two: `SIGPIPE` is at its default,
//! since Rust's runtime ignores it before anybody can look, and so is a `SIGCHLD` that our caller ignored:
//!
//! - a key of the terminal has reached the child already; every signal that is for us alone is handed on, also a hang-up
//!   of the terminal, of which the kernel tells nobody but the leader of the session, and a timer of our caller's;
//! - a child that stops stops us by the same signal, and when we are continued, so is the child;
//! - a child that dies of a signal ends us by the same signal, without a second core file.
//!
//! A signal that somebody sends to the whole group reaches the child twice, once from us. `SIGKILL` cannot be
//! handed on: the program then runs on, and its command is reported as unfinished.

use std::ffi::OsString;
use std::os::fd::AsFd as _;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;

use aboveboard_cli_agent::Finished;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal, kill, raise};
use nix::sys::signalfd::{SfdFlags, SignalFd, siginfo};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::not_started::not_started;
use super::start::start;
use crate::ignored_signals::is_ignored;

/// How the child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChildExit {
    /// It exited with this code.
    Exited(i32),
    /// It died of this signal.
    Died(Signal),
    /// It could not be started, or not be waited for.
    Failed(Errno),
}

impl Finished for ChildExit {
    fn failed(&self) -> bool {
        *self != Self::Exited(0)
    }
}

/// Runs the program to its end.
pub(super) fn run(program: &[OsString]) -> ChildExit {
    watch(program).unwrap_or_else(ChildExit::Failed)
}

/// Ends this process as the child ended; where it never began, as a shell does: 127 for a program that is not
/// found, 126 for one that cannot be run.
pub(super) fn finish(program: &OsString, exit: ChildExit) -> ExitCode {
    match exit {
        ChildExit::Exited(code) => std::process::exit(code),
        ChildExit::Died(signal) => die_of(signal),
        ChildExit::Failed(error) => not_started(program, error),
    }
}

fn watch(program: &[OsString]) -> nix::Result<ChildExit> {
    let before = SigSet::thread_get_mask()?;
    let watched = watched();
    watched.thread_block()?;
    let signals = SignalFd::with_flags(&watched, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
    handle_child_signal();
    let exit = start(program, &before).and_then(|child| shadow(child, &signals));
    before.thread_set_mask()?;
    exit
}

/// Where our caller ignores `SIGCHLD`, which is inherited, the system does not report how a child ended. Any handler
/// brings that back, though the signal is blocked and the handler never runs.
fn handle_child_signal() {
    let number = Signal::SIGCHLD as i32;
    if is_ignored(number) {
        let _ = signal_hook::flag::register(number, Arc::default());
    }
}

/// Every signal but those that a fault of our own raises.
fn watched() -> SigSet {
    use Signal::{SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP};
    let mut signals = SigSet::all();
    for fault in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGABRT] {
        signals.remove(fault);
    }
    signals
}

/// Follows the child until it has ended.
fn shadow(child: Pid, signals: &SignalFd) -> nix::Result<ChildExit> {
    loop {
        if let Some(exit) = follow(child)? {
            // What still waits was the child's too, such as a key of the terminal, or came too late for it. It would end
            // this process in place of the child's own end as soon as signals are let through.
            while signals.read_signal()?.is_some() {}
            return Ok(exit);
        }
        poll(&mut [PollFd::new(signals.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE)?;
        while let Some(signal) = signals.read_signal()? {
            hand_on(child, &signal);
        }
    }
}

/// What the child has come to since the last look; none while it lives. Others are waited for as well: the first
/// process of a container inherits all whose parents have ended, and a caller that became us may leave us its own.
fn follow(child: Pid) -> nix::Result<Option<ChildExit>> {
    loop {
        let status = waitpid(None, Some(WaitPidFlag::WNOHANG | WaitPidFlag::WUNTRACED))?;
        match status {
            _ if status.pid().is_some_and(|process| process != child) => {}
            WaitStatus::Exited(_, code) => return Ok(Some(ChildExit::Exited(code))),
            WaitStatus::Signaled(_, signal, _) => return Ok(Some(ChildExit::Died(signal))),
            WaitStatus::Stopped(_, signal) => stop_by(signal)?,
            _ => return Ok(None),
        }
    }
}

/// Stops this process as the child was stopped. Returns when it is continued.
fn stop_by(signal: Signal) -> nix::Result<()> {
    // Blocked until it is let through below: the terminal may have sent one to both of us, and a SIGCONT discards all
    // that have not stopped us yet. Let through first, that one would stop us, and ours once more.
    raise(signal)?;
    if signal == Signal::SIGSTOP {
        return Ok(());
    }
    let mut only = SigSet::empty();
    only.add(signal);
    only.thread_unblock()?;
    only.thread_block()
}

/// Hands a signal on, unless the child has it already or it is about the child.
fn hand_on(child: Pid, signal: &siginfo) {
    let Ok(number) = i32::try_from(signal.ssi_signo) else { return };
    let is_of_the_kernel = signal.ssi_code > 0;
    match Signal::try_from(number) {
        Ok(Signal::SIGCHLD) => {}
        Ok(signal) if is_of_the_kernel && goes_to_the_group(signal) => {}
        Ok(signal) => {
            // A child that has just ended takes none; the next look shows its end.
            let _ = kill(child, signal);
        }
        Err(_) => send_by_number(child, number),
    }
}

/// Whether the kernel sends a signal to all of our process group, the child among them: the keys and the size of the
/// terminal, and the stop of a group in the background. Whatever else it sends is for us alone: that the terminal of
/// this session's leader hung up, a timer that our caller set.
const fn goes_to_the_group(signal: Signal) -> bool {
    use Signal::{SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGWINCH};
    matches!(signal, SIGINT | SIGQUIT | SIGTSTP | SIGTTIN | SIGTTOU | SIGWINCH)
}

/// Sends a signal that has a number alone: one of the real-time signals, which only a shell takes without `unsafe`.
/// The child is not waited for yet, so its id is its own.
fn send_by_number(child: Pid, number: i32) {
    let _ = Command::new("/bin/sh")
        .args(["-c", "kill -\"$0\" \"$1\"", &number.to_string(), &child.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

/// Ends this process by a signal, as the child ended.
fn die_of(signal: Signal) -> ! {
    // The child has left its core file, if it was to leave one.
    let nothing = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
    let _ = rustix::process::setrlimit(rustix::process::Resource::Core, nothing);
    let mut only = SigSet::empty();
    only.add(signal);
    let _ = only.thread_unblock();
    // The first meets the handler by which Rust's runtime reports a stack overflow, and which takes itself away.
    let _ = raise(signal);
    let _ = raise(signal);
    // A signal that is ignored (`SIGPIPE`, by Rust's runtime) has to be brought back to its default.
    let _ = signal_hook::low_level::emulate_default_handler(signal as i32);
    // One that cannot end this process, such as any in the first process of a container: exit as a shell does for it.
    std::process::exit(128 + signal as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::zombie_processes, reason = "`shadow` waits for it, by its id")]
    fn a_key_that_waits_when_the_child_has_ended_does_not_end_this_process_in_its_place() {
        let mut key = SigSet::empty();
        key.add(Signal::SIGINT);
        let before = key.thread_swap_mask(nix::sys::signal::SigmaskHow::SIG_BLOCK).unwrap();
        let signals = SignalFd::with_flags(&key, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK).unwrap();
        let child = start(&["sh", "-c", "exit 8"].map(OsString::from), &before).unwrap();
        // It is waited for by `shadow` alone.
        while !std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap().contains(") Z ") {
            std::thread::yield_now();
        }
        raise(Signal::SIGINT).unwrap();
        assert_eq!(shadow(child, &signals).unwrap(), ChildExit::Exited(8));
        assert_eq!(signals.read_signal().unwrap(), None);
        before.thread_set_mask().unwrap();
    }
}
