//! Programs that see another folder of the system than this machine has.

use std::path::Path;
use std::process::{Command, Output};

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

/// A script of bash in what looks like a container: an overlay is its root, and the folder `volume` of this machine lies at
/// `/volume`, which is its home. A copy of `program` is its `$0`. Where a user may not mount, `unshare:` stands on its stderr.
#[must_use]
pub fn in_container(home: &Home, volume: &Path, script: &str, program: &Path) -> Command {
    const ENTER: &str = r#"root="$PWD/root"
        mount -t tmpfs tmpfs "$PWD" && cd "$PWD" && mkdir upper work root &&
        mount -t overlay overlay -o "lowerdir=/,upperdir=$PWD/upper,workdir=$PWD/work" root &&
        mkdir -p root/volume && mount --bind "$1" root/volume && mount --rbind /dev root/dev &&
        mount -t proc proc root/proc && cp "$0" root/program || exit 99
        HOME=/volume exec chroot "$root" bash -c "cd /volume; $2" /program"#;
    let mut unshare = home.program("unshare");
    unshare.current_dir(home.data()).args(mount_namespace()).args(["--", "bash", "-c", ENTER]);
    unshare.arg(program).arg(volume).arg(script);
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

/// Whether a command could not begin because this machine allows no namespaces. Where everything must run, that fails.
#[must_use]
pub fn is_refused(output: &Output) -> bool {
    let refused = output.stderr.starts_with(b"unshare");
    let must_run = std::env::var_os("ABOVEBOARD_MUST_RUN").is_some();
    assert!(!refused || !must_run, "must run, and cannot: {}", String::from_utf8_lossy(&output.stderr));
    refused
}
