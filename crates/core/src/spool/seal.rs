//! Sealing: from an open segment to the body of a request, under an id that is fixed from the first moment on.
//!
//! One process seals at a time (`seal.lock`, tried and never waited for). Each step leaves what the next sealer
//! needs to go on from it, so a kill anywhere loses nothing and makes no second id.

use std::sync::Arc;

use rustix::io::{Errno, Result};

use super::append::Writer;
use super::segment::{Read, Seal, Segment, read};
use super::{eviction, outcomes, running};
use crate::consent::Permit;
use crate::identity::{Installation, installation};
use crate::paths::Paths;
use aboveboard_files::{Directory, File};
use aboveboard_types::clock::day;
use aboveboard_types::declaration::Declaration;
use aboveboard_types::event::Seconds;
use aboveboard_types::id::Id;

const LOCK: &str = "seal.lock";
pub(crate) const SEQUENCE: &str = "sequence";
pub(super) const OPEN: &str = "open-";
const SEALING: &str = "sealing-";

/// How long a passing file is left to a process that may still be writing it, in seconds.
const PASSING: u64 = 3600;

/// A spool, to seal what waits in it and to hand it over.
#[derive(Debug)]
pub struct Spool {
    pub(super) directory: Arc<Directory>,
    pub(super) state: Arc<Directory>,
    pub(super) declaration: Declaration,
    pub(super) permit: Permit,
    places: Paths,
}

/// How much waits in a spool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// Events, sealed or not.
    pub events: u64,
    /// Bytes, sealed or not.
    pub bytes: u64,
}

impl Spool {
    /// Opens a spool that something was recorded into; makes nothing. `None` where there is none, or none that
    /// is ours.
    #[must_use]
    pub fn open(permit: &Permit, declaration: &Declaration, places: &Paths) -> Option<Self> {
        if permit.product() != declaration.product {
            return None;
        }
        let state = Directory::open(places.state()).ok()?;
        let directory = state.directory("spool").ok()?;
        let (directory, state) = (Arc::new(directory), Arc::new(state));
        let (declaration, permit, places) = (declaration.clone(), permit.clone(), places.clone());
        Some(Self { directory, state, declaration, permit, places })
    }

    /// Takes over what dead processes left, drops what is beyond the bounds, and seals every open segment that
    /// nobody is writing to at this moment. Where nothing may be sent, nothing is sealed. Gives the number of
    /// batches sealed; 0 also where another process is at it.
    ///
    /// What fails on the way is left for the next time.
    pub fn seal(&self, now: Seconds) -> usize {
        let Ok(Some(_lock)) = self.lock() else { return 0 };
        let installation = if self.permit.may_send() { self.installation() } else { None };
        let mut sealed = 0;
        // Each step is tried even where the one before failed: a full disk must not keep anything from leaving.
        let _ = self.sweep(now);
        if let Some(installation) = &installation {
            let _ = self.recover(installation);
        }
        let _ = self.reap();
        let _ = eviction::keep(&self.directory, now);
        if let Some(installation) = &installation {
            for name in self.segments() {
                sealed += usize::from(self.seal_one(&name, installation, now).unwrap_or(false));
            }
        }
        sealed
    }

