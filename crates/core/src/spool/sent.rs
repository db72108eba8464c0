//! The sent log: what was acknowledged, for its user to read.

use aboveboard_files::{Directory, Result};
use aboveboard_types::event::Seconds;
use aboveboard_types::id::Id;
use aboveboard_types::limits::MAX_BYTES;

use super::limits::{MAX_SENT, MAX_SENT_BYTES, STALE_CLAIM};
use super::names;

/// The directory of the sent log.
#[derive(Debug)]
pub(crate) struct SentLog(pub(crate) Directory);

/// A batch in the sent log.
#[derive(Debug)]
pub(crate) struct SentEntry {
    pub(crate) batch: Id,
    /// When it was acknowledged.
    pub(crate) sent: Seconds,
    bytes: u64,
}

impl SentLog {
    /// What was sent, the newest first.
    ///
    /// # Errors
    /// Where the directory cannot be listed.
    pub(crate) fn entries(&self) -> Result<Vec<SentEntry>> {
        let mut entries = Vec::new();
        for name in self.0.list()? {
            let Some(batch) = name.strip_suffix(".json").and_then(Id::parse) else { continue };
            let Ok(stat) = self.0.stat(&name) else { continue };
            let sent = self.0.stat(&names::receipt(batch)).map_or(0, |stat| stat.modified_seconds());
            entries.push(SentEntry { batch, sent, bytes: stat.size() });
        }
        entries.sort_unstable_by_key(|entry| std::cmp::Reverse((entry.sent, entry.batch)));
        Ok(entries)
    }

    /// The body of a batch, each of these empty where it cannot be read.
    pub(crate) fn body(&self, batch: Id) -> Vec<u8> {
        self.content(&names::sent(batch))
    }

    /// Its receipt.
    pub(crate) fn receipt(&self, batch: Id) -> Vec<u8> {
        self.content(&names::receipt(batch))
    }

    /// The endpoint that it went to.
    pub(crate) fn endpoint(&self, batch: Id) -> String {
        String::from_utf8(self.content(&names::endpoint(batch))).unwrap_or_default()
    }

    fn content(&self, name: &str) -> Vec<u8> {
        self.0.content(name, MAX_BYTES).unwrap_or_default()
    }

    /// Keeps the newest batches within the bounds, and of others nothing.
    ///
    /// # Errors
    /// Where the directory cannot be listed, or a file of it not be removed.
    pub(super) fn trim(&self) -> Result<()> {
        let mut bytes = 0;
        for (place, entry) in self.entries()?.iter().enumerate() {
            bytes += entry.bytes;
            if place >= MAX_SENT || bytes > MAX_SENT_BYTES {
                self.0.remove(&names::sent(entry.batch))?;
                self.0.remove(&names::receipt(entry.batch))?;
                self.0.remove(&names::endpoint(entry.batch))?;
            }
        }
        self.sweep()
    }

    /// Removes what a process that was killed before it moved the body has left of a batch. What is younger than a claim may
    /// be waiting for its body.
    fn sweep(&self) -> Result<()> {
        let now = aboveboard_types::clock::now();
        let names = self.0.list()?;
        for name in names.iter().filter(|name| names::is_of_sent(name)) {
            let Some(batch) = name.split('.').next().and_then(Id::parse) else { continue };
            if names.contains(&names::sent(batch)) {
                continue;
            }
            let Ok(stat) = self.0.stat(name) else { continue };
            let written = stat.modified_seconds();
            if written.saturating_add(STALE_CLAIM) < now {
                self.0.remove(name)?;
            }
        }
        Ok(())
    }
}
