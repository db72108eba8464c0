//! Counted drops, until the next batch tells them: one line for each time something was dropped.

use rustix::io::{Errno, Result};

use super::frame::push_line;
use aboveboard_files::Directory;
use aboveboard_types::outcome::DropReason;

/// The file of the counts that no batch has told yet.
pub(super) const FILE: &str = "outcomes";

/// What the names of the counts begin with that a batch tells.
pub(super) const STEM: &str = "outcomes-";

/// The file takes no more lines beyond this many bytes.
const MAX_FILE_BYTES: u64 = 16 * 1024;

/// Adds counts. Never waits; where somebody is about to tell the file, it looks again for the new one.
pub(super) fn add(spool: &Directory, counts: &[(DropReason, u64)]) -> Result<()> {
    if counts.iter().all(|(_, number)| *number == 0) {
        return Ok(());
    }
    let mut json = String::with_capacity(64);
    aboveboard_types::encode::push_outcomes(&mut json, counts);
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
        return if size > MAX_FILE_BYTES { Err(Errno::FBIG) } else { file.write(line.as_bytes(), size) };
    }
    Err(Errno::AGAIN)
}

fn open(spool: &Directory) -> Result<aboveboard_files::File> {
    match spool.append(FILE) {
        Err(Errno::NOENT) => match spool.create(FILE) {
            Err(Errno::EXIST) => spool.append(FILE),
            made => made,
        },
        found => found,
    }
}

/// Reads counts; lines that are damaged, or name reasons of a newer version, are passed over.
pub(super) fn read(spool: &Directory, name: &str) -> Result<super::segment::Counts> {
    use super::frame::{Line, lines};

    let content = match spool.content(name, 2 * MAX_FILE_BYTES as usize) {
        Err(Errno::NOENT) => return Ok(Default::default()),
        content => content?,
    };
    let mut counts = Default::default();
    for line in lines(&content) {
        let Line::Whole(json) = line else { continue };
        for (reason, number) in aboveboard_types::read::outcomes(json).unwrap_or_default() {
            if let Some(reason) = DropReason::parse(&reason) {
                super::segment::add(&mut counts, reason, number);
            }
        }
    }
    Ok(counts)
}

/// Gives the counts to a batch: from here on they are told by it and by no other. Where somebody is adding, the
/// next batch tells them.
pub(super) fn give(spool: &Directory, batch: aboveboard_types::id::Id) -> Result<()> {
    let file = match spool.read(FILE) {
        Err(Errno::NOENT) => return Ok(()),
        file => file?,
    };
    if file.own()? && spool.names(FILE, &file.ours()?) {
        spool.rename(FILE, &given(batch))?;
    }
    Ok(())
}

/// The file of the counts that a batch tells.
pub(super) fn given(batch: aboveboard_types::id::Id) -> String {
    format!("{STEM}{batch}")
}
