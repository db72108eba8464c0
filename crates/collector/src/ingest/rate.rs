//! How fast an address prefix may send, and how much: its requests, what they cost, and its bytes.
//!
//! Each prefix has two buckets of requests, one for the routes that monitoring asks and one for all others, so that a flood
//! of batches never uses up the health check of whoever sends it. What all prefixes send together is bounded too, except for
//! monitoring: its answers cost no more than a refusal does.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::Instant;

use super::bucket::{Bucket, Flow};
use super::limits::{
    COST_OF_A_TOKEN, MAX_FORGOTTEN_BYTES, MAX_PREFIX_AGE, MAX_PREFIXES, PREFIX_SWEEP_INTERVAL,
};
use super::prefix::{Prefix, Secret};
use crate::config;
use crate::lock::lock;

#[derive(Debug)]
pub(crate) struct Limiter {
    prefix: Flow,
    total: Flow,
    bytes_per_hour: u64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    secret: Secret,
    /// How many there were before.
    secret_number: u32,
    since: Instant,
    swept: Instant,
    total: Bucket,
    known: HashMap<Prefix, KnownPrefix>,
}

/// What is known of one prefix.
#[derive(Clone, Copy, Debug)]
struct KnownPrefix {
    requests: Bucket,
    monitoring: Bucket,
    /// What it has sent in this hour.
    bytes: u64,
}

/// Which of the buckets of a prefix a request counts against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestKind {
    /// Health, readiness, metrics.
    Monitoring,
    /// All else.
    Other,
}

impl Limiter {
    pub(crate) fn new(limits: &config::Rate, bytes_per_hour: u64) -> Self {
        let now = Instant::now();
        let total = Flow::new(limits.total_per_second, limits.total_burst);
        let state = State {
            secret: Secret::random(),
            secret_number: 0,
            since: now,
            swept: now,
            total: Bucket::full(total, now),
            known: HashMap::new(),
        };
        let prefix = Flow::new(limits.prefix_per_second, limits.prefix_burst);
        Self { prefix, total, bytes_per_hour, state: Mutex::new(state) }
    }

    /// The prefix of an address, under the secret of this hour.
    pub(crate) fn prefix(&self, address: IpAddr, now: Instant) -> Prefix {
        let mut state = lock(&self.state);
        state.forget_what_is_old(now);
        state.secret.prefix(address)
    }

    /// Forgets a secret that is an hour old and all that is known under it, also where no request comes any more.
    pub(crate) fn forget_what_is_old(&self, now: Instant) {
        lock(&self.state).forget_what_is_old(now);
    }

    /// Which secret prefixes are known under now.
    pub(crate) fn secret_number(&self) -> u32 {
        lock(&self.state).secret_number
    }

    /// Lets a request in, or returns after how many seconds it may come again.
    pub(crate) fn admit(&self, prefix: Prefix, kind: RequestKind, now: Instant) -> Result<(), u32> {
        let mut state = lock(&self.state);
        if let Some(known) = self.known(&mut state, prefix, now) {
            let bucket = match kind {
                RequestKind::Monitoring => &mut known.monitoring,
                RequestKind::Other => &mut known.requests,
            };
            bucket.take(self.prefix, now)?;
        }
        match kind {
            RequestKind::Monitoring => Ok(()),
            RequestKind::Other => state.total.take(self.total, now),
        }
    }

    /// Charges what the body of a request cost beyond what a request usually does, so that a prefix gets a share of the
    /// processor and not a number of requests.
    pub(crate) fn charge(&self, prefix: Prefix, cost: u64) {
        let tokens = cost as f64 / COST_OF_A_TOKEN as f64 - 1.0;
        if tokens > 0.0 {
            let mut state = lock(&self.state);
            if let Some(known) = state.known.get_mut(&prefix) {
                known.requests.charge(tokens);
            }
        }
    }

    /// Whether a prefix may send so many bytes more in this hour, or after how many seconds the next begins.
    pub(crate) fn admit_bytes(&self, prefix: Prefix, bytes: u64, now: Instant) -> Result<(), u32> {
        let state = lock(&self.state);
        let sent = state.known.get(&prefix).map_or(0, |known| known.bytes);
        if sent.saturating_add(bytes) <= self.bytes_per_hour {
            return Ok(());
        }
        let rest = MAX_PREFIX_AGE.saturating_sub(now.saturating_duration_since(state.since));
        Err(u32::try_from(rest.as_secs()).unwrap_or(u32::MAX).saturating_add(1))
    }

