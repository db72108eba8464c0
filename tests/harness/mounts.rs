//! Programs that see another folder of the system than this machine has.

use std::path::Path;
use std::process::Command;

use crate::home::Home;

/// `inside` with the files of `over` laid over this machine's `folder`. Where a user may not mount, `unshare:` stands on
/// its stderr.
#[must_use]
pub fn mounted(home: &Home, inside: &Command, over: &Path, folder: &str) -> Command {
    let mount = "mount -t overlay overlay -o lowerdir=\"$1:$2\" \"$2\" && shift 2 && exec \"$@\"";
    let root = rustix::process::geteuid().is_root();
    let options: &[&str] = if root { &["--mount"] } else { &["--user", "--map-root-user", "--mount"] };
    let mut unshare = home.program("unshare");
    unshare.args(options).args(["--", "bash", "-c", mount, "bash"]).arg(over).arg(folder);
    unshare.arg(inside.get_program()).args(inside.get_args());
    unshare.envs(inside.get_envs().filter_map(|(name, value)| Some((name, value?))));
    unshare
}
