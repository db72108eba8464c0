//! What a program did to the machine, seen by strace: files made or opened for writing, sockets, children.

use std::path::Path;
use std::process::{Command, Output};

/// What was seen of a program and everything it started.
pub struct Seen {
    /// The program's own output and exit.
    pub output: Output,
    /// Lines of the trace that create, write, connect, resolve or start something.
    pub deeds: Vec<String>,
}

/// The system calls that can leave a mark. `openat` counts only with a flag that writes.
const CALLS: &str = "trace=openat,open,creat,openat2,mkdir,mkdirat,unlink,unlinkat,rename,renameat,renameat2,link,\
linkat,symlink,symlinkat,mknod,mknodat,truncate,ftruncate,chmod,fchmod,fchmodat,utimensat,socket,connect,bind,\
sendto,sendmsg,fork,vfork,clone,clone3,execve";

/// Runs `command` under strace and returns its deeds, without those of starting it.
///
/// # Panics
/// If strace is not there.
#[must_use]
pub fn watch(command: &Command, folder: &Path) -> Seen {
    let log = folder.join("trace.log");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-s", "256", "-o"]).arg(&log).args(["-e", CALLS]).args(["-e", "signal=none"]);
    strace.arg("--").arg(command.get_program()).args(command.get_args()).env_clear();
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => strace.env(name, value),
            None => strace.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        strace.current_dir(folder);
    }
    let output = strace.stdin(std::process::Stdio::null()).output().expect("strace runs");
    let trace = std::fs::read_to_string(&log).expect("a trace");
    let _ = std::fs::remove_file(&log);
    let deeds = trace.lines().skip(1).filter(|line| is_deed(line)).map(str::to_owned).collect();
    Seen { output, deeds }
}

/// Whether a line of the trace is more than reading.
fn is_deed(line: &str) -> bool {
    let call = line.split_once(' ').map_or(line, |(_, call)| call.trim_start());
    let opens = call.starts_with("open");
    let writes =
        ["O_WRONLY", "O_RDWR", "O_CREAT", "O_APPEND", "O_TRUNC"].iter().any(|flag| call.contains(flag));
    let device = ["\"/dev/null\"", "\"/dev/tty\""].iter().any(|device| call.contains(device));
    let resumed = call.starts_with("<...") || call.starts_with("+++");
    !resumed && !device && (!opens || writes)
}
