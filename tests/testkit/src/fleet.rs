//! A fleet in simulation: how many clients fall upon a collector when it comes back, and when.
//!
//! Every client is the real state machine with the memory of its earlier rounds; only the collector and the
//! clock are made up. The full run is the example `fleet`.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;

use aboveboard_delivery::jitter::Jitter;
use aboveboard_delivery::{Delivery, Failure, Memory, Pace, Reply, Step};
use aboveboard_types::event::Seconds;
use aboveboard_types::id::Id;

/// What is simulated.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many clients, each with one batch.
    pub clients: u32,
    /// How they come to the outage.
    pub start: Start,
    /// How long the collector is away, in seconds.
    pub outage: u64,
    /// How many requests it takes in a second afterwards; those above get a `503` with `Retry-After: 60`.
    pub capacity: u32,
    /// Seed of every draw.
    pub seed: u64,
}

/// When the clients first try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// All in the first second of the outage.
    AtOnce,
    /// Spread over the outage, as a fleet with phases is.
    Spread,
}

/// What came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrivals {
    /// Acknowledged batches; all of them, or the simulation found a client that gave up.
    pub acknowledged: u32,
    /// Requests in all, those during the outage included.
    pub requests: u64,
    /// Requests answered `503` for want of capacity.
    pub shed: u64,
    /// Most requests in one second after the end of the outage.
    pub peak: u32,
    /// Seconds from the arrival of the first hundredth of the batches to that of the last.
    pub spread: u64,
    /// Seconds from the end of the outage until 99 of 100 batches had arrived.
    pub most: u64,
    /// Seconds from the end of the outage until the last batch had arrived.
    pub recovery: u64,
}

impl fmt::Display for Arrivals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "acknowledged {}, requests {}, shed {}, peak {}/s, spread {} s, 99 % after {} s, all after {} s",
            self.acknowledged, self.requests, self.shed, self.peak, self.spread, self.most, self.recovery
        )
    }
}

/// The moment at which a simulated outage begins.
const START: Seconds = 1_800_000_000;

/// Runs a plan until every batch is acknowledged or a month has passed.
#[must_use]
pub fn simulate(plan: &Plan) -> Arrivals {
    let mut collector = Collector { plan, second: 0, taken: 0, peak: 0, shed: 0 };
    let mut dice = Jitter::seeded(plan.seed);
    let mut memories = vec![Memory::default(); plan.clients as usize];
    let mut due: BinaryHeap<Reverse<(Seconds, u32)>> = (0..plan.clients)
        .map(|client| match plan.start {
            Start::AtOnce => Reverse((START, client)),
            Start::Spread => Reverse((START + dice.between(0, plan.outage), client)),
        })
        .collect();
    let mut arrived = Vec::with_capacity(plan.clients as usize);
    let mut requests = 0;
    while let Some(Reverse((now, client))) = due.pop() {
        if now > START + 30 * 86_400 {
            break;
        }
        let batch = Id::from_custom(u128::from(client).to_be_bytes());
        let memory = &mut memories[client as usize];
        let jitter = Jitter::seeded(dice.between(0, u64::MAX));
        // Every attempt is a process of its own, as with a command line program.
        let mut delivery = Delivery::new(Pace::default(), std::mem::take(memory), jitter, [batch]);
        loop {
            match delivery.next(now) {
                Step::Done => break arrived.push(now),
                Step::Wait(until) => break due.push(Reverse((until, client))),
                Step::Send(batch) => {
                    requests += 1;
                    delivery.begin(now);
                    delivery.reply(now, &collector.reply(now, batch));
                }
            }
        }
        *memory = delivery.memory().clone();
    }
    collector.arrivals(&arrived, requests)
}

struct Collector<'p> {
    plan: &'p Plan,
    second: Seconds,
    taken: u32,
    peak: u32,
    shed: u64,
}

impl Collector<'_> {
    fn ends(&self) -> Seconds {
        START + self.plan.outage
    }

    fn reply(&mut self, now: Seconds, batch: Id) -> Result<Reply, Failure> {
        if now < self.ends() {
            return Err(Failure::Connect);
        }
        if self.second != now {
            (self.second, self.taken) = (now, 0);
        }
        self.taken += 1;
        self.peak = self.peak.max(self.taken);
        if self.taken > self.plan.capacity {
            self.shed += 1;
            return Ok(Reply { status: 503, retry_after: Some("60".to_owned()), ..Reply::default() });
        }
        let body = format!("{{\"batch\":\"{batch}\",\"accepted\":1,\"rejected\":[]}}").into_bytes();
        Ok(Reply { status: 202, body, ..Reply::default() })
    }

    /// `arrived` ascends, since time does.
    fn arrivals(&self, arrived: &[Seconds], requests: u64) -> Arrivals {
        let at = |part: usize| arrived.get(arrived.len().saturating_sub(1) * part / 100).copied();
        let since = |part| at(part).unwrap_or(self.ends()).saturating_sub(self.ends());
        Arrivals {
            acknowledged: u32::try_from(arrived.len()).unwrap_or(u32::MAX),
            requests,
            shed: self.shed,
            peak: self.peak,
            spread: since(100) - since(1),
            most: since(99),
            recovery: since(100),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fleet_that_fails_in_one_second_comes_back_over_an_hour_and_within_the_outage() {
        for (start, outage) in [
            (Start::AtOnce, 60),
            (Start::AtOnce, 7_200),
            (Start::AtOnce, 21_600),
            (Start::Spread, 21_600),
            (Start::Spread, 86_400),
        ] {
            let plan = Plan { clients: 20_000, start, outage, capacity: 40, seed: 38 };
            let arrivals = simulate(&plan);
            assert_eq!(arrivals.acknowledged, plan.clients, "{plan:?}: {arrivals}");
            assert!(arrivals.spread >= 3_600, "{plan:?}: {arrivals}");
            // Who spreads over an hour after a minute's outage needs the hour: one pause, and no second one.
            assert!(arrivals.recovery <= plan.outage.max(3_720), "{plan:?}: {arrivals}");
        }
    }

    #[test]
    fn a_collector_with_too_little_room_sheds_and_still_gets_every_batch() {
        let plan = Plan { clients: 20_000, start: Start::AtOnce, outage: 7_200, capacity: 4, seed: 38 };
        let arrivals = simulate(&plan);
        assert_eq!(arrivals.acknowledged, plan.clients, "{arrivals}");
        assert!(arrivals.shed > 0 && arrivals.requests < 10 * u64::from(plan.clients), "{arrivals}");
    }
}