    /// Counts bytes that have arrived; false where they are more than the prefix may send in this hour. Many that were let
    /// in one beside the other can come to more together.
    pub(crate) fn count_bytes(&self, prefix: Prefix, bytes: u64) -> bool {
        let mut state = lock(&self.state);
        let Some(known) = state.known.get_mut(&prefix) else { return true };
        known.bytes = known.bytes.saturating_add(bytes);
        known.bytes <= self.bytes_per_hour
    }

    /// What a prefix has sent in this hour.
    pub(crate) fn sent(&self, prefix: Prefix) -> u64 {
        lock(&self.state).known.get(&prefix).map_or(0, |known| known.bytes)
    }

    /// What is known of a prefix; `None` where too many others are known already.
    fn known<'s>(&self, state: &'s mut State, prefix: Prefix, now: Instant) -> Option<&'s mut KnownPrefix> {
        let is_known = state.known.contains_key(&prefix);
        if !is_known && state.known.len() >= MAX_PREFIXES {
            // A look at all of them costs too much for every request of a flood.
            if now.saturating_duration_since(state.swept) < PREFIX_SWEEP_INTERVAL {
                return None;
            }
            state.swept = now;
            state.known.retain(|_, known| !known.is_idle(self.prefix, now));
            if state.known.len() >= MAX_PREFIXES {
                return None;
            }
        }
        let full = Bucket::full(self.prefix, now);
        Some(state.known.entry(prefix).or_insert(KnownPrefix { requests: full, monitoring: full, bytes: 0 }))
    }
}

impl KnownPrefix {
    /// Whether nothing is lost when it is forgotten.
    fn is_idle(&self, flow: Flow, now: Instant) -> bool {
        let is_light = self.bytes < MAX_FORGOTTEN_BYTES;
        is_light && self.requests.is_full(flow, now) && self.monitoring.is_full(flow, now)
    }
}

