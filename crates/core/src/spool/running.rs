//! Commands that have begun and not ended: one small file each, locked as long as its process lives.
//!
//! The file is a segment of one event, the command *unfinished*. Who ends appends the closing line to the open
//! segment and blanks this file before he lets go of the segment; who seals takes over what the dead have left
//! (see [`super`]).
//!
//! Making a file and removing it again costs more than all the rest of a record, so the first few commands that run
//! at a time share files that stay: a *slot* is free when nobody has its lock and it holds nothing but line feeds.

use std::borrow::Cow;

use rustix::io::{Errno, Result};

use super::append::Writer;
use super::eviction::READ_MOST;
use super::frame::push_line;
use aboveboard_files::{Directory, File, random};
use aboveboard_types::id::Id;

/// What the names of these files begin with; a number or the run id follows.
pub(super) const STEM: &str = "run-";

/// The files that stay. More commands at a time, or more dead ones than these, get files of their own.
const SLOTS: [&str; 4] = ["run-0", "run-1", "run-2", "run-3"];

/// The largest slot that is written to again, in bytes; no opening line comes near.
const SLOT_BYTES: usize = 1024;

/// How often another run id is tried where somebody took the file for an orphan while it was being made.
const ATTEMPTS: u32 = 3;

/// A running command's file. Closing it, by whatever death, leaves it to be taken over.
#[derive(Debug)]
pub(crate) struct Running {
    name: Cow<'static, str>,
    file: File,
    /// How many bytes of a slot are to be blanked; `None` for a file that goes.
    slot: Option<usize>,
}

impl Running {
    /// Takes a file. `opening` gives the event for a run id; the id that was used comes back.
    pub(crate) fn begin(writer: &Writer, mut opening: impl FnMut(Id) -> String) -> Result<(Self, Id)> {
        for _ in 0..ATTEMPTS {
            let id = Id::from_random(random().ok_or(Errno::AGAIN)?);
            let mut content = String::with_capacity(SLOT_BYTES / 2);
            content.push_str(writer.header());
            push_line(&mut content, &opening(id));
            for name in SLOTS {
                if let Some(running) = Self::take(writer.spool(), name, &mut content)? {
                    return Ok((running, id));
                }
            }
            if let Some(running) = Self::make(writer.spool(), file_name(id), &content)? {
                return Ok((running, id));
            }
        }
        Err(Errno::AGAIN)
    }

    /// Takes a slot, if it is free.
    fn take(spool: &Directory, name: &'static str, content: &mut String) -> Result<Option<Self>> {
        let file = match spool.keep(name) {
            // A link, a pipe, a directory: planted, and passed over.
            Err(Errno::LOOP | Errno::NXIO | Errno::ISDIR | Errno::PERM | Errno::ACCESS) => return Ok(None),
            file => file?,
        };
        if !file.own()? {
            return Ok(None);
        }
        let Ok(stat) = file.ours() else { return Ok(None) };
        let size = usize::try_from(stat.st_size).unwrap_or(usize::MAX);
        // With the lock, the number of names says whether a sealer has removed it since it was opened.
        if stat.st_nlink != 1 || size > SLOT_BYTES || content.len() > SLOT_BYTES || !is_blank(&file, size)? {
            return Ok(None);
        }
        while content.len() < size {
            content.push('\n');
        }
        file.write_over(content.as_bytes())?;
        Ok(Some(Self { name: name.into(), file, slot: Some(content.len()) }))
    }

    /// Makes a file of its own. `None` where somebody took it for an orphan before it was locked.
    fn make(spool: &Directory, name: String, content: &str) -> Result<Option<Self>> {
        let file = spool.create(&name)?;
        if !file.own()? {
            return Ok(None);
        }
        if let Err(error) = file.write(content.as_bytes(), 0) {
            let _ = spool.unlink(&name);
            return Err(error);
        }
        Ok((file.stat()?.st_nlink == 1).then_some(Self { name: name.into(), file, slot: None }))
    }

