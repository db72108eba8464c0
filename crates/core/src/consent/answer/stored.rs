//! What an answer file holds.

use std::path::Path;

use aboveboard_files::{File, euid};
use rustix::fs::{FileType, Mode};
use rustix::io::Errno;

use super::line::Answer;

/// The longest file that is read, in bytes: an answer is one line, and its longest word is an endpoint.
pub(super) const MAX_ANSWER_BYTES: usize = 4 * 1024;

/// What an answer file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum StoredAnswer {
    /// There is no file.
    #[default]
    Nothing,
    /// There is one, but it is not ours, not a file, too long, or says nothing known, perhaps because a newer version
    /// wrote it: it counts as an opt-out and deletes nothing.
    Unreadable,
    /// The system could not say what it holds: too many files are open, the memory or the disk fails. It counts as
    /// an opt-out for as long as that lasts.
    Unavailable,
    /// An answer.
    Answer(Answer),
}

impl StoredAnswer {
    /// Whether a person answered, or may have answered, what no notice may replace.
    pub(in crate::consent) fn stands(&self) -> bool {
        match self {
            Self::Nothing => false,
            Self::Unreadable | Self::Unavailable => true,
            Self::Answer(answer) => !answer.agrees(),
        }
    }

    /// Whether there is something of which nobody can tell what it says.
    pub(super) fn is_unclear(&self) -> bool {
        matches!(self, Self::Unreadable | Self::Unavailable)
    }
}

/// Reads an answer file. It must belong to the user or to root, and no other user may be able to write to it.
#[must_use]
pub fn read(path: &Path) -> StoredAnswer {
    match content(path) {
        Ok(line) => Answer::parse(&line).map_or(StoredAnswer::Unreadable, StoredAnswer::Answer),
        Err(Errno::NOENT | Errno::NOTDIR) => StoredAnswer::Nothing,
        // What the file is, whose it is, or what it holds. Every other error is about the system, not the file.
        Err(
            Errno::LOOP
            | Errno::ACCESS
            | Errno::PERM
            | Errno::NXIO
            | Errno::NODEV
            | Errno::FBIG
            | Errno::ILSEQ
            | Errno::ISDIR,
        ) => StoredAnswer::Unreadable,
        Err(_) => StoredAnswer::Unavailable,
    }
}

fn content(path: &Path) -> rustix::io::Result<String> {
    let file = File::at(path)?;
    let stat = file.stat()?;
    let writable = Mode::from_raw_mode(stat.st_mode).intersects(Mode::WGRP | Mode::WOTH);
    let trusted = stat.st_uid == euid() || stat.st_uid == 0;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile || writable || !trusted {
        return Err(Errno::PERM);
    }
    String::from_utf8(file.content(MAX_ANSWER_BYTES)?).map_err(|_| Errno::ILSEQ)
}
