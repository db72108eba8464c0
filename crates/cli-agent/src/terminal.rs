//! Whether a person is there.

use std::io::{IsTerminal as _, stderr, stdin, stdout};
use std::os::fd::AsFd;
#[cfg(target_os = "linux")]
use std::path::Path;

use aboveboard_core::environment::Environment;
#[cfg(target_os = "linux")]
use aboveboard_files::File;
use aboveboard_types::printable::is_printable;
use rustix::process::{Pid, getpid, getppid};
use rustix::termios::tcgetpgrp;

/// As much of what the system says of a process as holds its group.
#[cfg(target_os = "linux")]
const MAX_STAT_BYTES: usize = 4096;

/// The process that a person typed, if it is to be asked after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    /// This process.
    This,
    /// The process that called this one.
    Caller,
    /// None: the host wants nobody to be asked.
    Nothing,
}

/// Whether a person can read a question on stderr and answer it on stdin: both are terminals, neither continuous
/// integration nor a coding agent runs this, and the terminal is ours right now (a job in the background would be stopped by
/// the attempt to read).
pub(crate) fn has_person(environment: &Environment) -> bool {
    let stdin = stdin();
    stdin.is_terminal()
        && stderr().is_terminal()
        && may_ask(environment)
        && tcgetpgrp(&stdin).is_ok_and(|group| own_group() == Some(group))
}

/// Whether a person may be behind this process: in continuous integration, and where a coding agent types, there is none.
fn may_ask(environment: &Environment) -> bool {
    !environment.is_ci() && !environment.is_coding_agent()
}

/// Whether a person typed, at a shell's prompt, the very command that this process, or its caller, is: it leads the group of
/// processes that has the terminal now, and nobody but that terminal takes its output. A shell gives every command that is
/// typed a group of its own; what scripts, `make`, `timeout`, `$(…)` and the files that a shell reads at its start run does
/// not lead one.
pub(crate) fn has_prompt(environment: &Environment, typed: Typed) -> bool {
    let leader = match typed {
        Typed::This => Some(getpid()),
        Typed::Caller => getppid().filter(|caller| has_our_streams(*caller)),
        Typed::Nothing => None,
    };
    let Some(leader) = leader else { return false };
    let is_its_terminal = |stream: &dyn AsFd| tcgetpgrp(stream.as_fd()).is_ok_and(|group| group == leader);
    may_ask(environment)
        && is_its_terminal(&stdin())
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

/// A text without what a terminal would obey; line ends stay.
pub(crate) fn printable(text: &str) -> String {
    text.chars().filter(|character| *character == '\n' || is_printable(*character)).collect()
}
