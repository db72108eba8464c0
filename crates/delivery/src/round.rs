//! One round: the machine joined to a spool and to the file in which it remembers.

use std::time::Instant;

use super::collectors::remember;
use super::jitter::Jitter;
use super::machine::Delivery;
use super::memory::Memory;
use super::pace::Pace;
use super::transport::{Failure, Reply, Request, Transport};
use super::verdict::{Fate, Step, Verdict};
use aboveboard_core::consent::Permit;
use aboveboard_core::endpoint::Endpoint;
use aboveboard_core::paths::Paths;
use aboveboard_core::spool::{Claimed, Spool};
use aboveboard_types::clock::Clock;
use aboveboard_types::declaration::Declaration;
use aboveboard_types::event::Seconds;
use aboveboard_types::possession::Proof;

/// One round of delivery: seals what waits, then hands over batch by batch.
///
/// It blocks on the disk alone. Send what [`Round::next`] returns and pass the outcome to [`Round::reply`]; or let
/// [`Round::run`] do so with a blocking transport. Dropped in the middle, it frees the batch that was under way.
#[derive(Debug)]
pub struct Round {
    spool: Spool,
    permit: Permit,
    places: Paths,
    endpoint: Endpoint,
    ingest_key: String,
    /// Only the endpoint of this round gets it: at another host it proves nothing.
    proof: Proof,
    delivery: Delivery,
    claimed: Option<Claimed>,
    /// Whether it is written down that batches go to this endpoint.
    is_remembered: bool,
}

impl Round {
    /// Seals what waits and opens a round over it. `None` where the permit does not allow to send, or nothing
    /// was ever recorded.
    #[must_use]
    pub fn open(
        permit: &Permit,
        declaration: &Declaration,
        places: &Paths,
        pace: Pace,
        now: Seconds,
    ) -> Option<Self> {
        let endpoint = permit.endpoint().filter(|_| permit.may_send())?.clone();
        let spool = Spool::open(permit, declaration, places)?;
        spool.seal(now);
        let proof = spool.proof()?;
        let delivery =
            Delivery::new(pace, Memory::load(places, &endpoint), Jitter::of_this_run(), spool.pending());
        Some(Self {
            spool,
            permit: permit.clone(),
            places: places.clone(),
            endpoint,
            ingest_key: declaration.ingest_key.to_string(),
            proof,
            delivery,
            claimed: None,
            is_remembered: false,
        })
    }

    /// Where this round sends.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// What to do at `now`: the request for the next batch, a wait, or nothing more.
    ///
    /// The request is counted and remembered before it is handed out, so a process that is killed while it sends
    /// has used it up.
    pub fn next(&mut self, now: Seconds) -> Step<Request> {
        loop {
            let batch = match self.delivery.next(now) {
                Step::Send(batch) => batch,
                Step::Wait(until) => return Step::Wait(until),
                Step::Done => return Step::Done,
            };
            // Another process may have it, or it has become too old.
            let Some(claimed) = self.spool.claim(batch, now) else {
                self.delivery.skip();
                continue;
            };
            if !self.is_remembered {
                if !remember(&self.permit, &self.places, &self.endpoint) {
                    claimed.release();
                    return Step::Done;
                }
                self.is_remembered = true;
            }
            self.delivery.begin(now);
            self.delivery.memory().store(&self.permit, &self.places, &self.endpoint);
            let sealed = (claimed.id, claimed.body.clone());
            let request = Request::batch(&self.endpoint, &self.ingest_key, now, sealed, &self.proof);
            self.claimed = Some(claimed);
            return Step::Send(request);
        }
    }

    /// Applies what came back. `None` if no request was under way.
    pub fn reply(&mut self, now: Seconds, reply: &Result<Reply, Failure>) -> Option<Verdict> {
        let claimed = self.claimed.take()?;
        let verdict = self.delivery.reply(now, reply)?;
        match (verdict.fate, reply) {
            (Fate::Acknowledged { .. }, Ok(reply)) => claimed.acknowledge(&reply.body),
            (Fate::Rejected(status), _) => claimed.reject(status),
            _ => claimed.release(),
        }
        self.delivery.memory().store(&self.permit, &self.places, &self.endpoint);
        Some(verdict)
    }

    /// Sends with a blocking transport until there is nothing to do or `deadline` has passed; a request that was
    /// begun before it is finished. Returns what became of each batch, and why it ended.
    pub fn run(
        &mut self,
        transport: &mut dyn Transport,
        clock: &dyn Clock,
        deadline: Instant,
    ) -> (Vec<Verdict>, Ended) {
        let mut verdicts = Vec::new();
        loop {
            if Instant::now() >= deadline {
                return (verdicts, Ended::Deadline);
            }
            match self.next(clock.now()) {
                Step::Done => return (verdicts, Ended::Done),
                Step::Wait(until) => return (verdicts, Ended::Wait(until)),
                Step::Send(request) => {
                    let reply = transport.post(&request);
                    verdicts.extend(self.reply(clock.now(), &reply));
                }
            }
        }
    }
}

/// Why a round ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nothing is left to send.
    Done,
    /// Nothing may be sent before this time.
    Wait(Seconds),
    /// The deadline passed.
    Deadline,
}
