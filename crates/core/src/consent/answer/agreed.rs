//! The terms and items that an answer was given to, in full, in a file beside it.

use aboveboard_files::{Directory, Errno, File, Result, unlink};
use aboveboard_types::scope::Scope;

use super::line::Answer;
use super::replacement;
use crate::paths::Paths;

/// The longest text that is read, in bytes. An entry of a list takes five bytes of a manifest at least, of which there are at
/// most 1 MiB, and here a line of its own with the names of field and event, of 64 bytes each: some 30 MiB in all.
const MAX_AGREED_BYTES: usize = 64 << 20;

/// What a stored answer covers. Where the text beside it is gone or was changed it covers nothing, and its user is asked
/// again.
#[must_use]
pub fn agreed(places: &Paths, answer: &Answer) -> Scope {
    let digest = answer.items.as_deref().unwrap_or_default();
    content(places).ok().and_then(|text| Scope::read(text, digest)).unwrap_or_default()
}

fn content(places: &Paths) -> Result<String> {
    let path = places.agreed();
    let file = File::at(&path)?;
    // Whose it is does not matter: the digest says whether it is the text.
    if !file.stat()?.is_regular() {
        return Err(Errno::PERM);
    }
    String::from_utf8(file.content(MAX_AGREED_BYTES)?).map_err(|_| Errno::ILSEQ)
}

/// Stores what the answer that was just stored was given to. Should that not come to pass, what was agreed to is asked
/// about again by a program of another version, at worst.
pub(super) fn put(places: &Paths, scope: &Scope) -> Result<()> {
    let path = places.agreed();
    let name = path.file_name().and_then(|name| name.to_str()).ok_or(Errno::INVAL)?;
    let directory = Directory::make_open(path.parent().ok_or(Errno::INVAL)?)?;
    if content(places).is_ok_and(|known| known == scope.text()) {
        return Ok(());
    }
    replacement::replace(&directory, name, scope.text().as_bytes())
}

/// Removes it after an opt-out. Where it stays it harms nobody: no answer has its digest.
pub(super) fn remove(places: &Paths) {
    let _ = unlink(&places.agreed());
}
