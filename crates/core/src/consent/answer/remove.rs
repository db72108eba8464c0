//! Removing an answer, so that none is stored.

use aboveboard_files::Errno;
use std::path::Path;

use super::{agreed, asked};
use crate::error::{Error, Result};
use crate::paths::Paths;

/// Removes the answer, the one to a wording, what was agreed to, and when the question was put.
///
/// # Errors
/// If an answer is left, or another user could have chosen its directory.
pub(in crate::consent) fn remove(places: &Paths) -> Result<()> {
    let wording = places.wording_answer().map_or(Ok(()), |wording| unlink(places, wording));
    let removed = unlink(places, places.answer()).and(wording);
    agreed::remove(places);
    asked::forget(places);
    removed
}

fn unlink(places: &Paths, path: &Path) -> Result<()> {
    let fail = |error| Error::new("remove the answer in", path, error);
    if let Some(exposed) = places.exposed_answer(path) {
        return Err(fail(exposed.as_error()));
    }
    match aboveboard_files::unlink(path) {
        Ok(()) | Err(Errno::NOENT | Errno::NOTDIR) => Ok(()),
        Err(error) => Err(fail(error.into())),
    }
}
