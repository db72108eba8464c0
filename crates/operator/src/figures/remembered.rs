//! The head of a log as an earlier check saw it, in a file.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use aboveboard_published::verify::RememberedHead;
use anyhow::Context as _;

/// Reads what is remembered; none where no check kept anything there yet.
///
/// # Errors
/// Where the file cannot be read, or is not what a check kept.
pub(super) fn read(file: &Path) -> anyhow::Result<Option<RememberedHead>> {
    let cannot = || format!("cannot read {}", file.display());
    match fs::symlink_metadata(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        found => found.with_context(cannot)?,
    };
    let text = aboveboard_files::named::content(file, MAX_BYTES)
        .map_err(std::io::Error::from)
        .with_context(cannot)?;
    let head = String::from_utf8(text).ok().and_then(|text| RememberedHead::parse(&text));
    let damaged = || {
        format!(
            "{} is not a head that a check kept; take it from a copy, or begin with another file",
            file.display()
        )
    };
    head.map(Some).with_context(damaged)
}

/// The longest file: keys and a note.
const MAX_BYTES: usize = 64 << 10;

/// Keeps a head. The file is whole at every moment, so no failure forgets the older head.
///
/// # Errors
/// Where it cannot be written.
pub(super) fn write(file: &Path, head: &RememberedHead) -> anyhow::Result<()> {
    let cannot = || format!("cannot write {}", file.display());
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut passing = tempfile::NamedTempFile::new_in(directory).with_context(cannot)?;
    passing.write_all(head.text().as_bytes()).with_context(cannot)?;
    passing.as_file().sync_all().with_context(cannot)?;
    passing.persist(file).map_err(|error| error.error).with_context(cannot)?;
    Ok(())
}
