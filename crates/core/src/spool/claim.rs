//! Handing over: a sealed batch is claimed by giving it a name with the time in it, and moved on when the
//! collector has answered.

use std::sync::Arc;

use rustix::io::Result;

use super::seal::{Spool, body_name, gone, sealing};
use super::{eviction, outcomes};
use aboveboard_files::Directory;
use aboveboard_types::event::Seconds;
use aboveboard_types::id::Id;
use aboveboard_types::limits::MAX_BYTES;
use aboveboard_types::outcome::DropReason;
use aboveboard_types::read::oldest_time;

/// A claim is older than this, in seconds, only if its process is gone: a delivery ends within ten.
const STALE: u64 = 60;

/// The directory of what was acknowledged.
pub(crate) const SENT: &str = "sent";
/// The directory of what the collector refused.
const REFUSED: &str = "refused";

/// How many acknowledged batches are kept for their user to read.
const SENT_MOST: usize = 20;
/// How many bytes of them.
const SENT_BYTES: u64 = 1 << 20;
/// How many refused batches are kept.
const REFUSED_MOST: usize = 4;

impl Spool {
    /// The batches that wait, the oldest first: sealed and unclaimed, or claimed by a process that may be gone.
    #[must_use]
    pub fn pending(&self) -> Vec<Id> {
        let names = self.directory.list().unwrap_or_default();
        let mut batches: Vec<_> = names
            .iter()
            .filter_map(|name| Some((self.written(name), parse(name)?.0)))
            .filter(|(_, batch)| !names.contains(&sealing(*batch)))
            .collect();
        batches.sort_unstable();
        batches.dedup_by_key(|(_, batch)| *batch);
        batches.into_iter().map(|(_, batch)| batch).collect()
    }

    fn written(&self, name: &str) -> i64 {
        self.directory.stat(name).map_or(0, |stat| stat.st_mtime)
    }

    /// Claims a batch for this process. `None` where another has it, or it is gone.
    #[must_use]
    pub fn claim(&self, batch: Id, now: Seconds) -> Option<Claimed> {
        let names = self.directory.list().ok()?;
        if names.contains(&sealing(batch)) {
            return None;
        }
        let name = names.iter().find(|name| match parse(name) {
            Some((known, None)) => known == batch,
            Some((known, Some(at))) => known == batch && now.abs_diff(at) >= STALE,
            None => false,
        })?;
        let claimed = format!("{batch}.claim-{now}.json");
        // Of all that try, one finds the old name.
        self.directory.rename(name, &claimed).ok()?;
        let (spool, state) = (Arc::clone(&self.directory), Arc::clone(&self.state));
        let mut claimed =
            Claimed { id: batch, body: Vec::new(), name: claimed, spool, state, is_done: false };
        // Where it cannot be read now, it is freed.
        claimed.body = self.directory.content(&claimed.name, MAX_BYTES).ok()?;
        let oldest = oldest(&claimed.body);
        if oldest.is_some_and(|oldest| self.is_permitted(oldest)) {
            return Some(claimed);
        }
        claimed.is_done = true;
        let _ = self.directory.unlink(&claimed.name);
        // Recorded before the yes: as if it had never been. Where a power cut took the body, nobody knows how many
        // events it held.
        if oldest.is_none() {
            let _ = outcomes::add(&self.directory, &[(DropReason::Damaged, 1)]);
        }
        None
    }

    /// Whether a batch whose oldest event is of this time may go under this permit. It was sealed under some
    /// earlier answer otherwise, perhaps for another endpoint, and a no may have been said in between.
    fn is_permitted(&self, oldest: Seconds) -> bool {
        oldest >= self.permit.since()
    }

    /// The body of a batch that waits and may go.
    pub(super) fn body(&self, batch: Id) -> Option<Vec<u8>> {
        let names = self.directory.list().ok()?;
        let name = names.iter().find(|name| parse(name).is_some_and(|(known, _)| known == batch))?;
        let body = self.directory.content(name, MAX_BYTES).ok()?;
        oldest(&body).is_some_and(|oldest| self.is_permitted(oldest)).then_some(body)
    }
}

/// The time of the oldest event in a body; `None` where it is none.
fn oldest(body: &[u8]) -> Option<Seconds> {
    std::str::from_utf8(body).ok().and_then(oldest_time)
}

