//! Packages every crate that is to be published.

use std::fs;
use std::path::PathBuf;

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
        Verify::Yes => command.env("CARGO_TARGET_DIR", empty("target/packages")?),
        Verify::No => command.arg("--no-verify"),
    };
    step("packages", &mut command)
}

/// A folder without what an earlier run built: cargo takes a package of the same version for the same package.
fn empty(folder: &str) -> Result<PathBuf> {
    let folder = root().join(folder);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    Ok(folder)
}
