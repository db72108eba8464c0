//! Off means nothing: a program is run under every way to say no, and strace sees what it does to the machine.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// A way to say no from outside: variables and arguments, `PREFIX_` standing for the product's prefix.
#[derive(Clone, Copy, Debug)]
pub struct No {
    /// What it is called in a failure.
    pub name: &'static str,
    /// Variables to set.
    pub variables: &'static [(&'static str, &'static str)],
    /// Arguments to add.
    pub arguments: &'static [&'static str],
}

/// Every way to say no that needs no file. A value that cannot be read is one of them.
pub const NOES: [No; 9] = [
    No { name: "generic variable", variables: &[("ENABLE_TELEMETRY", "false")], arguments: &[] },
    No { name: "product's variable", variables: &[("PREFIX_ENABLE_TELEMETRY", "off")], arguments: &[] },
    No { name: "empty value", variables: &[("PREFIX_ENABLE_TELEMETRY", "")], arguments: &[] },
    No { name: "unreadable value", variables: &[("PREFIX_ENABLE_TELEMETRY", "flase")], arguments: &[] },
    No { name: "DO_NOT_TRACK", variables: &[("DO_NOT_TRACK", "1")], arguments: &[] },
    No { name: "flag", variables: &[], arguments: &["--enable-telemetry=false"] },
    No { name: "unreadable flag", variables: &[], arguments: &["--enable-telemetry=flase"] },
    No {
        name: "no beats yes",
        variables: &[("ENABLE_TELEMETRY", "0"), ("PREFIX_ENABLE_TELEMETRY", "yes")],
        arguments: &["--enable-telemetry"],
    },
    No { name: "undecided, nobody to ask", variables: &[], arguments: &[] },
];

/// What was seen of a program and of everything it started.
#[derive(Debug)]
pub struct Watched {
    /// Its output and exit.
    pub output: Output,
    /// The calls that make, write, connect, resolve or start something, as strace prints them.
    pub deeds: Vec<String>,
}

/// The system calls that can leave a mark; `open` and its like count only with a flag that writes.
const CALLS: &str = "trace=open,openat,openat2,creat,mkdir,mkdirat,unlink,unlinkat,rmdir,rename,renameat,renameat2,\
link,linkat,symlink,symlinkat,mknod,mknodat,truncate,ftruncate,chmod,fchmod,fchmodat,utimensat,socket,connect,bind,\
sendto,sendmsg,sendmmsg,fork,vfork,clone,clone3,execve,execveat";

/// Runs `command` to its end under strace, without input, in a network namespace of its own where that is possible.
///
/// # Panics
/// If strace is missing: a check that did not look must not pass.
#[must_use]
pub fn watch(command: &Command) -> Watched {
    let log = std::env::temp_dir().join(unique("trace"));
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-s", "200", "-e", CALLS, "-e", "signal=none", "-o"]).arg(&log).arg("--");
    if can_unshare() {
        strace.args(["unshare", "--net", "--"]);
    }
    strace.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => strace.env(name, value),
            None => strace.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        strace.current_dir(folder);
    }
    let output = strace.stdin(Stdio::null()).output().expect("strace runs: install it to check for silence");
    let trace = fs::read_to_string(&log).expect("strace writes a trace");
    let _ = fs::remove_file(&log);
    Watched { output, deeds: deeds(&trace, command.get_program()) }
}

/// The marks a program left, without the calls by which it was started.
fn deeds(trace: &str, program: &OsStr) -> Vec<String> {
    let program = Path::new(program).file_name().unwrap_or(program).to_string_lossy().into_owned();
    let starts = |line: &str| line.contains("execve(") && line.contains(&format!("{program}\", ["));
    let own = trace.lines().skip_while(|line| !starts(line)).skip(1);
    own.filter(|line| is_deed(line)).map(str::to_owned).collect()
}

fn is_deed(line: &str) -> bool {
    let call = line.trim_start_matches(|digit: char| digit.is_ascii_digit() || digit == ' ');
    let writes =
        ["O_WRONLY", "O_RDWR", "O_CREAT", "O_APPEND", "O_TRUNC"].iter().any(|flag| call.contains(flag));
    let device = ["\"/dev/null\"", "\"/dev/tty\""].iter().any(|device| call.contains(device));
    let not_a_call = call.starts_with("<...") || call.starts_with("+++") || call.starts_with("---");
    !not_a_call && !device && (!call.starts_with("open") || writes)
}

fn can_unshare() -> bool {
    let mut unshare = Command::new("unshare");
    let quiet = unshare
        .args(["--net", "--", "true"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// Runs a program under each of [`NOES`] in an empty home and checks that it does nothing to the machine beyond
/// what `allowed` names: calls whose line contains one of these texts are the program's own.
///
/// `prefix` is the product's variable prefix without the underscore. The program must end by itself.
///
/// # Panics
/// If it makes a file, socket, look-up or child under any no, or if its output differs between them.
pub fn assert_silent(program: impl AsRef<OsStr>, arguments: &[&str], prefix: &str, allowed: &[&str]) {
    let mut outputs: Vec<(&str, Vec<u8>, Vec<u8>)> = Vec::new();
    for no in &NOES {
        let home = Folder::new();
        let mut command = Command::new(program.as_ref());
        command.args(arguments).args(no.arguments).env_clear().current_dir(&home.0);
        command.env("HOME", &home.0).env("PATH", std::env::var_os("PATH").unwrap_or_else(default_path));
        for (name, value) in no.variables {
            command.env(name.replacen("PREFIX", prefix, 1), value);
        }
        let watched = watch(&command);
        let foreign = |deed: &&String| !allowed.iter().any(|own| deed.contains(own));
        let deeds: Vec<&String> = watched.deeds.iter().filter(foreign).collect();
        assert!(deeds.is_empty(), "{}: with telemetry off the program still did {deeds:#?}", no.name);
        outputs.push((no.name, watched.output.stdout, watched.output.stderr));
    }
    for pair in outputs.windows(2) {
        let [(first, stdout, stderr), (second, other_stdout, other_stderr)] = pair else { continue };
        assert_eq!(text(stdout), text(other_stdout), "stdout differs between {first} and {second}");
        assert_eq!(text(stderr), text(other_stderr), "stderr differs between {first} and {second}");
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn default_path() -> OsString {
    OsString::from("/usr/local/bin:/usr/bin:/bin")
}

fn unique(what: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("aboveboard-{what}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// An empty folder that goes with its test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(unique("home"));
        fs::create_dir(&folder).expect("an empty home");
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_writes_is_caught_and_one_that_reads_is_not() {
        let home = Folder::new();
        let shell = |script: &str| {
            let mut command = Command::new("/bin/sh");
            command.args(["-c", script]).current_dir(&home.0);
            watch(&command).deeds
        };
        assert_eq!(shell("read line < /etc/passwd; :"), Vec::<String>::new());
        assert!(shell("echo mark > left").iter().any(|deed| deed.contains("left")));
        assert!(shell("/bin/true; :").iter().any(|deed| deed.contains("clone") || deed.contains("fork")));
    }
}
