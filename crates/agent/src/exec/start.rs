//! Starts the program as `execvp` does, with what our caller gave to us: arguments, environment, mask of signals.

use std::ffi::{CStr, CString, OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use nix::errno::Errno;
use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, PosixSpawnFlags, posix_spawnp};
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::Pid;
use rustix::fs::Access;

use super::environment::{c_string, environment};
use super::own_pid;

/// What runs a file that is executable and that the system knows no format of: a script without `#!`.
const SHELL: &CStr = c"/bin/sh";

/// Where a program is looked for if the environment has no `PATH`, as the C library does.
const DEFAULT_PATH: &str = "/bin:/usr/bin";

/// Starts the child with the mask that we were started with.
pub(super) fn start(program: &[OsString], mask: &SigSet) -> nix::Result<Pid> {
    let (name, arguments) = program.split_first().ok_or(Errno::EINVAL)?;
    let name = c_string(name)?;
    let arguments: Vec<CString> =
        arguments.iter().map(|argument| c_string(argument)).collect::<nix::Result<_>>()?;
    let environment = environment()?;
    let spawn = |program: &CStr, first: &[&CStr]| {
        let words: Vec<&CStr> = first.iter().copied().chain(arguments.iter().map(|word| &**word)).collect();
        posix_spawnp(program, &PosixSpawnFileActions::init()?, &attributes(mask)?, &words, &environment)
    };
    if let Some([program, own_name, argument]) = own_pid::words(&environment) {
        return spawn(&program, &[&own_name, &argument, &name]);
    }
    match spawn(&name, &[&name]) {
        Err(Errno::ENOEXEC) => spawn(SHELL, &[SHELL, &file_of(&name)]),
        other => other,
    }
}

fn attributes(mask: &SigSet) -> nix::Result<PosixSpawnAttr> {
    let mut attributes = PosixSpawnAttr::init()?;
    attributes.set_flags(PosixSpawnFlags::POSIX_SPAWN_SETSIGMASK | PosixSpawnFlags::POSIX_SPAWN_SETSIGDEF)?;
    attributes.set_sigmask(mask)?;
    // Rust's runtime has this process ignore it; nobody asked for that in the child's name.
    let mut defaults = SigSet::empty();
    defaults.add(Signal::SIGPIPE);
    attributes.set_sigdefault(&defaults)?;
    Ok(attributes)
}

/// The file that a program's name stands for: the first that may be executed, as the C library looks for it.
fn file_of(name: &CStr) -> CString {
    let path = std::env::var_os("PATH").unwrap_or_else(|| DEFAULT_PATH.into());
    let name_is_path = name.to_bytes().contains(&b'/');
    let found = std::env::split_paths(&path)
        .map(|directory| directory.join(OsStr::from_bytes(name.to_bytes())))
        .find(|file| !name_is_path && may_be_executed(file));
    found.and_then(|file| c_string(file.as_os_str()).ok()).unwrap_or_else(|| name.to_owned())
}

fn may_be_executed(file: &Path) -> bool {
    file.is_file() && rustix::fs::access(file, Access::EXEC_OK).is_ok()
}
