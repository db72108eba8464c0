//! The thread that applies the log.
//!
//! It reads consecutive entries and has the store apply them, with the position behind them, in one transaction. What
//! is in the log but not in the store after a crash is read again from the stored position. A failure that may pass is
//! waited out; the log takes more meanwhile, up to its cap. An entry that the store can never take goes into quarantine
//! and is counted, so that it does not hold up all that follow. Where it cannot be kept there, the thread waits too.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use aboveboard_store::entry::{LogEntry, Position};
use aboveboard_store::retention::Retention;
use aboveboard_store::{Applied, EntryRange, Store, StoreFate};

use super::quarantine;
use crate::clock::ClockGuard;
use crate::config;
use crate::disk::{ASIDE, Folder};
use crate::log::{Log, LogReader};
use crate::manifests::Manifests;
use crate::metrics::Metrics;
use crate::readiness::Readiness;

/// Time between two rounds of retention.
const RETENTION_INTERVAL: Duration = Duration::from_secs(3_600);

/// A transaction ends with the entry that passes this, and the next goes on behind it: dear entries must not hold up the
/// position, nor make the thread look stuck.
const MAX_TRANSACTION: Duration = Duration::from_millis(500);

/// Pause after a failure that may pass.
const PAUSE: Duration = Duration::from_millis(500);

/// How long the thread waits for entries before it checks whether something else is due.
const MAX_WAIT: Duration = Duration::from_secs(1);

/// Time between two checkpoints of the store, after which the log lets go of applied segments.
const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(30);

/// The same while the store does not have for good all that it took: what could not be sent to a cluster is sent then.
const UNSETTLED_INTERVAL: Duration = Duration::from_secs(3);

/// What the thread owns.
pub(crate) struct Applier {
    pub(crate) store: Box<dyn Store>,
    pub(crate) log: Log,
    pub(crate) reader: LogReader,
    pub(crate) manifests: Manifests,
    pub(crate) limits: config::Apply,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) readiness: Arc<Readiness>,
    /// The data directory, which also keeps what the store can never take.
    pub(crate) data: Folder,
    pub(crate) clock: Arc<ClockGuard>,
    /// What is left to do at a stop must be done within this.
    pub(crate) stop: Duration,
}

/// Says that the thread has ended, however it did.
struct Ending(Arc<Readiness>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.set_ended();
    }
}

/// A step that was made.
struct Step {
    /// Whether the entries were as many as one transaction may take.
    is_full: bool,
    /// Whether the store has them on this machine alone.
    is_unsent: bool,
}

/// Why a step was not made.
enum ApplyError {
    /// The log cannot be read.
    Log(io::Error),
    /// The store did not take the entries, and there is no time left to wait until it does.
    Stopped,
}

/// What came of one attempt to apply entries.
enum ApplyAttempt {
    Applied(Applied),
    /// Try the same again: it may pass, or somebody may mend what is wrong.
    Retry {
        why: String,
        needs_mending: bool,
    },
    /// Will not pass with these entries.
    Rejected(String),
}

/// Where the log ended at a time: what was acknowledged before that time lies before that end.
#[derive(Clone, Copy)]
struct LogEnd {
    position: Position,
    /// Seconds since 1970 UTC.
    at: i64,
}

/// When what is done at intervals was last done.
struct Rounds {
    started: Instant,
    retention: Retention,
    retired: Option<Instant>,
    checkpointed: Instant,
    /// Whether the store had for good all that it took then.
    is_settled: bool,
    /// An end of the log up to which the store has not been seen to have everything for good.
    unsettled: Option<LogEnd>,
    /// Whether installations that were erased or cleared away are still to be taken out.
    removing: bool,
}

