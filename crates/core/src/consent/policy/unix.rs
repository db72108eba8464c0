//! Where policies lie on Unix.

use super::found::PolicyFile;

#[cfg(not(target_vendor = "apple"))]
const DIRECTORIES: [&str; 2] = ["/etc/aboveboard/off.d", "/usr/lib/aboveboard/off.d"];
#[cfg(target_vendor = "apple")]
const DIRECTORIES: [&str; 2] = ["/etc/aboveboard/off.d", "/Library/Application Support/aboveboard/off.d"];

/// Whether what was recorded goes with a policy file: only root can have put it there.
pub(super) const FILES_DELETE: bool = true;

/// The directories of policy files.
pub(super) fn directories() -> impl Iterator<Item = &'static str> {
    DIRECTORIES.into_iter()
}

/// A policy that is no file: there is none of the kind.
pub(super) fn beside_files(_product: &str) -> Option<PolicyFile> {
    None
}
