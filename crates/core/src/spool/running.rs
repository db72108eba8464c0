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

/// How many orphans are held at once: each takes an open file of the host.
#[cfg(feature = "delivery")]
const TOGETHER: usize = 64;

/// A run whose process died before it ended.
#[cfg(feature = "delivery")]
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
#[cfg(feature = "delivery")]
pub(super) fn parts(spool: &Directory) -> Result<Vec<Vec<String>>> {
    let mut names = spool.list()?;
    names.retain(|name| name.starts_with(STEM));
    Ok(names.chunks(TOGETHER).map(<[String]>::to_vec).collect())
}

/// Those of these runs whose processes have died.
#[cfg(feature = "delivery")]
pub(super) fn orphans(spool: &Directory, names: Vec<String>) -> Result<Vec<Orphan>> {
    let mut orphans = Vec::new();
    for name in names {
        let file = match spool.read(&name) {
            Err(Errno::NOENT | Errno::LOOP | Errno::NXIO) => continue,
            file => file?,
        };
        if file.ours().is_ok() && file.own()? {
            let content = file.content(4 * super::EVENT_BYTES)?;
            orphans.push(Orphan { name, content, _lock: file });
        }
    }
    Ok(orphans)
}

#[cfg(all(test, feature = "delivery"))]
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
