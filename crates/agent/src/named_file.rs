//! Files that the arguments of a verb name.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use aboveboard_files::Errno;
use aboveboard_files::named::{self, Pipes};
use anyhow::Context as _;

/// The name that stands for stdin.
const STDIN: &str = "-";

/// Opens a file to read it; `-` is stdin. Nothing waits for a pipe that nobody fills: whoever has one gives it on stdin.
///
/// # Errors
/// If it cannot be read, or is no regular file.
pub fn read(path: &Path) -> anyhow::Result<Box<dyn Read>> {
    let cannot = || format!("cannot read {}", path.display());
    if path == Path::new(STDIN) {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file = named::read(path, Pipes::Refuse);
    file.map(|file| Box::new(file.into_std()) as Box<dyn Read>)
        .map_err(|error| said(error, "it is no regular file; what comes from a pipe is read with `-`"))
        .with_context(cannot)
}

/// Opens a file to write it anew. Nothing waits for a pipe that nobody reads.
///
/// # Errors
/// If it cannot be written, or is no regular file.
pub fn write(path: &Path) -> anyhow::Result<File> {
    let cannot = || format!("cannot write {}", path.display());
    let file = named::rewrite(path);
    file.map(aboveboard_files::File::into_std)
        .map_err(|error| said(error, "it is no regular file"))
        .with_context(cannot)
}

fn said(error: Errno, not_regular: &str) -> io::Error {
    match error {
        Errno::INVAL => io::Error::new(ErrorKind::InvalidInput, not_regular),
        error => error.into(),
    }
}
