//! Processes as the helper needs them: one that leaves its caller, and one that ends itself.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use rustix::process::getpid;
#[cfg(feature = "uploader")]
use rustix::process::{Signal, kill_process};

/// Leaves the terminal, the group of processes and the directory of the caller.
#[cfg(feature = "uploader")]
pub(super) fn leave_caller() {
    let _ = rustix::process::setsid();
    let _ = rustix::process::chdir("/");
}

/// Ends this process at once, whatever it hangs in.
#[cfg(feature = "uploader")]
pub(super) fn kill_this() {
    let _ = kill_process(getpid(), Signal::KILL);
}

/// Has a program be called by a name: a binary with several names must find itself again.
pub(super) fn call_by(command: &mut Command, name: OsString) {
    command.arg0(name);
}

/// Whether a process that loses its parent becomes the child of another than this one.
pub(super) fn are_left_to_others() -> bool {
    !getpid().is_init() && !is_subreaper()
}

#[cfg(target_os = "linux")]
fn is_subreaper() -> bool {
    rustix::process::child_subreaper().is_ok_and(|reaper| reaper.is_some())
}

#[cfg(not(target_os = "linux"))]
fn is_subreaper() -> bool {
    false
}
