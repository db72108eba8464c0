//! What an answer file holds.

use std::path::Path;

use aboveboard_files::{Errno, File, stat};

use super::line::{Answer, Choice};

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

/// Reads an answer file. It must belong to the user or to root, and no other user may be able to write to it; from a file
/// of the user a group is taken out that may. Of root's file to which a group may write, an opt-out counts.
#[must_use]
pub fn read(path: &Path) -> StoredAnswer {
    match content(path) {
        Ok((line, is_of_group)) => match Answer::parse(&line) {
            Some(answer) if !is_of_group || answer.choice == Choice::No => StoredAnswer::Answer(answer),
            _ => StoredAnswer::Unreadable,
        },
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

/// What keeps an answer file from being believed, whatever stands in it; `None` where nothing does.
#[must_use]
pub fn fault(path: &Path) -> Option<String> {
    // Root's is as good as one's own, where it can be read.
    let found = stat(path).ok().filter(|found| !found.owner().is_system() || content(path).is_err())?;
    read(path).is_unclear().then(|| found.fault_of_file()).flatten()
}

/// What it holds, and whether a group may have written that into a file of root's.
fn content(path: &Path) -> aboveboard_files::Result<(String, bool)> {
    let file = File::at(path)?;
    let stat = file.stat()?;
    let is_mine = stat.is_mine();
    if !stat.is_regular() || !is_mine && !stat.owner().is_system() || stat.is_writable_by_all() {
        return Err(Errno::PERM);
    }
    if is_mine {
        file.keep_group_out(&stat)?;
    }
    let line = String::from_utf8(file.content(MAX_ANSWER_BYTES)?).map_err(|_| Errno::ILSEQ)?;
    Ok((line, !is_mine && stat.is_shared()))
}
