//! A site that lies in a directory.

use std::path::PathBuf;

use aboveboard_files::Errno;
use aboveboard_files::named;
use aboveboard_published::verify::{Fetched, SiteFiles};

/// The directory.
pub(super) struct Directory(pub(super) PathBuf);

impl SiteFiles for Directory {
    fn read(&self, path: &str, max: usize) -> Result<Fetched, String> {
        match named::content(&self.0.join(path), max) {
            Ok(bytes) => Ok(Fetched::Found(bytes)),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(Fetched::Missing),
            Err(Errno::FBIG) => Err(format!("longer than {max} bytes")),
            Err(Errno::INVAL) => Err("not a regular file".to_owned()),
            Err(error) => Err(format!("cannot be read: {}", std::io::Error::from(error))),
        }
    }
}