    /// Blanks or removes the file: the closing line stands in a segment, or the run is not to be told.
    pub(crate) fn end(&self, spool: &Directory) {
        let is_blank =
            self.slot.is_some_and(|bytes| self.file.write_over(&[b'\n'; SLOT_BYTES][..bytes]).is_ok());
        if !is_blank {
            let _ = spool.unlink(&self.name);
        }
    }
}

/// Whether a slot of this size is free: a header begins with a digit.
fn is_blank(file: &File, size: usize) -> Result<bool> {
    Ok(size == 0 || file.first()? == Some(b'\n'))
}

fn file_name(id: Id) -> String {
    let mut name = String::with_capacity(40);
    name.push_str(STEM);
    id.push(&mut name);
    name
}

/// Removes the files of the runs that are told in `content`, a segment that nobody can append to any more. Where
/// such a process lives, it is past its closing line, finds its file gone and is content.
pub(super) fn forget(spool: &Directory, content: &[u8]) -> Result<()> {
    for name in spool.list()? {
        if !name.starts_with(STEM) {
            continue;
        }
        let file = match spool.read(&name) {
            Err(Errno::NOENT | Errno::LOOP | Errno::NXIO) => continue,
            file => file?,
        };
        let Ok(stat) = file.ours() else { continue };
        // Tried, so that nobody else judges it meanwhile; where a process has it, it holds a run that is told, and
        // nobody writes to such a file.
        let _ = file.own()?;
        if is_told(&file.content(READ_MOST)?, content) && spool.names(&name, &stat) {
            match spool.unlink(&name) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

/// Whether the run that this file tells of stands in `content`.
pub(super) fn is_told(file: &[u8], content: &[u8]) -> bool {
    const KEY: &[u8] = b"\"run\":\"";
    const LENGTH: usize = KEY.len() + 37;
    let told = file.windows(LENGTH).find(|window| window.starts_with(KEY));
    told.is_some_and(|told| content.windows(LENGTH).any(|window| window == told))
}

/// How many orphans are held at once: each takes an open file of the host.
const TOGETHER: usize = 64;

/// A run whose process died before it ended.
#[derive(Debug)]
pub(super) struct Orphan {
    pub(super) name: String,
    /// The file: a segment of one event.
    pub(super) content: Vec<u8>,
    /// Held until the orphan is judged and its file gone. Its maker may be between making and locking it, and must
    /// find that somebody has taken it.
    _lock: File,
}

/// The names of the files of all runs, in their order and in parts for [`orphans`].
pub(super) fn parts(spool: &Directory) -> Result<Vec<Vec<String>>> {
    let mut names = spool.list()?;
    names.retain(|name| name.starts_with(STEM));
    Ok(names.chunks(TOGETHER).map(<[String]>::to_vec).collect())
}

/// Those of these runs whose processes have died.
pub(super) fn orphans(spool: &Directory, names: Vec<String>) -> Result<Vec<Orphan>> {
    let mut orphans = Vec::new();
    for name in names {
        let file = match spool.read(&name) {
            Err(Errno::NOENT | Errno::LOOP | Errno::NXIO) => continue,
            file => file?,
        };
        if file.ours().is_ok() && file.own()? {
            let content = file.content(READ_MOST)?;
            // A free slot stays where it is.
            let is_free = SLOTS.contains(&&*name) && content.iter().all(|byte| *byte == b'\n');
            if !is_free {
                orphans.push(Orphan { name, content, _lock: file });
            }
        }
    }
    Ok(orphans)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_orphan_is_locked_until_it_is_judged() {
        let home = tempfile::tempdir().unwrap();
        let (directory, _) = Directory::make(&home.path().join("spool")).unwrap();
        let name = file_name(Id::NIL);
        // Its maker has made it and not locked it yet.
        let made = directory.create(&name).unwrap();
        let parts = parts(&directory).unwrap();
        let [names] = &parts[..] else { panic!("{parts:?}") };
        let orphans = orphans(&directory, names.clone()).unwrap();
        assert_eq!(orphans.len(), 1);
        assert!(!made.own().unwrap(), "he finds it taken, and begins another");
        drop(orphans);
        assert!(made.own().unwrap());
    }
}
