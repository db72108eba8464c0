//! What a delivery remembers of one endpoint between two rounds: one small line in the state directory. No collector's
//! answer delays what is for another.

use std::fmt::Write as _;
use std::path::PathBuf;

#[cfg(feature = "network")]
use super::limits::{CLOSED_REST, MAX_RETRY_AFTER};
use aboveboard_core::consent::{Permit, still_permitted};
use aboveboard_core::endpoint::Endpoint;
use aboveboard_core::own_files::DELIVERY;
use aboveboard_core::paths::Paths;
use aboveboard_files::Directory;
use aboveboard_types::event::Seconds;
use aboveboard_types::refusal::RefusalReason;

/// The name of the file of an endpoint, in the state directory.
fn file(endpoint: &Endpoint) -> String {
    format!("{DELIVERY}{}", endpoint.tag())
}

/// Pauses, closures and the count of requests, so that they hold across processes and restarts.
///
/// A line that cannot be read is a fresh memory: the worst that follows is one request too early.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Memory {
    /// When the first failure of the outage that still lasts was seen; `None` while all is well.
    pub outage: Option<Seconds>,
    /// Nothing is sent before this time.
    pub not_before: Seconds,
    /// Whether the collector asked for `not_before`, rather than our own caution.
    pub asked: bool,
    /// After a `410`: nothing is sent before this time.
    pub closed_until: Seconds,
    /// The minute (since 1970) in which requests are counted.
    pub minute: u64,
    /// Requests in that minute.
    pub requests: u32,
    /// When the last request was begun; 0 for never.
    pub last: Seconds,
    /// Why the collector refused a batch the last time, until it takes one.
    pub refusal: Option<RefusalReason>,
}

impl Memory {
    /// The file, for people.
    #[must_use]
    pub fn place(places: &Paths, endpoint: &Endpoint) -> PathBuf {
        places.state().join(file(endpoint))
    }

    /// What the last round to this endpoint remembered.
    #[must_use]
    pub fn load(places: &Paths, endpoint: &Endpoint) -> Self {
        let content = Directory::open(places.state()).and_then(|state| state.content(&file(endpoint), 512));
        content.ok().and_then(|line| Self::read(std::str::from_utf8(&line).ok()?)).unwrap_or_default()
    }

    /// Stores the memory for the next round. Where that fails, the next round knows less, which costs at most a
    /// request; where everything was deleted meanwhile, nothing is made anew.
    pub fn store(&self, _permit: &Permit, places: &Paths, endpoint: &Endpoint) {
        if let Ok(state) = Directory::open(places.state()) {
            let _ = state.replace(&file(endpoint), self.line().as_bytes(), false);
            // Where everything was deleted but the directory, which a ticket or something of somebody else's keeps.
            still_permitted(places);
        }
    }

    /// Reads what [`Memory::line`] writes, and nothing else.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        let mut words = line.trim_end().split(' ');
        if words.next()? != "delivery" || words.next()? != "2" {
            return None;
        }
        let mut value = |key: &str| words.next()?.strip_prefix(key)?.strip_prefix('=');
        let refusal = value("refusal").map(RefusalReason::parse)?;
        let mut number = |key: &str| value(key)?.parse::<u64>().ok();
        let outage = number("outage")?;
        Some(Self {
            outage: (outage > 0).then_some(outage),
            not_before: number("not-before")?,
            asked: number("asked")? == 1,
            closed_until: number("closed-until")?,
            minute: number("minute")?,
            requests: u32::try_from(number("requests")?).ok()?,
            last: number("last")?,
            refusal,
        })
    }

    /// The line that [`Memory::load`] reads; people can read it too.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = String::with_capacity(128);
        // Writing into a `String` cannot fail.
        let _ = writeln!(
            line,
            "delivery 2 refusal={} outage={} not-before={} asked={} closed-until={} minute={} requests={} last={}",
            self.refusal.map_or("none", RefusalReason::name),
            self.outage.unwrap_or(0),
            self.not_before,
            u8::from(self.asked),
            self.closed_until,
            self.minute,
            self.requests,
            self.last,
        );
        line
    }

    /// When the next round may begin, for an agent that sends once every `every` seconds.
    #[must_use]
    pub fn next_round(&self, every: u64) -> Seconds {
        let regular = if self.last == 0 { 0 } else { self.last.saturating_add(every) };
        regular.max(self.not_before).max(self.closed_until)
    }

    /// Takes out what a clock that was wrong may have left: no wait is longer than its own bound.
    #[cfg(feature = "network")]
    pub(super) fn bound(&mut self, now: Seconds) {
        self.not_before = self.not_before.min(now.saturating_add(MAX_RETRY_AFTER * 2));
        self.closed_until = self.closed_until.min(now.saturating_add(CLOSED_REST));
        self.last = self.last.min(now);
        self.outage = self.outage.map(|since| since.min(now));
        if self.minute > now / 60 {
            (self.minute, self.requests) = (now / 60, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_forgets_what_it_cannot_read() {
        let memory = Memory {
            outage: Some(5),
            not_before: 900,
            asked: true,
            closed_until: 7,
            minute: 30_000_000,
            requests: 4,
            last: 1_800_000_000,
            refusal: Some(RefusalReason::ProofMissing),
        };
        let line = memory.line();
        assert_eq!(Memory::read(&line), Some(memory));
        for end in 0..line.len() - 2 {
            let read = Memory::read(&line[..end]).unwrap_or_default();
            assert!(read == Memory::default() || read.requests == 4, "{end}");
        }
        for garbage in
            ["", "delivery 3 refusal=none outage=1", "\0\0", "delivery 2 refusal=none outage=-1 not-before=2"]
        {
            assert_eq!(Memory::read(garbage), None);
        }
    }

    #[cfg(feature = "network")]
    #[test]
    fn a_clock_that_jumps_back_ten_years_does_not_silence_for_ten_years() {
        let now = 1_500_000_000;
        let later = now + 315_360_000;
        let mut memory = Memory { not_before: later, closed_until: later, last: later, ..Memory::default() };
        memory.bound(now);
        assert!(memory.next_round(86_400) <= now + CLOSED_REST);
        assert!(memory.not_before <= now + 2 * MAX_RETRY_AFTER);
    }
}
