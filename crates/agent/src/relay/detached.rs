//! A relay that is no child of its host.
//!
//! A host that waits for all of its children (`wait` in a loop, a handler of `SIGCHLD`) would wait for its relay, which
//! waits for the end of the host.

use std::ffi::OsString;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode, Stdio};

use rustix::process::{Pid, getppid};

/// The option that asks for it.
const DETACH: &str = "--detach";

/// The option that names the host afterwards, whose child the relay is no longer.
const HOST: &str = "--host-process";

/// Starts the relay that goes on, with the pipe of this one. A line on standard output names its process, unless it is a
/// server's, which speaks there itself. Where it cannot be started the pipe has no reader, as after a relay that died.
pub(super) fn start(is_server: bool) -> ExitCode {
    let Ok(program) = std::env::current_exe() else { return ExitCode::FAILURE };
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_default();
    let mut relay = Command::new(program);
    relay.arg0(name).args(arguments.filter(|argument| argument != DETACH));
    relay.args(getppid().map(host_argument));
    if !is_server {
        relay.stdout(Stdio::null());
    }
    let Ok(relay) = relay.spawn() else { return ExitCode::FAILURE };
    if !is_server {
        let _ = writeln!(std::io::stdout(), "{}", relay.id());
    }
    ExitCode::SUCCESS
}

/// What a detached relay of this host has among its arguments.
fn host_argument(host: Pid) -> OsString {
    format!("{HOST}={}", host.as_raw_nonzero()).into()
}
