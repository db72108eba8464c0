//! Where a user's programs keep what is theirs: answers in the folder that follows the user from machine to machine, states in
//! that of this machine.

use std::path::{Path, PathBuf};

use super::bases::{Bases, Moved};
use crate::environment::Environment;

/// Names the folder of answers, as Windows sets it for each user.
const ANSWERS: &str = "APPDATA";

/// Names the folder of states.
const STATES: &str = "LOCALAPPDATA";

/// The bases of this user, where they are his or her own.
pub(super) fn bases(environment: &Environment) -> Option<Bases> {
    let base = |variable: &str| {
        let base = PathBuf::from(environment.var(variable)?);
        // A drive alone is a folder of everybody's.
        (base.is_absolute() && base.parent().is_some() && nearest_is_ours(&base)).then_some(base)
    };
    Some(Bases { answer: base(ANSWERS)?, state: base(STATES)?, moved: Moved::default() })
}

/// The variables alone that lead to the usual bases of this user.
pub(super) fn of_usual_bases(environment: &Environment) -> Option<Environment> {
    Some(Environment::of([(ANSWERS, environment.var(ANSWERS)?), (STATES, environment.var(STATES)?)]))
}

/// The path before the last name.
pub(super) fn above(path: &Path) -> Option<&Path> {
    path.parent()
}

/// A path below another.
pub(super) fn below(base: &Path, names: &[&str]) -> PathBuf {
    let mut path = base.to_owned();
    path.extend(names);
    path
}

/// A base that does not exist yet would be made inside the nearest directory that does.
fn nearest_is_ours(base: &Path) -> bool {
    base.ancestors()
        .find_map(|above| aboveboard_files::stat_target(above).ok())
        .is_some_and(|found| found.is_mine())
}
