//! Whose turn it is to read what is held: few at once, and each address prefix one at a time, so that whoever asks most
//! waits for itself.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::ingest::Prefix;
use crate::lock::lock;
use crate::refusal::{Reason, Refusal};

/// Pages that are read at once: each has a thread.
const MAX_AT_ONCE: usize = 2;

/// Prefixes that read or wait. A page takes milliseconds, so that the last of them waits for less than [`MAX_WAIT`].
const MAX_PREFIXES: usize = 64;

/// Longest that a question waits for its turn: less than the time a request may take.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// Seconds after which another turn is likely. Whoever asked for a page is waiting for it.
const AGAIN: u32 = 1;

#[derive(Clone, Debug)]
pub(super) struct Turns {
    places: Arc<Semaphore>,
    prefixes: Arc<Mutex<HashSet<Prefix>>>,
    /// [`MAX_WAIT`], but for tests.
    patience: Duration,
}

/// A turn, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    _entered: Entered,
    _place: OwnedSemaphorePermit,
}

/// A prefix that reads or waits.
#[derive(Debug)]
struct Entered {
    prefix: Prefix,
    prefixes: Arc<Mutex<HashSet<Prefix>>>,
}

impl Turns {
    pub(super) fn new() -> Self {
        Self { places: Arc::new(Semaphore::new(MAX_AT_ONCE)), prefixes: Arc::default(), patience: MAX_WAIT }
    }

    /// Waits for a turn, in the order in which they were asked for.
    pub(super) async fn take(&self, prefix: Prefix) -> Result<Turn, Refusal> {
        let entered = self.enter(prefix).ok_or_else(|| Refusal::busy(AGAIN))?;
        let place = Arc::clone(&self.places).acquire_owned();
        match tokio::time::timeout(self.patience, place).await {
            Ok(Ok(place)) => Ok(Turn { _entered: entered, _place: place }),
            Ok(Err(_)) => Err(Reason::Stopping.into()),
            Err(_) => Err(Refusal::busy(AGAIN)),
        }
    }

    fn enter(&self, prefix: Prefix) -> Option<Entered> {
        let mut prefixes = lock(&self.prefixes);
        let enters = prefixes.len() < MAX_PREFIXES && prefixes.insert(prefix);
        enters.then(|| Entered { prefix, prefixes: Arc::clone(&self.prefixes) })
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        lock(&self.prefixes).remove(&self.prefix);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_prefix_has_one_turn_at_a_time_and_the_others_wait_for_theirs() {
        let mut turns = Turns::new();
        let first = turns.take(Prefix::of(1)).await.unwrap();
        let again = turns.take(Prefix::of(1)).await.unwrap_err();
        assert_eq!(again, Refusal::busy(AGAIN), "whoever reads already comes again");
        let second = turns.take(Prefix::of(2)).await.unwrap();
        let third = tokio::join!(turns.take(Prefix::of(3)), turns.take(Prefix::of(3)), async {
            drop(first);
        });
        assert!(third.0.is_ok());
        assert!(third.1.is_err(), "it waits already");
        // No turn ends: who waits is told to come again, and has left.
        turns.patience = Duration::ZERO;
        assert!(turns.take(Prefix::of(4)).await.is_err());
        assert_eq!(lock(&turns.prefixes).len(), 2);
        drop((second, third));
        assert_eq!(lock(&turns.prefixes).len(), 0);
    }

    #[tokio::test]
    async fn only_so_many_prefixes_wait() {
        let turns = Turns::new();
        let entered: Vec<_> = (0..MAX_PREFIXES).map(|number| turns.enter(Prefix::of(number as u8))).collect();
        assert!(entered.iter().all(Option::is_some));
        assert!(turns.take(Prefix::of(200)).await.is_err());
        drop(entered);
        assert!(turns.take(Prefix::of(200)).await.is_ok());
    }
}
