//! The state machine: what to do next, and what a reply means. It reads no clock and touches nothing, so that every
//! test gives it the times it wants.

use std::collections::VecDeque;

use aboveboard_types::event::Seconds;
use aboveboard_types::id::Id;
use aboveboard_types::refusal::{Consequence, Subject};
use aboveboard_wire::Receipt;

use super::jitter::Jitter;
use super::limits::{CLOSED_REST, MAX_REQUESTS_PER_MINUTE};
use super::memory::Memory;
use super::pace::Pace;
use super::retry_after::retry_after;
use super::transport::{Failure, Reply};
use super::verdict::{Fate, Kept, Outage, Step, Verdict};

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
        if now < memory.closed_until && !self.pace.on_demand {
            return Step::Wait(memory.closed_until);
        }
        if now < memory.not_before && (memory.asked || !self.pace.on_demand) {
            return Step::Wait(memory.not_before);
        }
        if memory.minute == now / 60 && memory.requests >= MAX_REQUESTS_PER_MINUTE {
            return Step::Wait((now / 60 + 1) * 60);
        }
        Step::Send(*batch)
    }

    /// Counts that the request for the batch at the front is about to go out. Call it, and store the memory,
    /// before the first byte leaves: a process that is killed meanwhile has still been counted.
    pub fn begin(&mut self, now: Seconds) {
        let memory = &mut self.memory;
        if memory.minute != now / 60 {
            memory.minute = now / 60;
            memory.requests = 0;
        }
        memory.requests = memory.requests.saturating_add(1);
        memory.last = now;
    }

    /// What the reply to the batch at the front means; `None` if the queue is empty.
    pub fn reply(&mut self, now: Seconds, reply: &Result<Reply, Failure>) -> Option<Verdict> {
        let batch = *self.queue.front()?;
        let fate = self.judge(now, batch, reply);
        let outage = match fate {
            Fate::Acknowledged { .. } | Fate::Rejected(_) => {
                self.queue.pop_front();
                self.well(now)
            }
            Fate::Closed => {
                self.pace.on_demand = false;
                self.well(now)
            }
            Fate::Kept(kept) => self.keep(now, kept, reply),
        };
        Some(Verdict { batch, fate, outage })
    }

    /// Passes over the batch at the front: it is gone, or another process has it.
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
        if reply.status == 202 {
            return match Receipt::read(&reply.body, batch) {
                Some(receipt) => {
                    self.memory.refusal = None;
                    self.memory.closed_until = 0;
                    Fate::Acknowledged {
                        accepted: receipt.accepted,
                        rejected: u32::try_from(receipt.rejected.len()).unwrap_or(u32::MAX),
                    }
                }
                None => Fate::Kept(Kept::NoReceipt),
            };
        }
        let Some(reason) = reply.refusal(Subject::Batch(batch)) else {
            return Fate::Kept(Kept::Status(reply.status));
        };
        self.memory.refusal = Some(reason);
        match reason.consequence() {
            Consequence::SetAside => Fate::Rejected(reply.status),
            Consequence::Later => Fate::Kept(Kept::Later(reply.status)),
            Consequence::Closed => {
                self.memory.closed_until = now.saturating_add(CLOSED_REST);
                Fate::Closed
            }
        }
    }

    /// The collector answered: any outage is over.
    fn well(&mut self, now: Seconds) -> Option<Outage> {
        self.memory.not_before = 0;
        self.memory.asked = false;
        self.memory.outage.take().map(|since| Outage::Ended(now.saturating_sub(since)))
    }

    fn keep(&mut self, now: Seconds, kept: Kept, reply: &Result<Reply, Failure>) -> Option<Outage> {
        // A person asked for one attempt, and that was it.
        self.pace.on_demand = false;
        let outage = self.memory.outage.is_none().then_some(Outage::Began);
        let since = *self.memory.outage.get_or_insert(now);
        let asked = match (kept, reply) {
            (Kept::Later(_), Ok(reply)) => reply.retry_after(now),
            _ => None,
        };
        let pause = self.pace.pause(now.saturating_sub(since), &mut self.jitter);
        self.memory.asked = asked.is_some();
        self.memory.not_before = now.saturating_add(match asked {
            // The whole fleet got the same time: come back after it, but not all at once.
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