impl Applier {
    /// Applies until the log has stopped and nothing is left, or a stop takes too long.
    pub(crate) fn run(mut self) {
        let _ending = Ending(Arc::clone(&self.readiness));
        let mut rounds = Rounds {
            started: Instant::now(),
            retention: Retention::default(),
            retired: None,
            checkpointed: Instant::now(),
            is_settled: false,
            unsettled: None,
            removing: true,
        };
        self.checkpoint(&mut rounds);
        let mut last_step = Instant::now();
        let mut stopping = None;
        loop {
            self.readiness.set_moved();
            self.do_what_is_due(&mut rounds);
            if self.log.is_stopped() && stopping.is_none() {
                stopping = Some(Instant::now());
            }
            let is_late = stopping.is_some_and(|since| since.elapsed() >= self.stop);
            match self.step() {
                _ if is_late => break,
                Ok(None) if stopping.is_some() => break,
                // What arrives is applied between two parts of a removal, and a stop leaves the rest to the next start.
                Ok(None) if rounds.removing => rounds.removing = self.remove(),
                Ok(None) => {
                    self.log.wait(self.reader.position(), MAX_WAIT);
                }
                Ok(Some(Step { is_full, is_unsent })) => {
                    rounds.is_settled &= !is_unsent;
                    rounds.removing = stopping.is_none() && self.remove();
                    // With little to do, wait for more: what two entries change is then written once.
                    if !is_full && stopping.is_none() {
                        thread::sleep(self.limits.pace.saturating_sub(last_step.elapsed()));
                    }
                    last_step = Instant::now();
                }
                Err(ApplyError::Log(error)) => {
                    tracing::error!(%error, "the ingest log cannot be read");
                    self.readiness.set_applying(false);
                    thread::sleep(PAUSE);
                }
                // What was not applied is applied after the next start, from the store's own position.
                Err(ApplyError::Stopped) => {
                    self.readiness.set_applying(false);
                    break;
                }
            }
        }
        self.checkpoint(&mut rounds);
    }

    fn do_what_is_due(&mut self, rounds: &mut Rounds) {
        if rounds.retired.is_none_or(|retired| retired.elapsed() >= RETENTION_INTERVAL) {
            self.forget(&mut rounds.retention, rounds.started.elapsed());
            rounds.retired = Some(Instant::now());
        }
        let interval = if rounds.is_settled { CHECKPOINT_INTERVAL } else { UNSETTLED_INTERVAL };
        if rounds.checkpointed.elapsed() >= interval {
            self.checkpoint(rounds);
        }
    }

    /// Does the next part of a removal, if one is under way. Returns whether one still is.
    fn remove(&mut self) -> bool {
        match self.store.remove() {
            Ok(progress) => {
                self.metrics.removed(&progress);
                progress.is_under_way
            }
            Err(error) => {
                tracing::error!(%error, "what was erased cannot be taken out of the store; trying again");
                self.metrics.apply_failures.add(1);
                thread::sleep(PAUSE);
                true
            }
        }
    }

    /// Applies the next entries, if there are any.
    fn step(&mut self) -> Result<Option<Step>, ApplyError> {
        let Some(chunk) = self.reader.next(self.limits.entries).map_err(ApplyError::Log)? else {
            return Ok(None);
        };
        if chunk.skipped > 0 {
            tracing::warn!(bytes = chunk.skipped, "part of the ingest log held no entry and was skipped");
            self.metrics.skipped_bytes.add(chunk.skipped);
        }
        let is_unsent = self.apply(&chunk.entries, chunk.upto)?;
        Ok(Some(Step { is_full: chunk.full, is_unsent }))
    }

    /// Applies entries, halving them where they hold one that the store cannot take. Nothing behind a part that could
    /// not be applied is tried: the position would pass over that part. Returns whether the store has them on this machine alone.
    fn apply(&mut self, entries: &[(Position, LogEntry)], end: Position) -> Result<bool, ApplyError> {
        loop {
            match self.attempt(entries, end) {
                ApplyAttempt::Applied(applied) => {
                    self.readiness.set_applying(true);
                    self.readiness.set_moved();
                    self.metrics.applied(&applied, applied.left_from.unwrap_or(end).0);
                    // The store skips what it has.
                    if applied.left_from.is_none() {
                        return Ok(applied.is_unsent);
                    }
                }
                ApplyAttempt::Retry { why, needs_mending } => {
                    tracing::error!(error = why, "the store does not take entries; trying again");
                    self.readiness.set_needs_mending(needs_mending);
                    self.pause()?;
                }
                ApplyAttempt::Rejected(why) => match entries {
                    [] => {
                        tracing::error!(%why, "the store cannot move its position");
                        return Err(ApplyError::Stopped);
                    }
                    [only] => {
                        if self.quarantine(only, &why) {
                            return self.apply(&[], end);
                        }
                        self.pause()?;
                    }
                    _ => {
                        let (first, second) = entries.split_at(entries.len() / 2);
                        self.apply(first, second[0].0)?;
                        return self.apply(second, end);
                    }
                },
            }
        }
    }

    /// Waits after a failure that may pass, but not at a stop: the log keeps what was not applied.
    fn pause(&self) -> Result<(), ApplyError> {
        self.metrics.apply_failures.add(1);
        self.readiness.set_applying(false);
        if self.log.is_stopped() {
            return Err(ApplyError::Stopped);
        }
        thread::sleep(PAUSE);
        Ok(())
    }

