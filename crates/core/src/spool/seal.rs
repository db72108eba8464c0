//! Sealing: from an open segment to the body of a request, under an id that is fixed from the first moment on.
//!
//! One process seals at a time: `seal.lock` is tried and never waited for. Each step leaves behind what the next sealer
//! needs to continue from it, so that a kill at any point loses no event and gives no segment a second id. One thing can
//! be lost: a kill while a segment without a header is given up loses the counts of the drops that it held, which is
//! preferred to counting them twice. The order of the steps, and why each comes when it does, is in [`super`] under
//! *Sealing*.

use aboveboard_files::{Errno, File, Result};
use aboveboard_types::event::Seconds;
use aboveboard_types::id::Id;
use aboveboard_types::outcome::DropReason;

use super::append::Writer;
use super::destination::Destination;
use super::handle::Spool;
use super::limits::{ABANDONED, MAX_READ_BYTES};
use super::names::{self, BodyName, LOCK, OUTCOMES_OF, SEALING};
use super::segment::{Segment, SegmentState, read};
use super::{eviction, outcomes, run_files};
use crate::identity::{self, Installation};
use crate::own_files::{Grammar, SPOOL, is_passing_of_state};

impl Spool {
    /// Takes over what dead processes left, drops what is beyond the bounds, and seals every open segment that
    /// no process is writing to at this moment. Where nothing may be sent, nothing is sealed. Returns the number of
    /// batches sealed; 0 also where another process is sealing.
    ///
    /// What fails on the way is left for the next call.
    pub fn seal(&self, now: Seconds) -> usize {
        let Ok(Some(_lock)) = self.lock() else { return 0 };
        let installation = if self.permit.may_send() { self.settled_installation() } else { None };
        let mut sealed = 0;
        // Each step is tried even where the one before failed: a full disk must not keep anything from leaving.
        let _ = self.sweep(now);
        if let Some(installation) = &installation {
            let _ = self.recover(installation);
        }
        // Before the segments are sealed, so that an unfinished command leaves with the batch of its header.
        let _ = self.reap(now);
        let _ = eviction::evict(&self.directory, now, &self.destination);
        let _ = eviction::expire_in_flight(&self.directory, now, &self.destination);
        if let Some(installation) = &installation {
            for name in self.segments() {
                sealed += usize::from(self.seal_one(&name, installation).unwrap_or(false));
            }
        }
        sealed
    }

    /// The installation, whose secret is on the disk before the first batch is made of it.
    fn settled_installation(&self) -> Option<Installation> {
        let is_first = !names::has_sequence(&self.directory.list().unwrap_or_default());
        if is_first && !self.places.is_kept_elsewhere() {
            identity::settle(&self.state).ok()?;
        }
        self.installation()
    }

    fn lock(&self) -> Result<Option<File>> {
        let lock = self.directory.append_or_create(LOCK)?;
        Ok(lock.try_lock_exclusive()?.then_some(lock))
    }

    /// Seals one segment. False where a process is writing to it, another version or a delivery to another endpoint has
    /// to seal it, or it is a copy of a segment whose batch still waits: its batch has the same id, and goes after it.
    fn seal_one(&self, name: &str, installation: &Installation) -> Result<bool> {
        let Some((file, stat)) = self.directory.read_checked(name)? else { return Ok(false) };
        // The lock is held to the end: a writer that opened the segment before gets the lock when its name is gone.
        if !file.try_lock_exclusive()? || !self.directory.name_refers_to(name, &stat) {
            return Ok(false);
        }
        let content = file.content(MAX_READ_BYTES)?;
        let origin = match read(&content, &self.declaration) {
            SegmentState::Newer => return Ok(false),
            SegmentState::Damaged(lost) => return self.give_up(name, &content, lost),
            SegmentState::Sealable(segment) if segment.endpoint != self.destination.endpoint => {
                return Ok(false);
            }
            SegmentState::Sealable(segment) => match segment.origin {
                Some(origin) => origin,
                None => return self.give_up(name, &content, segment.lost()),
            },
        };
        let batch = installation.batch(origin);
        if self.directory.list()?.iter().any(|name| is_of(name, batch)) {
            return Ok(false);
        }
        let sequence = self.use_up_sequence()?;
        // From here on the id is fixed: a sealer that continues after a kill finds it in the name.
        self.directory.rename(name, &names::sealing(batch))?;
        outcomes::assign(&self.directory, self.destination.tag(), batch)?;
        self.finish(batch, &content, sequence, installation)?;
        Ok(true)
    }

    /// Removes a segment without a header or without a name: there is no batch for it. The next batch reports its loss.
    fn give_up(&self, name: &str, content: &[u8], lost: u64) -> Result<bool> {
        run_files::forget(&self.directory, content)?;
        // Removed first: a kill in between under-counts drops, and counts none twice.
        self.directory.unlink(name)?;
        outcomes::add(&self.directory, self.destination.tag(), &[(DropReason::Damaged, lost)])?;
        Ok(false)
    }