    /// How much waits.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let mut usage = Usage::default();
        for name in self.directory.list().unwrap_or_default() {
            let Ok(content) = self.directory.content(&name, eviction::READ_MOST) else { continue };
            if name.starts_with(OPEN) || name.starts_with(SEALING) || name.ends_with(".json") {
                usage.events += eviction::count(&content);
                usage.bytes += content.len() as u64;
            }
        }
        usage
    }

    fn lock(&self) -> Result<Option<File>> {
        let lock = match self.directory.append(LOCK) {
            Err(Errno::NOENT) => match self.directory.create(LOCK) {
                Err(Errno::EXIST) => self.directory.append(LOCK)?,
                made => made?,
            },
            lock => lock?,
        };
        Ok(lock.own()?.then_some(lock))
    }

    /// The open segments, in the order of their names.
    pub(super) fn segments(&self) -> Vec<String> {
        let mut names = self.directory.list().unwrap_or_default();
        names.retain(|name| name.starts_with(OPEN));
        names
    }

    /// Seals one segment; false where somebody is writing to it, or it is not for us.
    fn seal_one(&self, name: &str, installation: &Installation, now: Seconds) -> Result<bool> {
        let file = match self.directory.read(name) {
            Err(Errno::NOENT | Errno::LOOP | Errno::NXIO) => return Ok(false),
            file => file?,
        };
        let Ok(stat) = file.ours() else { return Ok(false) };
        if !file.own()? || !self.directory.names(name, &stat) {
            return Ok(false);
        }
        let content = file.content(eviction::READ_MOST)?;
        if matches!(read(&content, &self.declaration), Read::Newer) {
            return Ok(false);
        }
        let sequence = self.sequence();
        self.directory.replace(SEQUENCE, format!("{}\n", sequence + 1).as_bytes(), false)?;
        let batch = batch_id(installation, &content, sequence, now);
        // From here on the id is fixed: whoever goes on, goes on with this name.
        self.directory.rename(name, &sealing(batch))?;
        outcomes::give(&self.directory, batch)?;
        self.finish(batch, &content, sequence, installation)?;
        Ok(true)
    }

    /// Writes the body of a batch whose id is fixed, and removes what it was made of.
    fn finish(&self, batch: Id, content: &[u8], sequence: u64, installation: &Installation) -> Result<()> {
        // The closing lines leave with this batch, so no file may stand for these runs any more.
        running::forget(&self.directory, content)?;
        let told = outcomes::read(&self.directory, &outcomes::given(batch))?;
        match read(content, &self.declaration) {
            Read::Ours(segment) => {
                let body = segment.compose(&self.as_seal(batch, sequence, installation), told);
                self.directory.replace(&body_name(batch), body.as_bytes(), true)?;
            }
            // Without a header there is no batch; its loss and what it was to tell are told by the next.
            Read::Damaged(lost) => {
                let mut told = told;
                super::segment::add(&mut told, aboveboard_types::outcome::DropReason::Damaged, lost);
                // Removed first: a kill in between under-counts drops and doubles none.
                self.leave(batch)?;
                return outcomes::add(&self.directory, &told.into_iter().collect::<Vec<_>>());
            }
            Read::Newer => return Ok(()),
        }
        self.leave(batch)
    }

    /// Removes what a sealed batch was made of.
    fn leave(&self, batch: Id) -> Result<()> {
        gone(self.directory.unlink(&sealing(batch)))?;
        gone(self.directory.unlink(&outcomes::given(batch)))
    }

    /// Goes on where a killed sealer stopped.
    fn recover(&self, installation: &Installation) -> Result<()> {
        let names = self.directory.list()?;
        let has = |name: &str| names.iter().any(|known| known == name);
        for name in &names {
            if let Some(batch) = name.strip_prefix(SEALING).and_then(Id::parse) {
                if has(&body_name(batch)) {
                    self.leave(batch)?;
                    continue;
                }
                let content = self.directory.content(name, eviction::READ_MOST)?;
                let sequence = self.sequence();
                self.directory.replace(SEQUENCE, format!("{}\n", sequence + 1).as_bytes(), false)?;
                self.finish(batch, &content, sequence, installation)?;
            } else if let Some(batch) = name.strip_prefix(outcomes::STEM).and_then(Id::parse)
                && !has(&sealing(batch))
            {
                // The segment goes first: these were told.
                gone(self.directory.unlink(name))?;
            }
        }
        Ok(())
    }

    /// Tells the runs of dead processes as unfinished, unless their closing line stands in a segment.
    fn reap(&self) -> Result<()> {
        for names in running::parts(&self.directory)? {
            let orphans = running::orphans(&self.directory, names)?;
            // Read while they are locked: no closing line can be added any more.
            let told = if orphans.is_empty() { Vec::new() } else { self.waiting()? };
            for orphan in orphans {
                match read(&orphan.content, &self.declaration) {
                    Read::Newer if !orphan.content.is_empty() => continue,
                    Read::Ours(segment) if !running::is_told(&orphan.content, &told) => {
                        self.tell(&segment)?
                    }
                    _ => {}
                }
                gone(self.directory.unlink(&orphan.name))?;
            }
        }
        Ok(())
    }

    fn tell(&self, orphan: &Segment<'_>) -> Result<()> {
        let Some(event) = orphan.events().first() else { return Ok(()) };
        let spool = self.state.directory("spool")?;
        Writer::new(spool, orphan.text).append(event, &|| ()).map_err(|_| Errno::AGAIN)
    }

    /// Everything that waits unsealed, one after the other. What cannot be read is an error: a closing line may
    /// stand in it.
    pub(super) fn waiting(&self) -> Result<Vec<u8>> {
        let mut all = Vec::new();
        for name in self.directory.list()? {
            if name.starts_with(OPEN) || name.starts_with(SEALING) {
                match self.directory.content(&name, eviction::READ_MOST) {
                    // Not one of ours.
                    Err(Errno::NOENT | Errno::LOOP | Errno::NXIO | Errno::PERM | Errno::ISDIR) => {}
                    content => all.extend(content?),
                }
            }
        }
        Ok(all)
    }

    /// Removes passing files that a killed process left.
    fn sweep(&self, now: Seconds) -> Result<()> {
        for (directory, name) in [&*self.directory, &*self.state].into_iter().flat_map(|directory| {
            directory.list().unwrap_or_default().into_iter().map(move |name| (directory, name))
        }) {
            if name.starts_with("new-") || name.ends_with(".tmp") {
                let written = u64::try_from(directory.stat(&name)?.st_mtime).unwrap_or(0);
                if written.saturating_add(PASSING) < now {
                    gone(directory.unlink(&name))?;
                }
            }
        }
        Ok(())
    }

    /// How many batches were sealed before.
    pub(super) fn sequence(&self) -> u64 {
        let text = self.directory.content(SEQUENCE, 32).unwrap_or_default();
        std::str::from_utf8(&text).ok().and_then(|text| text.trim_end().parse().ok()).unwrap_or(0)
    }

    pub(super) fn installation(&self) -> Option<Installation> {
        installation(&self.permit, &self.places)
    }

    pub(super) fn as_seal(&self, batch: Id, sequence: u64, installation: &Installation) -> Seal<'_> {
        let (declaration, since) = (&self.declaration, self.permit.since());
        Seal { declaration, batch, installation: installation.id, sequence, since }
    }
}

/// The id of the batch that a segment becomes: the day, then what only this installation can compute of this
/// segment. So a preview knows it before, and two clones of a disk do not give two batches the same.
pub(super) fn batch_id(installation: &Installation, content: &[u8], sequence: u64, now: Seconds) -> Id {
    let mut hash = hmac_sha256::HMAC::new(installation.secret());
    hash.update(b"aboveboard batch 1\0");
    hash.update(sequence.to_be_bytes());
    hash.update(content);
    let mut bytes = [0; 16];
    let day = u16::try_from(day(now)).unwrap_or(u16::MAX);
    bytes[..2].copy_from_slice(&day.to_be_bytes());
    bytes[2..].copy_from_slice(&hash.finalize()[..14]);
    Id::from_custom(bytes)
}

pub(super) fn body_name(batch: Id) -> String {
    format!("{batch}.json")
}

pub(super) fn sealing(batch: Id) -> String {
    format!("{SEALING}{batch}")
}

/// That a file is not there is what was wanted.
pub(super) fn gone(done: Result<()>) -> Result<()> {
    if done == Err(Errno::NOENT) { Ok(()) } else { done }
}
