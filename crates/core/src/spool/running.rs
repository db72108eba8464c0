//! Commands that have begun and not ended: one small file each, locked as long as its process lives.
//!
//! The file is a segment of one event, the command *unfinished*, with the start of the machine in place of a name. A command that ends appends its closing line to the
//! open segment and blanks this file before it releases the segment; a sealer takes over the files that dead processes
//! have left (see [`super`]).
//!
//! Making a file and removing it again costs more than all the rest of a record, so the first few commands that run
//! at a time share files that stay: a *slot* is free when no process has its lock and it holds nothing but line feeds.

use std::borrow::Cow;

use super::append::Writer;
use super::frame::push_line;
use super::limits::{MAX_RUN_ATTEMPTS, MAX_SLOT_BYTES};
use super::names;
use aboveboard_files::{Directory, Errno, File, Kept, Result, random};
use aboveboard_types::encode;
use aboveboard_types::id::Id;

/// A running command's file. When the process dies, however it dies, its lock goes and the file is taken over.
#[derive(Debug)]
pub(crate) struct Running {
    name: Cow<'static, str>,
    file: Kept<File>,
    /// How many bytes of a slot are blanked at the end; `None` for a file that is removed.
    slot: Option<usize>,
    /// Whether the file was made for this command.
    is_new: bool,
}

impl Running {
    /// Takes a slot or makes a file. `opening` returns the event for a run id; the id that was used is returned.
    ///
    /// # Errors
    /// Where no file can be made, or sealers took it for an orphan each time.
    pub(crate) fn begin(writer: &Writer, mut opening: impl FnMut(Id) -> String) -> Result<(Self, Id)> {
        let spool = writer.spool()?;
        for _ in 0..MAX_RUN_ATTEMPTS {
            let id = Id::from_random(random().ok_or(Errno::AGAIN)?);
            let mut content = beginning(writer);
            push_line(&mut content, &opening(id));
            for name in names::SLOTS {
                if let Some(running) = Self::take(spool, name, &mut content)? {
                    return Ok((running.unless_opted_out(writer)?, id));
                }
            }
            if let Some(running) = Self::make(spool, names::run(id), &content)? {
                return Ok((running.unless_opted_out(writer)?, id));
            }
        }
        Err(Errno::AGAIN)
    }

    /// An opt-out leaves no file behind, so where one was made it is looked for again.
    fn unless_opted_out(self, writer: &Writer) -> Result<Self> {
        if !self.is_new || writer.is_still_permitted() {
            return Ok(self);
        }
        self.take_back()?.end(writer);
        Err(Errno::PERM)
    }

    /// Takes a slot, if it is free.
    fn take(spool: &Directory, name: &'static str, content: &mut String) -> Result<Option<Self>> {
        let file = match spool.keep(name) {
            // A link, a pipe, a directory: planted, and passed over.
            Err(Errno::LOOP | Errno::NXIO | Errno::ISDIR | Errno::PERM | Errno::ACCESS) => return Ok(None),
            file => file?,
        };
        if !file.try_lock_exclusive()? {
            return Ok(None);
        }
        let Ok(stat) = file.checked_stat() else { return Ok(None) };
        let size = usize::try_from(stat.size()).unwrap_or(usize::MAX);
        // Under the lock, the number of names tells whether a sealer has removed it since it was opened.
        if stat.names() != 1
            || size > MAX_SLOT_BYTES
            || content.len() > MAX_SLOT_BYTES
            || !is_blank(&file, size)?
        {
            return Ok(None);
        }
        while content.len() < size {
            content.push('\n');
        }
        file.write_over(content.as_bytes())?;
        let file = Kept::of(file, &stat);
        Ok(Some(Self { name: name.into(), file, slot: Some(content.len()), is_new: size == 0 }))
    }

    /// Makes a file of its own. `None` where a sealer took it for an orphan before it was locked.
    fn make(spool: &Directory, name: String, content: &str) -> Result<Option<Self>> {
        let file = spool.create(&name)?;
        if !file.try_lock_exclusive()? {
            return Ok(None);
        }
        if let Err(error) = file.write(content.as_bytes(), 0) {
            let _ = spool.unlink(&name);
            return Err(error);
        }
        let stat = file.stat()?;
        let file = Kept::of(file, &stat);
        Ok((stat.names() == 1).then_some(Self { name: name.into(), file, slot: None, is_new: true }))
    }

    /// Whether this process may end the run, of several that were forked off from the one that began it: nobody has ended it,
    /// and no other is at it. It holds until this process closes the file.
    pub(crate) fn claim(&self, run: Id) -> bool {
        let Ok(file) = self.file.get() else { return false };
        let is_there = || match self.slot {
            // A slot that was freed may have been taken by another command since.
            Some(_) => is_of(file, run),
            None => file.stat().map(|stat| stat.names() > 0),
        };
        file.try_lock_of_process().is_ok_and(|taken| taken) && is_there().is_ok_and(|is_there| is_there)
    }

    /// The file, to be written to for the last time.
    ///
    /// # Errors
    /// `BADF` where the host has closed it, and its lock went: it may have been taken over.
    pub(crate) fn take_back(self) -> Result<RunFile> {
        Ok(RunFile { name: self.name, file: self.file.take()?, slot: self.slot })
    }
}

/// The file of a command that ends.
#[derive(Debug)]
pub(crate) struct RunFile {
    name: Cow<'static, str>,
    file: File,
    slot: Option<usize>,
}

impl RunFile {
    /// Blanks or removes the file: the closing line is in a segment, or the run is not to be reported.
    pub(crate) fn end(&self, writer: &Writer) {
        let blank = |bytes| self.file.write_over(&[b'\n'; MAX_SLOT_BYTES][..bytes]);
        if self.slot.is_none_or(|bytes| blank(bytes).is_err()) {
            let _ = writer.spool().and_then(|spool| spool.unlink(&self.name));
        }
    }

    /// Has the file tell how the command ended, where no segment can: whoever takes it over reports that.
    ///
    /// # Errors
    /// Those of the system, and `FBIG` where it has no room. `PERM` where an opt-out has removed it.
    pub(crate) fn close(&self, writer: &Writer, closing: &str) -> Result<()> {
        if self.file.stat()?.names() == 0 {
            return Err(Errno::PERM);
        }
        let bytes = self.slot.ok_or(Errno::FBIG)?;
        let mut content = beginning(writer);
        push_line(&mut content, closing);
        if content.len() > MAX_SLOT_BYTES {
            return Err(Errno::FBIG);
        }
        while content.len() < bytes {
            content.push('\n');
        }
        self.file.write_over(content.as_bytes())
    }
}

/// What stands before the event in every file of this writer.
fn beginning(writer: &Writer) -> String {
    let mut content = String::with_capacity(MAX_SLOT_BYTES / 2);
    content.push_str(writer.header());
    let mut origin = String::with_capacity(64);
    let start = writer.start();
    encode::push_run_origin(&mut origin, start.at, start.node);
    push_line(&mut content, &origin);
    content
}

/// Whether a slot tells of this run.
fn is_of(file: &File, run: Id) -> Result<bool> {
    let mut text = String::with_capacity(40);
    run.push(&mut text);
    let content = file.content(MAX_SLOT_BYTES)?;
    Ok(content.windows(text.len()).any(|window| window == text.as_bytes()))
}

/// Whether a slot of this size is free: a header begins with a digit.
fn is_blank(file: &File, size: usize) -> Result<bool> {
    Ok(size == 0 || file.first()? == Some(b'\n'))
}
