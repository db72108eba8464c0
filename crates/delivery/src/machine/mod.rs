//! The state machine: what to do next, and what a reply means. It reads no clock and touches nothing.

use std::collections::VecDeque;

use super::jitter::Jitter;
use super::limits::{CLOSED, EVERY, MIN_PART, PAUSE_PART, REQUESTS_A_MINUTE, SPREAD_PART};
use super::memory::Memory;
use super::retry_after::retry_after;
use super::transport::{Failure, Reply};
use aboveboard_types::event::Seconds;
use aboveboard_types::id::Id;
use aboveboard_wire::Receipt;

/// How a delivery paces itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pace {
    /// Seconds between two regular rounds; pauses and their spread are parts of it.
    pub every: u64,
    /// True when a person asked for this round: a pause that an earlier round left is skipped, one that the
    /// collector asked for is not, nor one that follows a failure of this round.
    pub on_demand: bool,
}

impl Default for Pace {
    fn default() -> Self {
        Self { every: EVERY, on_demand: false }
    }
}

impl Pace {
    /// Rounds every so many seconds.
    #[must_use]
    pub fn every(seconds: u64) -> Self {
        Self { every: seconds, ..Self::default() }
    }

    /// A round that a person asked for.
    #[must_use]
    pub fn on_demand(self) -> Self {
        Self { on_demand: true, ..self }
    }

    /// Over how many seconds a fleet's retries are spread at least.
    #[must_use]
    pub fn spread(self) -> u64 {
        self.every / SPREAD_PART
    }

    /// The pause after a failure in an outage that has lasted for `lasted` seconds.
    ///
    /// It is drawn from nearly nothing to as long as the outage has lasted, so pauses grow exponentially, the
    /// retries of a fleet spread over the length of the outage, and whatever the dice say, a client is back
    /// after no more than twice the outage (or after one spread, where the outage was shorter).
    fn pause(self, lasted: u64, jitter: &mut Jitter) -> u64 {
        let most = lasted.min(self.every / PAUSE_PART).max(self.least() + self.window());
        jitter.between(self.least(), most)
    }

    fn least(self) -> u64 {
        (self.spread() / MIN_PART).max(1)
    }

    /// What retries are drawn from: a little more than the spread, so that the spread lies also between the first
    /// hundredth of a fleet and its last.
    fn window(self) -> u64 {
        self.spread() + self.least()
    }
}

/// What to do next. The machine names a batch; a [`Round`](super::Round) hands out its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<What = Id> {
    /// Send this, then tell what came back.
    Send(What),
    /// Nothing may be sent before this time.
    Wait(Seconds),
    /// Nothing is left to send.
    Done,
}

/// What a reply meant for its batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The batch.
    pub batch: Id,
    /// What became of it.
    pub fate: Fate,
    /// What is worth one line in a log: an outage begins or ends. At most one of each per outage.
    pub outage: Option<Outage>,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fate {
    /// Our collector has it on disk.
    Acknowledged {
        /// Events taken.
        accepted: u32,
        /// Events refused, each with its reason in the receipt.
        rejected: u32,
    },
    /// The collector will never take it: `400`, `413`, `415`, `422`. It is set aside and not sent again.
    Refused(u16),
    /// It stays, and is sent again after a pause.
    Kept(Kept),
    /// `410`: the product is closed; nothing is sent for 90 days. The batch stays until it is too old.
    Closed,
}

/// Why a batch was not acknowledged and stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kept {
    /// The collector asked to come later: `429`, `503`, `507`.
    Later(u16),
    /// A `202` whose body is not a receipt for this batch.
    NoReceipt,
    /// A status that no collector of ours gives: a redirect, a captive portal's `200`, a proxy's `502`.
    Status(u16),
    /// No reply at all.
    Failure(Failure),
}

/// The beginning or the end of an outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    /// The first failure after all was well.
    Began,
    /// The first acknowledgement since; seconds that the outage lasted.
    Ended(u64),
}

/// One round of delivery over a queue of batches, oldest first.
///
/// The breaker is part of it: the first failure ends the round for all batches, and after the pause one batch
/// goes first as a probe, since a round sends them one by one.
#[derive(Clone, Debug)]
pub struct Delivery {
    pace: Pace,
    memory: Memory,
    jitter: Jitter,
    queue: VecDeque<Id>,
}

impl Delivery {
    /// A round over `queue`, with what an earlier round remembered.
    #[must_use]
    pub fn new(pace: Pace, memory: Memory, jitter: Jitter, queue: impl IntoIterator<Item = Id>) -> Self {
        Self { pace, memory, jitter, queue: queue.into_iter().collect() }
    }