    fn attempt(&mut self, entries: &[(Position, LogEntry)], end: Position) -> ApplyAttempt {
        // Before the store says that they are erased, so that a kill in between leaves this to be done again.
        if let Err(error) = self.erase_quarantined(entries) {
            let why = format!("cannot use {}: {error}", self.data.join(ASIDE).display());
            return ApplyAttempt::Retry { why, needs_mending: true };
        }
        let in_force = self.manifests.in_force();
        let range = EntryRange::new(entries, end, &in_force).within(MAX_TRANSACTION);
        match catch_unwind(AssertUnwindSafe(|| self.store.apply(&range))) {
            Ok(Ok(applied)) => ApplyAttempt::Applied(applied),
            Ok(Err(error)) if error.fate == StoreFate::Entries => ApplyAttempt::Rejected(error.to_string()),
            // Somebody may mend a store that fails for good; the entries are acknowledged and wait for that.
            Ok(Err(error)) => {
                ApplyAttempt::Retry { why: error.to_string(), needs_mending: error.fate == StoreFate::Final }
            }
            Err(_) => ApplyAttempt::Rejected("a panic".to_owned()),
        }
    }

    /// Puts an entry into quarantine. Returns false where it cannot be kept there: it was acknowledged, so that it must
    /// not be passed over then.
    fn quarantine(&self, (position, entry): &(Position, LogEntry), why: &str) -> bool {
        if let Err(error) = quarantine::keep(&self.data, *position, entry) {
            tracing::error!(position = position.0, why, %error, "an entry cannot be put into quarantine; trying again");
            return false;
        }
        tracing::error!(position = position.0, why, "an entry was put into quarantine");
        self.metrics.quarantined.add(1);
        true
    }

    fn erase_quarantined(&self, entries: &[(Position, LogEntry)]) -> io::Result<()> {
        let erasures = entries.iter().filter_map(|(_, entry)| match entry {
            LogEntry::Erasure(erasure) => Some(erasure),
            LogEntry::Batch(_) | LogEntry::Clearing(_) | LogEntry::Amendment(_) => None,
        });
        let erasures: Vec<_> = erasures.collect();
        if erasures.is_empty() {
            return Ok(());
        }
        quarantine::erase(&self.data, &erasures)?;
        // Anybody can make up an installation and erase it: what is others' must not go with it.
        if erasures.iter().any(|erasure| erasure.by_operator) {
            quarantine::erase_damaged(&self.data)?;
        }
        Ok(())
    }

    fn forget(&mut self, retention: &mut Retention, running: Duration) {
        // By a clock that is wrong nothing is forgotten.
        let Ok(now) = self.clock.check() else { return };
        match retention.round(&mut *self.store, now, running, &self.manifests.in_force()) {
            Ok(retired) if retired.rows > 0 || retired.installations > 0 => {
                tracing::info!(rows = retired.rows, installations = retired.installations, "forgot on time");
            }
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "old data cannot be deleted; trying again in an hour"),
        }
        quarantine::forget_old(&self.data);
        quarantine::forget_replaced(&self.data);
    }

    /// Makes the store safe by itself, and has the log let go of the segments that are not needed again.
    fn checkpoint(&mut self, rounds: &mut Rounds) {
        self.note_end(rounds);
        rounds.is_settled = match self.store.checkpoint() {
            Ok(position) => {
                self.metrics.settling.note_settled(position.0);
                self.log.release(position);
                self.note_settled(rounds, position);
                self.store.position().is_ok_and(|taken| position >= taken)
            }
            Err(error) => {
                tracing::warn!(%error, "the store could not make a checkpoint; log segments stay");
                false
            }
        };
        rounds.checkpointed = Instant::now();
    }

    /// Notes where the log ends now. One end is waited for at a time, so that it is reached however fast the log grows.
    fn note_end(&self, rounds: &mut Rounds) {
        // The time first: what is acknowledged between the two lies before the end, and counts as later.
        let now = self.clock.check();
        let end = self.log.figures().end;
        self.metrics.settling.note_end(Instant::now(), end);
        // By a clock that is wrong nothing is said.
        if let (None, Ok(at)) = (rounds.unsettled, now) {
            rounds.unsettled = Some(LogEnd { position: Position(end), at });
        }
    }

    /// Tells the store up to when everything is settled, where it has the log for good up to `position`.
    fn note_settled(&mut self, rounds: &mut Rounds, position: Position) {
        let Some(end) = rounds.unsettled.filter(|end| end.position <= position) else { return };
        match self.store.note_settled(end.at) {
            Ok(true) => rounds.unsettled = None,
            Ok(false) => {}
            Err(error) => tracing::debug!(%error, "the others cannot be told what is settled; trying again"),
        }
    }
}
