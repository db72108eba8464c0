//! Commands that have begun and not ended: one small file each, locked as long as its process lives.
//!
//! The file is a segment of one event, the command *unfinished*. Who ends writes the closing line into the open
//! segment first and unlinks this file then; who seals takes over what the dead have left (see [`super`]).

use rustix::io::{Errno, Result};

use super::append::Writer;
use super::frame::push_line;
use crate::disk::{Directory, File, random};
use crate::id::Id;

/// What the names of these files begin with; the run id follows.
pub(super) const STEM: &str = "run-";

/// How often another run id is tried where somebody took the file for an orphan while it was being made.
const ATTEMPTS: u32 = 3;

/// A running command's file. Closing it, by whatever death, leaves it to be taken over.
#[derive(Debug)]
pub(crate) struct Running {
    name: String,
    _lock: File,
}

impl Running {
    /// Makes the file. `opening` gives the event for a run id; the id that was used comes back.
    pub(crate) fn begin(writer: &Writer, mut opening: impl FnMut(Id) -> String) -> Result<(Self, Id)> {
        for _ in 0..ATTEMPTS {
            let id = Id::from_random(random().ok_or(Errno::AGAIN)?);
            let mut content = writer.header().to_owned();
            push_line(&mut content, &opening(id));
            let name = file_name(id);
            let file = writer.spool().create(&name)?;
            if file.own()? {
                if let Err(error) = file.write(content.as_bytes(), 0) {
                    let _ = writer.spool().unlink(&name);
                    return Err(error);
                }
                if file.stat()?.st_nlink == 1 {
                    return Ok((Self { name, _lock: file }, id));
                }
            }
        }
        Err(Errno::AGAIN)
    }

    /// Removes the file: the closing line stands in a segment, or the run is not to be told.
    pub(crate) fn end(self, spool: &Directory) {
        let _ = spool.unlink(&self.name);
    }
}

pub(super) fn file_name(id: Id) -> String {
    let mut name = String::with_capacity(40);
    name.push_str(STEM);
    name.push_str(&id.to_string());
    name
}

/// Removes the files of the runs that are told in `content`. Where the process lives, it finds its file gone
/// and is content.
pub(super) fn forget(spool: &Directory, content: &[u8]) -> Result<()> {
    for name in spool.list()? {
        if name.starts_with(STEM) && is_told(&name, content) {
            match spool.unlink(&name) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

/// Whether the run of this file stands in `content`.
pub(super) fn is_told(name: &str, content: &[u8]) -> bool {
    let id = name.strip_prefix(STEM).unwrap_or(name);
    let told = format!("\"run\":\"{id}\"");
    content.windows(told.len()).any(|window| window == told.as_bytes())
}

/// A run whose process died before it ended.
#[cfg(feature = "delivery")]
#[derive(Debug)]
pub(super) struct Orphan {
    pub(super) name: String,
    /// The file: a segment of one event.
    pub(super) content: Vec<u8>,
}

/// The runs whose processes have died, in the order of their names.
#[cfg(feature = "delivery")]
pub(super) fn orphans(spool: &Directory) -> Result<Vec<Orphan>> {
    let mut orphans = Vec::new();
    for name in spool.list()?.into_iter().filter(|name| name.starts_with(STEM)) {
        let file = match spool.read(&name) {
            Err(Errno::NOENT | Errno::LOOP | Errno::NXIO) => continue,
            file => file?,
        };
        if file.ours().is_ok() && file.own()? {
            let content = file.content(4 * super::EVENT_BYTES)?;
            orphans.push(Orphan { name, content });
        }
    }
    Ok(orphans)
}
