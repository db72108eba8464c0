//! What a program did to the machine, read from the log of strace.

use std::fmt;
use std::path::Path;

/// The system calls that can leave a trace; `open` and its like count only with a flag that writes.
/// `io_uring_setup` is among them because strace does not see what goes through a ring.
pub(super) const CALLS: &str = "trace=open,openat,openat2,creat,mkdir,mkdirat,unlink,unlinkat,rmdir,rename,\
renameat,renameat2,link,linkat,symlink,symlinkat,mknod,mknodat,truncate,ftruncate,chmod,fchmod,fchmodat,chown,\
fchown,lchown,fchownat,utimensat,setxattr,fsetxattr,memfd_create,shmget,msgget,semget,mq_open,socket,connect,bind,\
sendto,sendmsg,sendmmsg,fork,vfork,clone,clone3,execve,execveat,io_uring_setup";

/// What kind of effect a program had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EffectKind {
    /// It made, wrote or deleted a file, or changed one's owner, mode or time.
    File,
    /// It opened or used a socket.
    Socket,
    /// It asked a name server, or the daemon that asks one.
    Lookup,
    /// It started a process.
    Child,
    /// It started a thread.
    Thread,
    /// It asked the kernel for a ring, through which it can do anything unseen.
    Unseen,
    /// It printed something else than under the other switches, or printed a line about telemetry.
    Output,
    /// It ended otherwise than under the other switches.
    Exit,
}

impl EffectKind {
    fn words(self) -> &'static str {
        match self {
            Self::File => "wrote to the disk",
            Self::Socket => "used a socket",
            Self::Lookup => "asked a name service",
            Self::Child => "started a process",
            Self::Thread => "started a thread",
            Self::Unseen => "asked for a ring, which hides what it does",
            Self::Output => "printed",
            Self::Exit => "ended differently",
        }
    }
}

/// One effect.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Effect {
    /// What kind.
    pub kind: EffectKind,
    /// The call as strace prints it, or what was printed.
    pub detail: String,
}

impl fmt::Display for Effect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.kind.words(), self.detail)
    }
}

/// The effects of a program, without the calls by which it was started: the program is what the first process executed
/// after `before` others. `None` if it was never started.
pub(super) fn effects(trace: &str, program: &Path, before: usize) -> Option<Vec<Effect>> {
    let first = trace.split_whitespace().next()?;
    let executes = |line: &str| line.starts_with(first) && line.contains(" execve(\"");
    let (start, line) = trace.lines().enumerate().filter(|(_, line)| executes(line)).nth(before)?;
    let is_program = line.contains(&format!("execve(\"{}\"", program.display()));
    is_program.then(|| trace.lines().skip(start + 1).filter_map(effect).collect())
}

fn effect(line: &str) -> Option<Effect> {
    let call = line.trim_start_matches(|digit: char| digit.is_ascii_digit() || digit == ' ');
    // The end of a call whose beginning was counted, an exit, a signal.
    if ["<...", "+++", "---"].iter().any(|other| call.starts_with(other)) {
        return None;
    }
    let kind = kind(call)?;
    Some(Effect { kind, detail: call.to_owned() })
}

fn kind(call: &str) -> Option<EffectKind> {
    let name = call.split('(').next().unwrap_or_default();
    let says = |word: &str| call.contains(word);
    Some(match name {
        "open" | "openat" | "openat2" => {
            let writes = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_APPEND", "O_TRUNC", "O_TMPFILE"];
            let device = says("\"/dev/null\"") || says("\"/dev/tty\"");
            return (!device && writes.iter().any(|flag| says(flag))).then_some(EffectKind::File);
        }
        "socket" | "connect" | "bind" | "sendto" | "sendmsg" | "sendmmsg" => {
            let resolver = ["htons(53)", "nscd/socket", "systemd/resolve"].iter().any(|place| says(place));
            if resolver { EffectKind::Lookup } else { EffectKind::Socket }
        }
        "clone" | "clone3" if says("CLONE_THREAD") => EffectKind::Thread,
        "fork" | "vfork" | "clone" | "clone3" | "execve" | "execveat" => EffectKind::Child,
        "io_uring_setup" => EffectKind::Unseen,
        _ => EffectKind::File,
    })
}
