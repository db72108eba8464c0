//! Wrong tokens: counted, reported once a minute, and slowed for each address prefix. A right token is never slowed, so that
//! nobody can lock an operator out. A prefix is known by its hash alone, as everywhere.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use crate::ingest::{Ingest, Prefix};
use crate::lock::lock;
use crate::refusal::{Reason, Refusal};

/// Wrong tokens that a prefix may send at once: a person mistypes, a program was not told of a rotation.
const BURST: f64 = 10.0;

/// Wrong tokens that a prefix may send each second after that.
const PER_SECOND: f64 = 0.1;

/// How long an answer waits beyond that. Who guesses on a connection is slowed to one guess in this time.
const DELAY: Duration = Duration::from_secs(1);

/// Answers that wait at once; beyond that they are given at once, since a connection that waits costs too.
const MAX_WAITING: usize = 64;

/// Prefixes that are held at once; with one more all are forgotten.
const MAX_PREFIXES: usize = 10_000;

/// How often wrong tokens are reported at most.
const REPORT_INTERVAL: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct Guesses {
    state: Mutex<State>,
    waiting: Semaphore,
}

#[derive(Debug, Default)]
struct State {
    prefixes: HashMap<Prefix, Bucket>,
    unreported: u64,
    reported: Option<Instant>,
}

#[derive(Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Guesses {
    pub(super) fn new() -> Self {
        Self { state: Mutex::default(), waiting: Semaphore::new(MAX_WAITING) }
    }

    /// Notes a wrong token and says how it is refused, later for who sends many.
    pub(super) async fn refuse(&self, ingest: &Ingest, client: IpAddr) -> Refusal {
        ingest.metrics.wrong_tokens.add(1);
        let now = Instant::now();
        let prefix = ingest.limiter.prefix(client, now);
        let Some(seconds) = lock(&self.state).note(prefix, now) else {
            return Reason::NoToken.into();
        };
        if let Ok(_permit) = self.waiting.try_acquire() {
            tokio::time::sleep(DELAY).await;
        }
        Refusal::too_fast(seconds)
    }
}

impl State {
    /// Notes one; the seconds until the next is answered as usual, where there were too many.
    fn note(&mut self, prefix: Prefix, now: Instant) -> Option<u32> {
        self.unreported += 1;
        if self.reported.is_none_or(|at| now.saturating_duration_since(at) >= REPORT_INTERVAL) {
            tracing::warn!(requests = self.unreported, "requests with a wrong operator's token");
            self.unreported = 0;
            self.reported = Some(now);
        }
        if self.prefixes.len() >= MAX_PREFIXES {
            self.prefixes.clear();
        }
        let bucket = self.prefixes.entry(prefix).or_insert(Bucket { left: BURST, at: now });
        let gained = now.saturating_duration_since(bucket.at).as_secs_f64() * PER_SECOND;
        bucket.left = (bucket.left + gained).min(BURST);
        bucket.at = now;
        if bucket.left >= 1.0 {
            bucket.left -= 1.0;
            return None;
        }
        Some(((1.0 - bucket.left) / PER_SECOND).ceil() as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_that_guesses_is_slowed_and_no_other_one() {
        let Guesses { state, .. } = Guesses::new();
        let mut state = state.into_inner().unwrap();
        let start = Instant::now();
        let guesser = Prefix::of(1);
        for _ in 0..10 {
            assert_eq!(state.note(guesser, start), None);
        }
        assert_eq!(state.note(guesser, start), Some(10));
        assert_eq!(state.note(Prefix::of(2), start), None);
        assert_eq!(state.note(guesser, start + Duration::from_secs(9)), Some(1));
        assert_eq!(state.note(guesser, start + Duration::from_secs(11)), None);
    }
}