impl State {
    fn forget_what_is_old(&mut self, now: Instant) {
        if now.saturating_duration_since(self.since) >= MAX_PREFIX_AGE {
            self.secret = Secret::random();
            self.secret_number = self.secret_number.wrapping_add(1);
            self.since = now;
            self.known.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn limiter(burst: u32) -> Limiter {
        let mut limits = config::Config::defaults().unwrap().rate;
        limits.prefix_per_second = 1;
        limits.prefix_burst = burst;
        Limiter::new(&limits, 1_000)
    }

    fn admit(limiter: &Limiter, address: &str, kind: RequestKind, now: Instant) -> Result<(), u32> {
        limiter.admit(limiter.prefix(address.parse().unwrap(), now), kind, now)
    }

    fn count(limiter: &Limiter, address: &str, now: Instant) -> usize {
        (0..100).filter(|_| admit(limiter, address, RequestKind::Other, now).is_ok()).count()
    }

    #[test]
    fn neighbours_share_a_bucket_and_strangers_do_not() {
        let limiter = limiter(10);
        let now = Instant::now();
        assert_eq!(count(&limiter, "192.0.2.1", now), 10);
        assert_eq!(count(&limiter, "192.0.2.200", now), 0);
        assert_eq!(count(&limiter, "::ffff:192.0.2.7", now), 0);
        assert_eq!(count(&limiter, "198.51.100.1", now), 10);
        assert_eq!(count(&limiter, "2001:db8:1::1", now), 10);
        assert_eq!(count(&limiter, "2001:db8:1:ffff::1", now), 0);
        assert_eq!(admit(&limiter, "192.0.2.1", RequestKind::Other, now), Err(1));
        assert_eq!(count(&limiter, "192.0.2.1", now + Duration::from_secs(3)), 3);
    }

    #[test]
    fn after_an_hour_nothing_is_known_of_a_prefix_even_if_nobody_sends_any_more() {
        let limiter = limiter(10);
        let now = Instant::now();
        count(&limiter, "192.0.2.1", now);
        limiter.forget_what_is_old(now + MAX_PREFIX_AGE - Duration::from_secs(1));
        assert_eq!(lock(&limiter.state).known.len(), 1);
        let secret = lock(&limiter.state).secret;
        limiter.forget_what_is_old(now + MAX_PREFIX_AGE);
        let state = lock(&limiter.state);
        assert!(state.known.is_empty() && state.secret != secret);
    }

    #[test]
    fn a_flood_uses_up_neither_its_own_health_check_nor_that_of_anybody_else() {
        let mut limits = config::Config::defaults().unwrap().rate;
        limits.prefix_burst = 10;
        limits.total_burst = 20;
        let limiter = Limiter::new(&limits, 1_000);
        let now = Instant::now();
        for address in ["192.0.2.1", "198.51.100.1", "203.0.113.1"] {
            count(&limiter, address, now);
        }
        assert!(admit(&limiter, "192.0.2.1", RequestKind::Other, now).is_err());
        assert!(admit(&limiter, "127.0.0.1", RequestKind::Other, now).is_err(), "all together send too much");
        for address in ["192.0.2.1", "127.0.0.1"] {
            for _ in 0..10 {
                assert_eq!(admit(&limiter, address, RequestKind::Monitoring, now), Ok(()));
            }
            assert!(admit(&limiter, address, RequestKind::Monitoring, now).is_err());
        }
    }

    #[test]
    fn what_costs_more_than_a_request_usually_does_is_paid_for() {
        let limiter = limiter(10);
        let now = Instant::now();
        let prefix = limiter.prefix("192.0.2.1".parse().unwrap(), now);
        assert_eq!(limiter.admit(prefix, RequestKind::Other, now), Ok(()));
        limiter.charge(prefix, COST_OF_A_TOKEN);
        assert_eq!(count(&limiter, "192.0.2.1", now), 9, "the token of the request has paid for that");
        let later = now + Duration::from_secs(10);
        assert_eq!(limiter.admit(prefix, RequestKind::Other, later), Ok(()));
        limiter.charge(prefix, 16 * COST_OF_A_TOKEN);
        assert_eq!(limiter.admit(prefix, RequestKind::Other, later), Err(7));
        assert_eq!(limiter.admit(prefix, RequestKind::Other, later + Duration::from_secs(7)), Ok(()));
        assert_eq!(count(&limiter, "198.51.100.1", later), 10, "nobody else pays");
    }

    #[test]
    fn a_prefix_may_send_so_much_in_an_hour_and_then_waits_for_the_next() {
        let limiter = limiter(10);
        let now = Instant::now();
        let prefix = limiter.prefix("192.0.2.1".parse().unwrap(), now);
        assert_eq!(limiter.admit(prefix, RequestKind::Other, now), Ok(()));
        assert_eq!(limiter.admit_bytes(prefix, 1_000, now), Ok(()));
        assert_eq!(limiter.sent(prefix), 0, "a promise is nothing");
        limiter.count_bytes(prefix, 999);
        assert_eq!(limiter.admit_bytes(prefix, 1, now), Ok(()));
        let wait = limiter.admit_bytes(prefix, 2, now + Duration::from_secs(600)).unwrap_err();
        assert!((2_990..=3_001).contains(&wait), "{wait}");
        let other = limiter.prefix("198.51.100.1".parse().unwrap(), now);
        assert_eq!(limiter.admit_bytes(other, 1_000, now), Ok(()));
        let later = now + MAX_PREFIX_AGE;
        let prefix = limiter.prefix("192.0.2.1".parse().unwrap(), later);
        assert_eq!(limiter.admit_bytes(prefix, 1_000, later), Ok(()));
    }

    #[test]
    fn after_an_hour_nothing_is_known_of_anybody() {
        let limiter = limiter(1);
        let now = Instant::now();
        let before = limiter.state.lock().unwrap().secret;
        count(&limiter, "192.0.2.1", now);
        count(&limiter, "198.51.100.1", now + MAX_PREFIX_AGE);
        let state = limiter.state.lock().unwrap();
        assert_ne!(state.secret, before);
        assert_eq!(state.known.len(), 1);
    }
}
