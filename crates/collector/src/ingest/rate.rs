//! How fast an address prefix may send, without keeping an address.
//!
//! A prefix (/24, /48) is known by its HMAC under a secret that lives in memory for an hour at most. With the secret
//! all buckets are thrown away, so that nothing here reveals anything about anybody after that, and nothing is ever
//! written.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::Instant;

use super::limits::{MAX_PREFIX_AGE, MAX_PREFIXES};
use crate::config;
use crate::lock::lock;

/// A prefix under the secret of the hour.
type Key = [u8; 16];

#[derive(Debug)]
pub(crate) struct Limiter {
    limits: config::Rate,
    state: Mutex<State>,
}

struct State {
    secret: [u8; 32],
    since: Instant,
    total: Bucket,
    prefixes: HashMap<Key, Bucket>,
}

/// A secret is not for a log.
impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("prefixes", &self.prefixes.len()).finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    /// Takes a token, or returns the seconds until there is one.
    fn take(&mut self, per_second: u32, burst: u32, now: Instant) -> Result<(), u32> {
        let rate = f64::from(per_second.max(1));
        let burst = f64::from(burst.max(1));
        let gained = now.saturating_duration_since(self.filled).as_secs_f64() * rate;
        self.tokens = (self.tokens + gained).min(burst);
        self.filled = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        Err((((1.0 - self.tokens) / rate).ceil() as u32).max(1))
    }

    fn is_full(&self, per_second: u32, burst: u32, now: Instant) -> bool {
        let gained = now.saturating_duration_since(self.filled).as_secs_f64() * f64::from(per_second);
        self.tokens + gained >= f64::from(burst)
    }
}

impl Limiter {
    pub(crate) fn new(limits: config::Rate) -> Self {
        let now = Instant::now();
        let total = Bucket { tokens: f64::from(limits.total_burst), filled: now };
        let state = State { secret: secret(), since: now, total, prefixes: HashMap::new() };
        Self { limits, state: Mutex::new(state) }
    }

    /// Lets a request in, or returns after how many seconds it may come again.
    pub(crate) fn admit(&self, address: IpAddr, now: Instant) -> Result<(), u32> {
        let limits = &self.limits;
        let mut state = lock(&self.state);
        if now.saturating_duration_since(state.since) >= MAX_PREFIX_AGE {
            state.secret = secret();
            state.since = now;
            state.prefixes.clear();
        }
        let key = key(&state.secret, address);
        let rate = limits.prefix_per_second;
        let burst = limits.prefix_burst;
        if let Some(bucket) = state.prefixes.get_mut(&key) {
            bucket.take(rate, burst, now)?;
        } else {
            if state.prefixes.len() >= MAX_PREFIXES {
                state.prefixes.retain(|_, bucket| !bucket.is_full(rate, burst, now));
            }
            if state.prefixes.len() < MAX_PREFIXES {
                let mut fresh = Bucket { tokens: f64::from(burst), filled: now };
                let taken = fresh.take(rate, burst, now);
                state.prefixes.insert(key, fresh);
                taken?;
            }
        }
        state.total.take(limits.total_per_second, limits.total_burst, now)
    }
}

fn key(secret: &[u8; 32], address: IpAddr) -> Key {
    // A hash over the secret and the prefix reveals neither, as long as nobody sees it and all inputs have one length.
    // HMAC, which is made for more, would cost four times as much on every request.
    let mut keyed = [0; 40];
    keyed[..32].copy_from_slice(secret);
    match address.to_canonical() {
        IpAddr::V4(address) => keyed[32..35].copy_from_slice(&address.octets()[..3]),
        IpAddr::V6(address) => {
            keyed[32..38].copy_from_slice(&address.octets()[..6]);
            keyed[39] = 6;
        }
    }
    let mac = hmac_sha256::Hash::hash(&keyed);
    let mut key = Key::default();
    key.copy_from_slice(&mac[..16]);
    key
}

/// Random bytes from the system; should that fail, the standard library's hash keys, which come from there too.
fn secret() -> [u8; 32] {
    use std::hash::{BuildHasher as _, RandomState};
    let mut secret = [0; 32];
    let got = rustix::rand::getrandom(&mut secret[..], rustix::rand::GetRandomFlags::empty());
    if got != Ok(secret.len()) {
        for part in secret.chunks_exact_mut(8) {
            part.copy_from_slice(&RandomState::new().hash_one(0u8).to_le_bytes());
        }
    }
    secret
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(burst: u32) -> Limiter {
        let mut limits = config::Config::defaults().unwrap().rate;
        limits.prefix_per_second = 1;
        limits.prefix_burst = burst;
        Limiter::new(limits)
    }

    fn count(limiter: &Limiter, address: &str, now: Instant) -> usize {
        (0..100).filter(|_| limiter.admit(address.parse().unwrap(), now).is_ok()).count()
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
        assert_eq!(limiter.admit("192.0.2.1".parse().unwrap(), now), Err(1));
        assert_eq!(count(&limiter, "192.0.2.1", now + std::time::Duration::from_secs(3)), 3);
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
        assert_eq!(state.prefixes.len(), 1);
    }
}