/// The batch, and the time of its claim, of a name that is a body's.
fn parse(name: &str) -> Option<(Id, Option<Seconds>)> {
    let stem = name.strip_suffix(".json")?;
    match stem.split_once(".claim-") {
        Some((batch, at)) => Some((Id::parse(batch)?, Some(at.parse().ok()?))),
        None => Some((Id::parse(stem)?, None)),
    }
}

/// A batch that is ours to send. Dropped, it is free for the next attempt; after a kill it is so in a minute.
#[derive(Debug)]
pub struct Claimed {
    /// Its id.
    pub id: Id,
    /// The body of the request, byte for byte.
    pub body: Vec<u8>,
    name: String,
    spool: Arc<Directory>,
    state: Arc<Directory>,
    is_done: bool,
}

impl Claimed {
    /// The collector has it: moves it to the sent log, its receipt beside it.
    pub fn acknowledge(mut self, receipt: &[u8]) {
        self.is_done = true;
        // Where the log cannot be written, the batch goes all the same: the collector has it.
        if self.log(receipt).is_err() {
            let _ = self.spool.unlink(&self.name);
        }
    }

    fn log(&self, receipt: &[u8]) -> Result<()> {
        let sent = self.state.make_directory(SENT)?;
        sent.replace(&format!("{}.receipt.json", self.id), receipt, false)?;
        self.spool.rename_into(&self.name, &sent, &body_name(self.id))?;
        Log(sent).trim()
    }

    /// It was not sent, or nobody said that it arrived: frees it for the next attempt.
    pub fn release(self) {}

    /// The collector refused it for good: sets it aside and counts its events.
    pub fn refuse(mut self, status: u16) {
        self.is_done = true;
        let number = eviction::count(&self.body);
        let moved = self.state.make_directory(REFUSED).and_then(|refused| {
            self.spool.rename_into(&self.name, &refused, &format!("{}.{status}.json", self.id))?;
            trim_refused(&refused)
        });
        if moved.is_err() {
            let _ = gone(self.spool.unlink(&self.name));
        }
        let _ = outcomes::add(&self.spool, &[(DropReason::Refused, number)]);
    }
}

impl std::ops::Drop for Claimed {
    fn drop(&mut self) {
        if !self.is_done {
            let _ = self.spool.rename(&self.name, &body_name(self.id));
        }
    }
}

fn trim_refused(refused: &Directory) -> Result<()> {
    let mut names: Vec<_> = refused
        .list()?
        .into_iter()
        .map(|name| (refused.stat(&name).map_or(0, |stat| stat.st_ctime), name))
        .collect();
    names.sort_unstable();
    for (_, name) in names.iter().rev().skip(REFUSED_MOST) {
        gone(refused.unlink(name))?;
    }
    Ok(())
}

/// The sent log.
#[derive(Debug)]
pub(crate) struct Log(pub(crate) Directory);

/// A batch in the sent log.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) batch: Id,
    pub(crate) sent: Seconds,
    bytes: u64,
}

impl Log {
    /// What was sent, the newest first.
    pub(crate) fn entries(&self) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for name in self.0.list()? {
            let Some(batch) = name.strip_suffix(".json").and_then(Id::parse) else { continue };
            let receipt = self.0.stat(&receipt_name(batch));
            let (Ok(stat), sent) = (self.0.stat(&name), receipt.map_or(0, |stat| stat.st_mtime)) else {
                continue;
            };
            let sent = Seconds::try_from(sent).unwrap_or(0);
            entries.push(Entry { batch, sent, bytes: u64::try_from(stat.st_size).unwrap_or(0) });
        }
        entries.sort_unstable_by_key(|entry| std::cmp::Reverse((entry.sent, entry.batch)));
        Ok(entries)
    }

    /// The body of a batch and its receipt.
    pub(crate) fn read(&self, batch: Id) -> (Vec<u8>, Vec<u8>) {
        let content = |name: &str| self.0.content(name, MAX_BYTES).unwrap_or_default();
        (content(&body_name(batch)), content(&receipt_name(batch)))
    }

    /// Keeps the newest within the bounds.
    fn trim(&self) -> Result<()> {
        let mut bytes = 0;
        for (place, entry) in self.entries()?.iter().enumerate() {
            bytes += entry.bytes;
            if place >= SENT_MOST || bytes > SENT_BYTES {
                gone(self.0.unlink(&body_name(entry.batch)))?;
                gone(self.0.unlink(&receipt_name(entry.batch)))?;
            }
        }
        Ok(())
    }
}

fn receipt_name(batch: Id) -> String {
    format!("{batch}.receipt.json")
}
