//! Handing over: a sealed batch is claimed by giving it a name with the time in it, and moved on when the
//! collector has answered.
//!
//! A name serves as the lock because it outlives the process: a claim of a killed process is seen, and its age says when
//! it may be taken over. A file lock would vanish with the process while its request may still be under way.

use std::collections::BTreeSet;
use std::sync::Arc;

use aboveboard_files::{Directory, Result};
use aboveboard_types::event::Seconds;
use aboveboard_types::id::Id;
use aboveboard_types::limits::MAX_BYTES;
use aboveboard_types::outcome::DropReason;
use aboveboard_types::read::oldest_time;

use super::destination::Destination;
use super::eviction::count_events;
use super::handle::Spool;
use super::limits::{MAX_AGE, MAX_REJECTED, STALE_CLAIM};
use super::names::{self, BodyName, REJECTED, SENT};
use super::outcomes;
use super::sent::SentLog;

impl Spool {
    /// The batches that wait for the endpoint of the permit, in the order in which they were sealed: sealed and unclaimed, or
    /// claimed by a process that may be gone.
    #[must_use]
    pub fn pending(&self) -> Vec<Id> {
        let names = self.directory.list().unwrap_or_default();
        let mut batches: Vec<_> = names
            .iter()
            .filter_map(|name| Some((self.place(name), self.own(name)?.batch)))
            .filter(|(_, batch)| !names.contains(&names::sealing(*batch)))
            .collect();
        batches.sort_unstable();
        let mut seen = BTreeSet::new();
        batches.into_iter().map(|(_, batch)| batch).filter(|batch| seen.insert(*batch)).collect()
    }

    /// The parts of a body's name, if that body was sealed for the endpoint of the permit.
    fn own<'n>(&self, name: &'n str) -> Option<BodyName<'n>> {
        BodyName::parse(name).filter(|body| body.tag == self.destination.tag())
    }

    /// What a batch is sent by: its number, and for what has none when it was written.
    fn place(&self, name: &str) -> (Option<u64>, Seconds) {
        let body = self.directory.content(name, MAX_BYTES).ok();
        let written = self.directory.stat(name).map_or(0, |stat| stat.modified_seconds());
        (body.and_then(|body| sequence(&body)), written)
    }

    /// Claims a batch for this process. `None` where another process has it, it is gone, is too old, or may not be sent
    /// under this permit.
    #[must_use]
    pub fn claim(&self, batch: Id, now: Seconds) -> Option<Claimed> {
        let names = self.directory.list().ok()?;
        // Its sealer is not done: a batch is sent only after what it was made of is removed.
        if names.contains(&names::sealing(batch)) {
            return None;
        }
        let name = names.iter().find(|name| {
            let is_free = |body: &BodyName<'_>| body.claimed.is_none_or(|at| now.abs_diff(at) >= STALE_CLAIM);
            self.own(name).is_some_and(|body| body.batch == batch && is_free(&body))
        })?;
        // What is too old is placed by no collector. Eviction counts it; and should the clock be wrong, it waits.
        let written = self.directory.stat(name).map_or(0, |stat| stat.modified_seconds());
        if written.saturating_add(MAX_AGE) < now {
            return None;
        }
        let claimed_name = names::claim(batch, self.destination.tag(), now);
        // Of all that try, one finds the old name.
        self.directory.rename(name, &claimed_name).ok()?;
        let mut claimed = Claimed {
            id: batch,
            body: Vec::new(),
            name: claimed_name,
            destination: self.destination.clone(),
            spool: Arc::clone(&self.directory),
            state: Arc::clone(&self.state),
            is_done: false,
        };
        // Where it cannot be read now, returning drops `claimed`, which releases the batch.
        claimed.body = self.directory.content(&claimed.name, MAX_BYTES).ok()?;
        let oldest = oldest(&claimed.body);
        if oldest.is_some_and(|oldest| self.is_permitted(oldest)) {
            return Some(claimed);
        }
        claimed.is_done = true;
        let _ = self.directory.unlink(&claimed.name);
        // What was recorded before consent goes uncounted, as if it had never been. Where a power cut took the body,
        // the number of its events is unknown.
        if oldest.is_none() {
            let _ = outcomes::add(&self.directory, self.destination.tag(), &[(DropReason::Damaged, 1)]);
        }
        None
    }

    /// Whether a batch whose oldest event is of this time may be sent under this permit. An older one was sealed under
    /// some earlier answer, perhaps for another endpoint, and the user may have opted out in between.
    fn is_permitted(&self, oldest: Seconds) -> bool {
        oldest >= self.permit.since()
    }

    /// The body of a batch that waits and may be sent.
    pub(super) fn body(&self, batch: Id) -> Option<Vec<u8>> {
        let names = self.directory.list().ok()?;
        let name = names.iter().find(|name| self.own(name).is_some_and(|body| body.batch == batch))?;
        let body = self.directory.content(name, MAX_BYTES).ok()?;
        oldest(&body).is_some_and(|oldest| self.is_permitted(oldest)).then_some(body)
    }
}

