//! From the log to the store, in order, exactly once.
//!
//! One thread reads runs of entries and has the store apply each run, with its position, in one transaction. What is
//! in the log but not in the store after a crash is read again from the stored position. A trouble that may pass is
//! waited out; the log takes more meanwhile, up to its cap. An entry that the store can never take is set aside in a
//! file and counted, so that it does not stand in the way of all that follow; where it cannot be kept, it is waited for
//! too.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use crate::config;
use crate::entry::{Entry, Position};
use crate::log::{Log, Reader};
use crate::manifests::Manifests;
use crate::metrics::Metrics;
use crate::retention::Retention;
use crate::routes::Readiness;
use crate::store::{Applied, Store, StoreError};

mod quarantine;

/// Time between two rounds of forgetting.
const HOUR: Duration = Duration::from_secs(3_600);

/// Pause after a trouble that may pass.
const PAUSE: Duration = Duration::from_millis(500);

/// How long the thread waits for entries before it looks around.
const LOOK_AROUND: Duration = Duration::from_secs(1);

/// Least time between two rounds in which the store's own files are settled, so that applied segments can go.
const SETTLE: Duration = Duration::from_secs(30);

/// The thread's belongings.
#[derive(Debug)]
pub(crate) struct Apply<S> {
    pub(crate) store: S,
    pub(crate) log: Log,
    pub(crate) reader: Reader,
    pub(crate) manifests: Manifests,
    pub(crate) limits: config::Apply,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) readiness: Arc<Readiness>,
    /// Directory, in the data directory, of entries that the store cannot take.
    pub(crate) aside: PathBuf,
    /// Seconds since 1970 UTC.
    pub(crate) clock: fn() -> i64,
    /// What is left to do at a stop must be done within this.
    pub(crate) stop: Duration,
}

/// Why a step was not made.
enum ApplyError {
    /// The log cannot be read.
    Log(io::Error),
    /// The store did not take a run, and there is no time left to wait until it does.
    Stopped,
}

/// What the store made of a run.
enum Fate {
    Applied(Applied),
    /// May pass; try the same again.
    Wait(StoreError),
    /// Will not pass with these entries.
    SetAside(String),
}

impl<S: Store> Apply<S> {
    /// Applies until the log has stopped and nothing is left, or a stop takes too long.
    pub(crate) fn run(mut self) {
        self.settle();
        let mut last = Instant::now();
        let (started, mut retention) = (Instant::now(), Retention::default());
        let (mut forgotten, mut settled) = (None::<Instant>, Instant::now());
        let mut stopping = None;
        loop {
            if forgotten.is_none_or(|forgotten| forgotten.elapsed() >= HOUR) {
                self.forget(&mut retention, started.elapsed());
                forgotten = Some(Instant::now());
            }
            if settled.elapsed() >= SETTLE {
                self.settle();
                settled = Instant::now();
            }
            if self.log.is_stopped() && stopping.is_none() {
                stopping = Some(Instant::now());
            }
            let late = stopping.is_some_and(|since| since.elapsed() >= self.stop);
            match self.step() {
                _ if late => break,
                Ok(None) if stopping.is_some() => break,
                Ok(None) => {
                    self.log.wait(self.reader.position(), LOOK_AROUND);
                }
                Ok(Some(full)) => {
                    // While there is little to do, more is waited for: what a run changes twice is written once.
                    if !full && stopping.is_none() {
                        thread::sleep(self.limits.pace.saturating_sub(last.elapsed()));
                    }
                    last = Instant::now();
                }
                Err(ApplyError::Log(error)) => {
                    tracing::error!(%error, "the ingest log cannot be read");
                    self.readiness.applying.store(false, Ordering::Relaxed);
                    thread::sleep(PAUSE);
                }
                // What was not applied is applied after the next start, from the store's own position.
                Err(ApplyError::Stopped) => {
                    self.readiness.applying.store(false, Ordering::Relaxed);
                    break;
                }
            }
        }
        self.settle();
    }

    /// Applies one run, if there is one; whether it was as long as a run may be.
    fn step(&mut self) -> Result<Option<bool>, ApplyError> {
        let Some(chunk) = self.reader.next(self.limits.entries).map_err(ApplyError::Log)? else {
            return Ok(None);
        };
        if chunk.skipped > 0 {
            tracing::warn!(bytes = chunk.skipped, "part of the ingest log held no entry and was skipped");
            self.metrics.skipped(chunk.skipped);
        }
        self.apply(&chunk.entries, chunk.upto)?;
        Ok(Some(chunk.full))
    }

