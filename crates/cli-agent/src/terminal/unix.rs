//! Terminals by the groups of processes that have them.

use std::io::{stderr, stdin, stdout};
use std::os::fd::AsFd;
#[cfg(target_os = "linux")]
use std::path::Path;

#[cfg(target_os = "linux")]
use aboveboard_files::File;
use rustix::process::{Pid, getpid, getppid};
use rustix::termios::tcgetpgrp;

use super::typed::Typed;

/// As much of what the system says of a process as holds its group.
#[cfg(target_os = "linux")]
const MAX_STAT_BYTES: usize = 4096;

/// Whether the terminal on stdin is ours right now.
pub(super) fn is_in_front() -> bool {
    tcgetpgrp(stdin()).is_ok_and(|group| own_group() == Some(group))
}

/// Whether that process leads the group that has the terminal now, ours is that group, and nobody but that terminal takes what is
/// put out.
pub(super) fn was_typed(typed: Typed) -> bool {
    let leader = match typed {
        Typed::This => Some(getpid()),
        Typed::Caller => getppid().filter(|caller| has_our_streams(*caller)),
        Typed::Nothing => None,
    };
    let Some(leader) = leader else { return false };
    let is_its_terminal = |stream: &dyn AsFd| tcgetpgrp(stream.as_fd()).is_ok_and(|group| group == leader);
    is_its_terminal(&stdin())
        && is_its_terminal(&stdout())
        && is_its_terminal(&stderr())
        && own_group() == Some(leader)
}

/// The group of this process. `None` where it has no number here: that of another namespace, which the caller of a container's
/// first process may have left it.
#[cfg(target_os = "linux")]
fn own_group() -> Option<Pid> {
    // The call returns 0 then, which rustix takes for a number of a process.
    let said = File::at(Path::new("/proc/self/stat")).and_then(|file| file.content(MAX_STAT_BYTES)).ok()?;
    // State, parent and group stand behind the name, which may hold anything.
    let end = said.iter().rposition(|byte| *byte == b')')?;
    let group = std::str::from_utf8(&said[end..]).ok()?.split(' ').nth(3)?;
    Pid::from_raw(group.parse().ok()?)
}

/// The group of this process.
#[cfg(not(target_os = "linux"))]
fn own_group() -> Option<Pid> {
    Some(rustix::process::getpgrp())
}

/// Whether the streams of that process lead to our terminal too: it may have handed us others than its own.
#[cfg(target_os = "linux")]
fn has_our_streams(caller: Pid) -> bool {
    let Ok(ours) = rustix::fs::fstat(stdin()) else { return false };
    let caller = caller.as_raw_nonzero();
    (0..3).all(|stream| {
        rustix::fs::stat(format!("/proc/{caller}/fd/{stream}")).is_ok_and(|its| its.st_rdev == ours.st_rdev)
    })
}

/// The same where no system tells of the streams of another process.
#[cfg(not(target_os = "linux"))]
fn has_our_streams(_caller: Pid) -> bool {
    true
}
