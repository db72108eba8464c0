//! The `aboveboard-agent` of the machine, which delivers for programs that bring no uploader.

use std::path::{Path, PathBuf};

use aboveboard_files::{Stat, is_directory, is_regular, stat};

/// Where it may be. The search path is the user's, or anybody's who sets a variable; these are the administrator's.
pub(crate) const PLACES: [&str; 3] = [
    "/usr/bin/aboveboard-agent",
    "/usr/local/bin/aboveboard-agent",
    "/usr/libexec/aboveboard/aboveboard-agent",
];

/// The rights to write of everybody but the owner.
const WRITE_OF_OTHERS: u32 = 0o022;

/// The right of everybody to execute.
const EXECUTE: u32 = 0o001;

/// The companion, where it is installed and nobody but root can have put it there.
pub(crate) fn find() -> Option<PathBuf> {
    PLACES.into_iter().map(Path::new).find(|place| is_administrators(place)).map(Path::to_owned)
}

/// Whether the file and every directory above it are root's, and nobody else can write to them. No link is followed.
fn is_administrators(program: &Path) -> bool {
    let is_safe = |path: &Path, is_kind: fn(&Stat) -> bool| {
        stat(path)
            .is_ok_and(|found| is_kind(&found) && found.st_uid == 0 && found.st_mode & WRITE_OF_OTHERS == 0)
    };
    let is_program = |found: &Stat| is_regular(found) && found.st_mode & EXECUTE != 0;
    is_safe(program, is_program) && program.ancestors().skip(1).all(|above| is_safe(above, is_directory))
}
