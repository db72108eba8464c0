//! The `aboveboard-agent` of the machine, which delivers for programs that bring no uploader.

use std::path::{Path, PathBuf};

use aboveboard_files::{Stat, stat};

/// Where it may be. The search path is the user's, or anybody's who sets a variable; these are the administrator's.
pub(crate) const PLACES: [&str; 3] = [
    "/usr/bin/aboveboard-agent",
    "/usr/local/bin/aboveboard-agent",
    "/usr/libexec/aboveboard/aboveboard-agent",
];

/// The companion, where it is installed and nobody but root can have put it there.
pub(crate) fn find() -> Option<PathBuf> {
    PLACES.into_iter().map(Path::new).find(|place| is_administrators(place)).map(Path::to_owned)
}

/// Whether the file and every directory above it are root's, and nobody else can write to them. No link is followed.
fn is_administrators(program: &Path) -> bool {
    let is_safe = |path: &Path, is_kind: fn(&Stat) -> bool| {
        stat(path).is_ok_and(|found| is_kind(&found) && found.owner().is_system() && !found.is_shared())
    };
    let is_program = |found: &Stat| found.is_regular() && found.is_executable();
    is_safe(program, is_program)
        && program.ancestors().skip(1).all(|above| is_safe(above, Stat::is_directory))
}