    /// What to do at `now`. A wait is never longer than the bounds of [`limits`](super::limits), even where the
    /// clock has jumped.
    pub fn next(&mut self, now: Seconds) -> Step {
        let Some(batch) = self.queue.front() else { return Step::Done };
        self.memory.bound(now);
        let memory = &self.memory;
        if now < memory.closed_until {
            return Step::Wait(memory.closed_until);
        }
        if now < memory.not_before && (memory.asked || !self.pace.on_demand) {
            return Step::Wait(memory.not_before);
        }
        if memory.minute == now / 60 && memory.requests >= REQUESTS_A_MINUTE {
            return Step::Wait((now / 60 + 1) * 60);
        }
        Step::Send(*batch)
    }

    /// Notes that the request for the batch at the front is about to go out. Call it, and store the memory,
    /// before the first byte leaves: a process that is killed meanwhile has still been counted.
    pub fn begin(&mut self, now: Seconds) {
        let memory = &mut self.memory;
        if memory.minute != now / 60 {
            (memory.minute, memory.requests) = (now / 60, 0);
        }
        memory.requests = memory.requests.saturating_add(1);
        memory.last = now;
    }

    /// What the reply to the batch at the front means; `None` if the queue is empty.
    pub fn reply(&mut self, now: Seconds, reply: &Result<Reply, Failure>) -> Option<Verdict> {
        let batch = *self.queue.front()?;
        let fate = self.judge(now, batch, reply);
        let outage = match fate {
            Fate::Acknowledged { .. } | Fate::Refused(_) => {
                self.queue.pop_front();
                self.well(now)
            }
            Fate::Closed => self.well(now),
            Fate::Kept(_) => self.keep(now, reply),
        };
        Some(Verdict { batch, fate, outage })
    }

    /// The batch at the front is gone or taken by another process: on to the next.
    pub fn skip(&mut self) {
        self.queue.pop_front();
    }

    /// What the next round must remember.
    #[must_use]
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    fn judge(&mut self, now: Seconds, batch: Id, reply: &Result<Reply, Failure>) -> Fate {
        let reply = match reply {
            Ok(reply) => reply,
            Err(failure) => return Fate::Kept(Kept::Failure(*failure)),
        };
        match reply.status {
            202 => match Receipt::read(&reply.body, batch) {
                Some(receipt) => Fate::Acknowledged {
                    accepted: receipt.accepted,
                    rejected: u32::try_from(receipt.rejected.len()).unwrap_or(u32::MAX),
                },
                None => Fate::Kept(Kept::NoReceipt),
            },
            status @ (400 | 413 | 415 | 422) => Fate::Refused(status),
            410 => {
                self.memory.closed_until = now.saturating_add(CLOSED);
                Fate::Closed
            }
            status @ (429 | 503 | 507) => Fate::Kept(Kept::Later(status)),
            status => Fate::Kept(Kept::Status(status)),
        }
    }

    /// The collector answered.
    fn well(&mut self, now: Seconds) -> Option<Outage> {
        (self.memory.not_before, self.memory.asked) = (0, false);
        self.memory.outage.take().map(|since| Outage::Ended(now.saturating_sub(since)))
    }

    fn keep(&mut self, now: Seconds, reply: &Result<Reply, Failure>) -> Option<Outage> {
        // One try is what was asked for.
        self.pace.on_demand = false;
        let outage = self.memory.outage.is_none().then_some(Outage::Began);
        let since = *self.memory.outage.get_or_insert(now);
        let asked = match reply {
            Ok(reply) if matches!(reply.status, 429 | 503 | 507) => reply.retry_after(now),
            _ => None,
        };
        let pause = self.pace.pause(now.saturating_sub(since), &mut self.jitter);
        self.memory.asked = asked.is_some();
        self.memory.not_before = now.saturating_add(match asked {
            // Everybody was told the same: come back after that, but not all at once.
            Some(asked) => asked.saturating_add(self.jitter.between(0, self.pace.window())),
            None => pause,
        });
        outage
    }
}

impl Reply {
    /// The seconds that its `Retry-After` asks to wait, at most 24 hours.
    #[must_use]
    pub fn retry_after(&self, now: Seconds) -> Option<u64> {
        retry_after(self.retry_after.as_deref()?, self.date.as_deref(), now)
    }
}

#[cfg(test)]
mod tests;