/// The time of the oldest event in a body; `None` where it is no body.
fn oldest(body: &[u8]) -> Option<Seconds> {
    std::str::from_utf8(body).ok().and_then(oldest_time)
}

/// The number of a batch, which stands before its events.
fn sequence(body: &[u8]) -> Option<u64> {
    let (_, after) = std::str::from_utf8(body).ok()?.split_once("\"sequence\":")?;
    after.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// A batch that this process may send. When it is dropped, the batch is free for the next attempt; after a kill it is
/// so in a minute.
#[derive(Debug)]
pub struct Claimed {
    /// The batch's id.
    pub id: Id,
    /// The body of the request, byte for byte.
    pub body: Vec<u8>,
    name: String,
    destination: Destination,
    spool: Arc<Directory>,
    state: Arc<Directory>,
    is_done: bool,
}

impl Claimed {
    /// The collector has the batch: moves it to the sent log, its receipt beside it.
    pub fn acknowledge(mut self, receipt: &[u8]) {
        self.is_done = true;
        // Where the log cannot be written, the batch goes all the same: sent again, it would only be a duplicate.
        if self.log(receipt).is_err() {
            let _ = self.spool.unlink(&self.name);
        }
    }

    fn log(&self, receipt: &[u8]) -> Result<()> {
        let sent = self.state.make_directory(SENT)?;
        // The receipt first: its time stamp is when the batch was acknowledged.
        sent.replace(&names::receipt(self.id), receipt, false)?;
        sent.replace(&names::endpoint(self.id), self.destination.endpoint.as_bytes(), false)?;
        self.spool.rename_into(&self.name, &sent, &names::sent(self.id))?;
        SentLog(sent).trim()
    }

    /// The batch was not sent, or not acknowledged: releases it for the next attempt.
    pub fn release(self) {}

    /// The collector rejected the batch for good, with this HTTP status: keeps it for its user to read and counts its
    /// events as dropped.
    pub fn reject(mut self, status: u16) {
        self.is_done = true;
        let number = count_events(&self.body);
        let moved = self.state.make_directory(REJECTED).and_then(|rejected| {
            self.spool.rename_into(&self.name, &rejected, &format!("{}.{status}.json", self.id))?;
            trim_rejected(&rejected)
        });
        if moved.is_err() {
            let _ = self.spool.remove(&self.name);
        }
        let _ = outcomes::add(&self.spool, self.destination.tag(), &[(DropReason::Refused, number)]);
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        if !self.is_done {
            let _ = self.spool.rename(&self.name, &names::body(self.id, self.destination.tag()));
        }
    }
}

fn trim_rejected(rejected: &Directory) -> Result<()> {
    let mut names: Vec<_> = rejected
        .list()?
        .into_iter()
        .filter(|name| names::is_of_rejected(name))
        .map(|name| (rejected.stat(&name).map_or(0, |stat| stat.changed_seconds()), name))
        .collect();
    names.sort_unstable();
    for (_, name) in names.iter().rev().skip(MAX_REJECTED) {
        rejected.remove(name)?;
    }
    Ok(())
}
