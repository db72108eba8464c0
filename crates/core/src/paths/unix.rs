//! Where a user's programs keep what is theirs, below `HOME` or where the variables of the XDG base directories lead.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use aboveboard_files::stat_target;

use super::bases::{Bases, Moved};
use crate::environment::Environment;

/// The bases of this user, where they are his or her own.
pub(super) fn bases(environment: &Environment) -> Option<Bases> {
    let home = PathBuf::from(environment.var("HOME")?);
    if !home.is_absolute() || is_root(&home) || !is_ours(&home) {
        return None;
    }
    let base = |variable: &str, default: &str, is_moved: &mut bool| {
        let default = below(&home, &[default]);
        match environment.var(variable).map(PathBuf::from) {
            // The specification of these variables says that a relative one is ignored.
            Some(base) if base.is_absolute() && base != default => {
                *is_moved = true;
                nearest_is_ours(&base).then_some(base)
            }
            _ => Some(default),
        }
    };
    let mut moved = Moved::default();
    let answer = base("XDG_CONFIG_HOME", ".config", &mut moved.answer)?;
    let state = base("XDG_STATE_HOME", ".local/state", &mut moved.state)?;
    Some(Bases { answer, state, moved })
}

/// The variables alone that lead to the usual bases of this user.
pub(super) fn of_usual_bases(environment: &Environment) -> Option<Environment> {
    Some(Environment::of([("HOME", environment.var("HOME")?)]))
}

/// The path before the last name, without the other spellings that [`Path::parent`] thinks of.
pub(super) fn above(path: &Path) -> Option<&Path> {
    let bytes = path.as_os_str().as_encoded_bytes();
    let end = bytes.iter().rposition(|byte| *byte == b'/')?;
    Some(Path::new(OsStr::from_bytes(&bytes[..end])))
}

/// A path below another, in one piece of memory.
pub(super) fn below(base: &Path, names: &[&str]) -> PathBuf {
    let length = names.iter().map(|name| name.len() + 1).sum::<usize>();
    let mut path = OsString::with_capacity(base.as_os_str().len() + length);
    path.push(base);
    for name in names {
        path.push("/");
        path.push(name);
    }
    path.into()
}

/// Whether this is `/`, however it is spelled.
fn is_root(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().iter().all(|byte| matches!(byte, b'/' | b'.'))
}

fn is_ours(path: &Path) -> bool {
    stat_target(path).is_ok_and(|found| found.is_mine())
}

/// A base that does not exist yet would be made inside the nearest directory that does.
fn nearest_is_ours(base: &Path) -> bool {
    base.ancestors().find_map(|above| stat_target(above).ok()).is_some_and(|found| found.is_mine())
}
