//! Programs that see another folder of the system than this machine has.

use std::path::Path;
use std::process::Command;

use crate::home::Home;

/// A script of bash in a home that is a file system of its own, in memory, with these options of a `mount`; `program` is its
/// `$0`. Where a user may not mount, `unshare:` stands on its stderr.
#[must_use]
pub fn in_memory(home: &Home, options: &str, script: &str, program: &Path) -> Command {
    let mut unshare = home.program("unshare");
    let mount =
        format!("mount -t tmpfs -o mode=700,{options} tmpfs \"$HOME\" && cd \"$HOME\" || exit 99\n{script}");
    unshare.args(mount_namespace()).args(["--", "bash", "-c", &mount]).arg(program);
    unshare
}

/// How `unshare` is asked for mounts of its own.
fn mount_namespace() -> &'static [&'static str] {
    let root = rustix::process::geteuid().is_root();
    if root { &["--mount"] } else { &["--user", "--map-root-user", "--mount"] }
}

/// `inside` with the files of `over` laid over this machine's `folder`. Where a user may not mount, `unshare:` stands on
/// its stderr.
#[must_use]
pub fn mounted(home: &Home, inside: &Command, over: &Path, folder: &str) -> Command {
    let mount = "mount -t overlay overlay -o lowerdir=\"$1:$2\" \"$2\" && shift 2 && exec \"$@\"";
    let mut unshare = home.program("unshare");
    unshare.args(mount_namespace()).args(["--", "bash", "-c", mount, "bash"]).arg(over).arg(folder);
    unshare.arg(inside.get_program()).args(inside.get_args());
    unshare.envs(inside.get_envs().filter_map(|(name, value)| Some((name, value?))));
    unshare
}
