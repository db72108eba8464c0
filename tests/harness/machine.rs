//! Another machine: the same programs under another name.

use std::process::Command;

use crate::home::Home;

/// `inside` on a machine of this name. Where a user may not have one, `unshare:` stands on its stderr.
#[must_use]
pub fn named(home: &Home, name: &str, inside: &Command) -> Command {
    let root = rustix::process::geteuid().is_root();
    let options: &[&str] = if root { &["--uts"] } else { &["--user", "--map-root-user", "--uts"] };
    let mut unshare = home.program("unshare");
    unshare.args(options).args(["--", "bash", "-c", "hostname \"$0\" && exec \"$@\"", name]);
    unshare.arg(inside.get_program()).args(inside.get_args());
    unshare.envs(inside.get_envs().filter_map(|(name, value)| Some((name, value?))));
    unshare
}