    /// Stored before it is used: a kill skips a number, and no number is used twice.
    fn use_up_sequence(&self) -> Result<u64> {
        let sequence = self.sequence();
        self.directory.replace(
            &names::sequence(self.destination.tag()),
            format!("{}\n", sequence + 1).as_bytes(),
            false,
        )?;
        Ok(sequence)
    }

    /// Writes the body of a batch whose id is fixed, and removes what it was made of.
    fn finish(&self, batch: Id, content: &[u8], sequence: u64, installation: &Installation) -> Result<()> {
        // The closing lines leave with this batch. A file that stayed would report its run once more, as unfinished.
        run_files::forget(&self.directory, content)?;
        let dropped = outcomes::read(&self.directory, &names::outcomes_of(batch))?;
        let SegmentState::Sealable(segment) = read(content, &self.declaration) else { return Ok(()) };
        let body = segment.compose(&self.as_seal(batch, sequence, installation), dropped);
        // Durable: what it was made of goes next, and a power cut must not take both.
        self.directory.replace(&names::body(batch, self.destination.tag()), body.as_bytes(), true)?;
        self.remove_sources(batch)
    }

    /// Removes what a sealed batch was made of. The segment goes first: counts without a segment were reported.
    fn remove_sources(&self, batch: Id) -> Result<()> {
        self.directory.remove(&names::sealing(batch))?;
        self.directory.remove(&names::outcomes_of(batch))
    }

    /// Continues where a killed sealer stopped. A batch keeps its id, and the body gets the next sequence number, so one is
    /// skipped and none is used twice. What was being sealed for another endpoint waits for it.
    fn recover(&self, installation: &Installation) -> Result<()> {
        let names = self.directory.list()?;
        let has = |name: &str| names.iter().any(|known| known == name);
        for name in &names {
            if let Some(batch) = names::batch_of(SEALING, name) {
                if has(&names::body(batch, self.destination.tag())) {
                    self.remove_sources(batch)?;
                    continue;
                }
                let content = self.directory.content(name, MAX_READ_BYTES)?;
                let is_ours = match read(&content, &self.declaration) {
                    SegmentState::Sealable(segment) => segment.endpoint == self.destination.endpoint,
                    _ => false,
                };
                if !is_ours {
                    continue;
                }
                let sequence = self.use_up_sequence()?;
                self.finish(batch, &content, sequence, installation)?;
            } else if let Some(batch) = names::batch_of(OUTCOMES_OF, name)
                && !has(&names::sealing(batch))
            {
                self.directory.remove(name)?;
            }
        }
        Ok(())
    }

    /// Reports the runs of dead processes as unfinished, unless their closing line is in a segment. Those of another start or
    /// machine are counted as interrupted.
    fn reap(&self, now: Seconds) -> Result<()> {
        for names in run_files::chunks(&self.directory)? {
            let orphans = run_files::orphans(&self.directory, names)?;
            // Read while the orphans are locked: no closing line can be added any more.
            let mut waiting = if orphans.is_empty() { Vec::new() } else { self.waiting()? };
            for orphan in orphans {
                match read(&orphan.content, &self.declaration) {
                    SegmentState::Newer if !orphan.content.is_empty() => continue,
                    SegmentState::Sealable(segment) if !run_files::is_reported(&orphan.content, &waiting) => {
                        // Another program may have copied the file: its run is told now.
                        waiting.extend_from_slice(&orphan.content);
                        if let Err(reason) = orphan.judge(&segment, now) {
                            // Removed first: a kill in between under-counts a drop, and counts none twice.
                            self.directory.remove(&orphan.name)?;
                            let destination = Destination::named(segment.endpoint);
                            outcomes::add(&self.directory, destination.tag(), &[(reason, 1)])?;
                            continue;
                        }
                        self.report_unfinished(&segment)?;
                    }
                    _ => {}
                }
                self.directory.remove(&orphan.name)?;
            }
        }
        Ok(())
    }

    fn report_unfinished(&self, orphan: &Segment<'_>) -> Result<()> {
        let Some(event) = orphan.events().first() else { return Ok(()) };
        let spool = self.state.kept_directory(SPOOL)?;
        let destination = Destination::named(orphan.endpoint);
        let writer = Writer::new(spool, orphan.text, destination, self.places.clone());
        writer.append_unfinished(event, &run_files::segment_name(event)).map_err(|_| Errno::AGAIN)
    }

    /// Removes passing files that a killed process left.
    fn sweep(&self, now: Seconds) -> Result<()> {
        let places: [(_, Grammar); 2] =
            [(&self.directory, names::is_passing), (&self.state, is_passing_of_state)];
        for (directory, is_passing) in places {
            for name in directory.list().unwrap_or_default() {
                if is_passing(&name) {
                    let written = directory.stat(&name)?.modified_seconds();
                    if written.saturating_add(ABANDONED) < now {
                        directory.remove(&name)?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// Whether a file is this batch, or becomes it.
fn is_of(name: &str, batch: Id) -> bool {
    BodyName::parse(name).is_some_and(|body| body.batch == batch)
        || names::batch_of(SEALING, name) == Some(batch)
}
