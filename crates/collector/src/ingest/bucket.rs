//! A token bucket.

use std::time::Instant;

/// How fast a bucket fills, and how much it holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flow {
    per_second: f64,
    burst: f64,
}

impl Flow {
    pub(super) fn new(per_second: u32, burst: u32) -> Self {
        Self { per_second: f64::from(per_second.max(1)), burst: f64::from(burst.max(1)) }
    }
}

/// Tokens of one sender, or of all together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    /// Below zero where more was charged afterwards than there was.
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    pub(super) fn full(flow: Flow, now: Instant) -> Self {
        Self { tokens: flow.burst, filled: now }
    }

    fn fill(&mut self, flow: Flow, now: Instant) {
        let gained = now.saturating_duration_since(self.filled).as_secs_f64() * flow.per_second;
        self.tokens = (self.tokens + gained).min(flow.burst);
        self.filled = now;
    }

    /// Takes a token, or returns the seconds until there is one.
    pub(super) fn take(&mut self, flow: Flow, now: Instant) -> Result<(), u32> {
        self.fill(flow, now);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        Err((((1.0 - self.tokens) / flow.per_second).ceil() as u32).max(1))
    }

    /// Takes tokens for what is already done.
    pub(super) fn charge(&mut self, tokens: f64) {
        self.tokens -= tokens;
    }

    pub(super) fn is_full(mut self, flow: Flow, now: Instant) -> bool {
        self.fill(flow, now);
        self.tokens >= flow.burst
    }
}
