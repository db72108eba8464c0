//! That a person was asked and gave no answer, so that the question is not put after the next command too.
//!
//! ```text
//! asked=2026-11-29
//! ```
//!
//! This line, in the file `asked` beside the answer, is all that is kept before consent. It is no answer and is never read
//! as one. An answer takes it away. What cannot be read, perhaps because another version wrote it, says that the question
//! was put, and is left as it is.

use aboveboard_files::{Directory, Errno, File, Result, unlink};
use aboveboard_types::clock;
use aboveboard_types::event::Seconds;

use super::replacement;
use crate::error::{self, Error};
use crate::paths::Paths;

/// After how many days without an answer the question may be put again.
const ASKED_AGAIN_AFTER: u32 = 30;

/// The longest file that is read, in bytes: several times the line.
const MAX_ASKED_BYTES: usize = 128;

/// What is kept of a question that was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It was not put, or it was answered.
    Never,
    /// It was put on this day since 1970.
    On(u32),
    /// Something is there that cannot be read.
    Unreadable,
}

impl Asked {
    /// What is kept in these places.
    #[must_use]
    pub fn read(places: &Paths) -> Self {
        match content(places) {
            Ok(line) => parse(&line).map_or(Self::Unreadable, Self::On),
            Err(Errno::NOENT | Errno::NOTDIR) => Self::Never,
            Err(_) => Self::Unreadable,
        }
    }

    /// From which day on the question may be put; `None` where what is kept cannot be read.
    #[must_use]
    pub fn next(self) -> Option<u32> {
        match self {
            Self::Never => Some(0),
            Self::On(day) => Some(day.saturating_add(ASKED_AGAIN_AFTER)),
            Self::Unreadable => None,
        }
    }

    /// Keeps that the question is being put now. Nobody may be asked where this fails: it could not be kept that they were.
    ///
    /// # Errors
    /// If it is too early to ask, another user could have chosen the directory, or the line cannot be written.
    pub fn keep(places: &Paths, now: Seconds) -> error::Result<()> {
        let path = places.asked();
        let fail = |error| Error::new("keep in", &path, error);
        if let Some(exposed) = places.exposed_answer(places.answer()) {
            return Err(fail(exposed.as_error()));
        }
        let today = clock::day(now);
        if Self::read(places).next().is_none_or(|next| next > today) {
            return Err(fail(Errno::EXIST.into()));
        }
        let directory = path.parent().ok_or(Errno::INVAL).and_then(Directory::make_open);
        directory
            .and_then(|directory| replacement::replace(&directory, "asked", line(today).as_bytes()))
            .map_err(|error| fail(error.into()))
    }
}

/// Removes it after an answer. Where it stays it keeps nobody from anything but a question.
pub(super) fn forget(places: &Paths) {
    let _ = unlink(&places.asked());
}

fn content(places: &Paths) -> Result<String> {
    let file = File::at(&places.asked())?;
    let stat = file.stat()?;
    if !stat.is_regular() || !stat.is_mine() || stat.is_writable_by_all() {
        return Err(Errno::PERM);
    }
    String::from_utf8(file.content(MAX_ASKED_BYTES)?).map_err(|_| Errno::ILSEQ)
}

fn line(day: u32) -> String {
    format!("asked={}\n", clock::day_stamp(day))
}

fn parse(line: &str) -> Option<u32> {
    clock::parse_day_stamp(line.strip_prefix("asked=")?.strip_suffix('\n')?)
}
