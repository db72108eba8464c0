//! Counted drops, until the next batch tells them: one line for each time something was dropped.

use rustix::io::{Errno, Result};

use super::frame::push_line;
use crate::disk::Directory;
use crate::outcome::Drop;

/// The file of the counts that no batch has told yet.
pub(super) const FILE: &str = "outcomes";

/// The file takes no more lines beyond this many bytes.
const MOST: u64 = 16 * 1024;

/// Adds counts. Never waits; where somebody is about to tell the file, it looks again for the new one.
pub(super) fn add(spool: &Directory, counts: &[(Drop, u64)]) -> Result<()> {
    if counts.iter().all(|(_, number)| *number == 0) {
        return Ok(());
    }
    let mut json = String::with_capacity(64);
    crate::wire::push_outcomes(&mut json, counts);
    let mut line = String::new();
    push_line(&mut line, &json);
    for _ in 0..4 {
        let file = open(spool)?;
        if !file.share()? {
            continue;
        }
        let stat = file.ours()?;
        if !spool.names(FILE, &stat) {
            continue;
        }
        let size = u64::try_from(stat.st_size).unwrap_or(u64::MAX);
        return if size > MOST { Err(Errno::FBIG) } else { file.write(line.as_bytes(), size) };
    }
    Err(Errno::AGAIN)
}

fn open(spool: &Directory) -> Result<crate::disk::File> {
    match spool.append(FILE) {
        Err(Errno::NOENT) => match spool.create(FILE) {
            Err(Errno::EXIST) => spool.append(FILE),
            made => made,
        },
        found => found,
    }
}
