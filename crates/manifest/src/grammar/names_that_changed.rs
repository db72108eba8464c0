//! Old names: each stands for one thing that is declared, and is itself no longer declared.

use aboveboard_types::value::OTHER;

use super::explain::listed;
use super::{Diagnostics, name};
use crate::model::Manifest;
use crate::was::{Namesakes, OldNamesOf};

pub(super) fn check(diagnostics: &Diagnostics<'_>, manifest: &Manifest) {
    for namesakes in manifest.namesakes() {
        for (at, was) in namesakes.was.iter().enumerate() {
            known(diagnostics, &namesakes, was);
            was.old.iter().for_each(|old| free(diagnostics, &namesakes, at, old));
        }
    }
}

/// Old names are those of something.
fn known(diagnostics: &Diagnostics<'_>, namesakes: &Namesakes<'_>, was: &OldNamesOf<'_>) {
    if namesakes.declared.contains(&was.name) {
        return;
    }
    let remedy = match name::nearest(was.name, namesakes.declared.iter().copied()) {
        Some(near) => format!("write `{near}`, if that is meant"),
        None => "write the new name in front and the old names in the list".to_owned(),
    };
    diagnostics.report(
        &was.span,
        format!("`{}` has old names and is not in `{}`", was.name, namesakes.of),
        "what was recorded under old names is counted under a declared one",
        remedy,
    );
}

/// An old name stands for nothing else.
fn free(diagnostics: &Diagnostics<'_>, namesakes: &Namesakes<'_>, at: usize, old: &String) {
    let was = &namesakes.was[at];
    if namesakes.declared.contains(&&**old) || old == OTHER {
        diagnostics.report(
            &was.span,
            format!("`{old}` is an old name of `{}` and is still in `{}`", was.name, namesakes.of),
            "what is recorded under it would be two things; also where two names were exchanged",
            format!(
                "give what is now called `{old}` a name that is new, or take `{old}` out of the old names"
            ),
        );
    }
    if let Some(twin) = namesakes.was[..at].iter().find(|twin| twin.old.contains(old)) {
        diagnostics.report(
            &was.span,
            format!("{} were both called `{old}`", listed([twin.name, was.name])),
            "what was recorded under it is counted once",
            "leave it with the one that carries it on",
        );
    }
}
