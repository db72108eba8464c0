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
use super::limits::{COST_OF_A_TOKEN, MAX_PREFIX_AGE, MAX_PREFIXES, PREFIX_SWEEP_INTERVAL};
use super::prefix::{Prefix, Secret};
use crate::config;
use crate::lock::lock;

#[derive(Debug)]
pub(crate) struct Limiter {
    prefix: Flow,
    total: Flow,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    secret: Secret,
    since: Instant,
    swept: Instant,
    total: Bucket,
    senders: HashMap<Prefix, Sender>,
}

/// What is known of one prefix.
#[derive(Clone, Copy, Debug)]
struct Sender {
    requests: Bucket,
    monitoring: Bucket,
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
    pub(crate) fn new(limits: &config::Rate) -> Self {
        let now = Instant::now();
        let total = Flow::new(limits.total_per_second, limits.total_burst);
        let state = State {
            secret: Secret::random(),
            since: now,
            swept: now,
            total: Bucket::full(total, now),
            senders: HashMap::new(),
        };
        let prefix = Flow::new(limits.prefix_per_second, limits.prefix_burst);
        Self { prefix, total, state: Mutex::new(state) }
    }

    /// The prefix of an address, under the secret of this hour.
    pub(crate) fn prefix(&self, address: IpAddr, now: Instant) -> Prefix {
        let mut state = lock(&self.state);
        if now.saturating_duration_since(state.since) >= MAX_PREFIX_AGE {
            state.secret = Secret::random();
            state.since = now;
            state.senders.clear();
        }
        state.secret.prefix(address)
    }

    /// Lets a request in, or returns after how many seconds it may come again.
    pub(crate) fn admit(&self, prefix: Prefix, kind: RequestKind, now: Instant) -> Result<(), u32> {
        let mut state = lock(&self.state);
        if let Some(sender) = self.sender(&mut state, prefix, now) {
            let bucket = match kind {
                RequestKind::Monitoring => &mut sender.monitoring,
                RequestKind::Other => &mut sender.requests,
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
            if let Some(sender) = state.senders.get_mut(&prefix) {
                sender.requests.charge(tokens);
            }
        }
    }

    /// What is known of a prefix; `None` where too many others are known already.
    fn sender<'s>(&self, state: &'s mut State, prefix: Prefix, now: Instant) -> Option<&'s mut Sender> {
        let is_known = state.senders.contains_key(&prefix);
        if !is_known && state.senders.len() >= MAX_PREFIXES {
            // A look at all of them costs too much for every request of a flood.
            if now.saturating_duration_since(state.swept) < PREFIX_SWEEP_INTERVAL {
                return None;
            }
            state.swept = now;
            state.senders.retain(|_, sender| !sender.is_idle(self.prefix, now));
            if state.senders.len() >= MAX_PREFIXES {
                return None;
            }
        }
        let full = Bucket::full(self.prefix, now);
        Some(state.senders.entry(prefix).or_insert(Sender { requests: full, monitoring: full }))
    }
}

impl Sender {
    fn is_idle(&self, flow: Flow, now: Instant) -> bool {
        self.requests.is_full(flow, now) && self.monitoring.is_full(flow, now)
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
        Limiter::new(&limits)
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
    fn a_flood_uses_up_neither_its_own_health_check_nor_that_of_anybody_else() {
        let mut limits = config::Config::defaults().unwrap().rate;
        limits.prefix_burst = 10;
        limits.total_burst = 20;
        let limiter = Limiter::new(&limits);
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
    fn after_an_hour_nothing_is_known_of_anybody() {
        let limiter = limiter(1);
        let now = Instant::now();
        let before = limiter.state.lock().unwrap().secret;
        count(&limiter, "192.0.2.1", now);
        count(&limiter, "198.51.100.1", now + MAX_PREFIX_AGE);
        let state = limiter.state.lock().unwrap();
        assert_ne!(state.secret, before);
        assert_eq!(state.senders.len(), 1);
    }
}
