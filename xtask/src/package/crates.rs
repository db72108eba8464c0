//! Packages every crate that is to be published.

use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use anyhow::Result;

use crate::run::{cargo, root, step};
use crate::workspace::packages;

/// Whether each package is built from nothing but its own files. That takes minutes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verify {
    Yes,
    No,
}

/// Runs `cargo package` for the whole workspace. Changes that are not committed are packaged too.
pub(crate) fn package(verify: Verify) -> Result<()> {
    let mut command = cargo();
    command.args(["package", "--workspace", "--allow-dirty", "--quiet"]);
    for package in packages()?.iter().filter(|package| !package.publish) {
        command.arg(format!("--exclude={}", package.name));
    }
    match verify {
        // Named by the variable, the folder is one for all packages: what they share is built once.
        Verify::Yes => command.env("CARGO_TARGET_DIR", new_folder("target/packages")?),
        Verify::No => command.arg("--no-verify"),
    };
    step("packages", &mut command)
}

/// A folder whose name no earlier run had, and none of what they built: cargo takes a package of the same version, from a
/// registry in the same place, for the same package, and does not look into it again.
fn new_folder(parent: &str) -> Result<PathBuf> {
    let parent = root().join(parent);
    if parent.exists() {
        fs::remove_dir_all(&parent)?;
    }
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(parent.join(now.as_secs().to_string()))
}
