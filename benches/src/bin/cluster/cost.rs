//! What a piece of work cost.

use std::ops::AddAssign;
use std::time::{Duration, Instant};

use aboveboard_benches::{Outcome, usage};

use crate::servers::Servers;

/// CPU time of the collector and of the servers, and how long it took.
#[derive(Clone, Copy, Default)]
pub(crate) struct Cost {
    pub(crate) collector: Duration,
    pub(crate) servers: Duration,
    pub(crate) wall: Duration,
}

impl Cost {
    /// Does something and adds what it cost; `process` is the collector that does it.
    pub(crate) fn add<T>(
        &mut self,
        process: u32,
        servers: Option<&Servers>,
        work: impl FnOnce() -> Outcome<T>,
    ) -> Outcome<T> {
        let of_servers = || servers.map_or(Ok(Duration::ZERO), Servers::cpu);
        let collector = usage::cpu(process)?;
        let before = of_servers()?;
        let began = Instant::now();
        let done = work()?;
        self.wall += began.elapsed();
        self.collector += usage::cpu(process)?.saturating_sub(collector);
        self.servers += of_servers()?.saturating_sub(before);
        Ok(done)
    }

    /// CPU time in all.
    pub(crate) fn all(&self) -> Duration {
        self.collector + self.servers
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, more: Self) {
        self.collector += more.collector;
        self.servers += more.servers;
        self.wall += more.wall;
    }
}

/// Microseconds an event.
pub(crate) fn micros(time: Duration, events: u64) -> f64 {
    time.as_secs_f64() * 1e6 / events.max(1) as f64
}

/// Milliseconds of one of several.
pub(crate) fn millis(time: Duration, times: u32) -> f64 {
    time.as_secs_f64() * 1e3 / f64::from(times)
}