    /// Applies a run, halving it where it holds an entry that the store cannot take. Nothing after a part that could
    /// not be applied is tried: the position would pass over it.
    fn apply(&mut self, entries: &[(Position, Entry)], upto: Position) -> Result<(), ApplyError> {
        loop {
            match self.attempt(entries, upto) {
                Fate::Applied(applied) => {
                    self.readiness.applying.store(true, Ordering::Relaxed);
                    self.metrics.applied(&applied, upto.0);
                    return Ok(());
                }
                Fate::Wait(error) => {
                    tracing::error!(%error, "the store does not take entries; trying again");
                    self.pause()?;
                }
                Fate::SetAside(why) => match entries {
                    [] => {
                        tracing::error!(%why, "the store cannot move its position");
                        return Err(ApplyError::Stopped);
                    }
                    [only] => {
                        if self.set_aside(only, &why) {
                            return self.apply(&[], upto);
                        }
                        self.pause()?;
                    }
                    _ => {
                        let (first, second) = entries.split_at(entries.len() / 2);
                        self.apply(first, second[0].0)?;
                        return self.apply(second, upto);
                    }
                },
            }
        }
    }

    /// After a trouble that may pass. Nobody waits for it at a stop: the log keeps what was not applied.
    fn pause(&self) -> Result<(), ApplyError> {
        self.metrics.apply_failed();
        self.readiness.applying.store(false, Ordering::Relaxed);
        if self.log.is_stopped() {
            return Err(ApplyError::Stopped);
        }
        thread::sleep(PAUSE);
        Ok(())
    }

    fn attempt(&mut self, entries: &[(Position, Entry)], upto: Position) -> Fate {
        // Before the store says that they are erased, so that a kill in between leaves this to be done again.
        if let Err(source) = self.erase_aside(entries) {
            return Fate::Wait(StoreError::Io { path: self.aside.clone(), source });
        }
        let (store, manifests) = (&mut self.store, &self.manifests);
        match catch_unwind(AssertUnwindSafe(|| store.apply(entries, upto, manifests))) {
            Ok(Ok(applied)) => Fate::Applied(applied),
            Ok(Err(error)) if is_of_entries(&error) => Fate::SetAside(error.to_string()),
            Ok(Err(error)) => Fate::Wait(error),
            Err(_) => Fate::SetAside("a panic".to_owned()),
        }
    }

    /// Keeps an entry out of the store's way; false where it cannot be kept. It was acknowledged, so that it must not be
    /// passed over then.
    fn set_aside(&self, (position, entry): &(Position, Entry), why: &str) -> bool {
        if let Err(error) = quarantine::keep(&self.aside, *position, entry) {
            tracing::error!(position = position.0, why, %error, "an entry cannot be set aside; trying again");
            return false;
        }
        tracing::error!(position = position.0, why, "an entry was set aside");
        self.metrics.set_aside();
        true
    }

    fn erase_aside(&self, entries: &[(Position, Entry)]) -> io::Result<()> {
        let erasures = entries.iter().filter_map(|(_, entry)| match entry {
            Entry::Erasure(erasure) => Some(erasure),
            Entry::Batch(_) | Entry::Clearing(_) => None,
        });
        let erasures: Vec<_> = erasures.collect();
        if erasures.is_empty() {
            return Ok(());
        }
        quarantine::erase(&self.aside, &erasures)?;
        self.data().map_or(Ok(()), quarantine::erase_damaged)
    }

    fn forget(&mut self, retention: &mut Retention, running: Duration) {
        match retention.round(&mut self.store, (self.clock)(), running, &self.manifests) {
            Ok(retired) if retired.rows > 0 || retired.installations > 0 => {
                tracing::info!(rows = retired.rows, installations = retired.installations, "forgot on time");
            }
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "old data cannot be deleted; trying again in an hour"),
        }
        quarantine::forget_old(&self.aside);
        if let Some(data) = self.data() {
            quarantine::forget_replaced(data);
        }
    }

    /// The data directory.
    fn data(&self) -> Option<&Path> {
        self.aside.parent()
    }

    /// Lets the store settle and the log drop what it settled.
    fn settle(&mut self) {
        match self.store.settle() {
            Ok(position) => self.log.release(position),
            Err(error) => tracing::warn!(%error, "the store could not settle; log segments stay"),
        }
    }
}

/// Whether it is the entries that the store does not take, and not the store that is in trouble.
fn is_of_entries(error: &StoreError) -> bool {
    use rusqlite::ErrorCode;
    match error {
        StoreError::Sqlite(rusqlite::Error::SqliteFailure(error, _)) => matches!(
            error.code,
            ErrorCode::ConstraintViolation
                | ErrorCode::TypeMismatch
                | ErrorCode::TooBig
                | ErrorCode::ParameterOutOfRange
        ),
        StoreError::Sqlite(_) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
