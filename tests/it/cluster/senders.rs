//! Installations that send what they recorded to one collector or another until it is acknowledged, and are erased now and then.

use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aboveboard_delivery::jitter::Jitter;
use aboveboard_testkit::sender;
use aboveboard_types::headers;
use aboveboard_types::id::Id;
use aboveboard_types::possession::Purpose;
use ureq::Agent;

use super::crowd::{Shared, agent, rest};

/// The time between two batches of a sender: the load, which decides nothing.
const PACE: Duration = Duration::from_millis(100);

/// Batches that a sender remembers, to send some of them again long after they were acknowledged.
const REMEMBERED: usize = 40;

/// One batch of so many comes again although it was acknowledged.
const REPEATED: u64 = 12;

/// What installations of a sender do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Habits {
    /// How many of them there are at any time.
    pub(crate) installations: usize,
    /// After one batch of so many the installation is erased, and another takes its place.
    pub(crate) erased: u64,
}

impl Default for Habits {
    fn default() -> Self {
        Self { installations: 6, erased: 80 }
    }
}

/// A number below another.
pub(crate) fn below(dice: &mut Jitter, end: usize) -> usize {
    dice.between(0, end as u64 - 1) as usize
}

/// True once in so many times.
fn one_in(dice: &mut Jitter, times: u64) -> bool {
    dice.between(1, times) == 1
}

/// An installation of a sender.
struct Installation {
    id: Id,
    /// Its line in the account.
    line: usize,
    batches: u64,
}

pub(super) struct Sender<'s> {
    shared: &'s Shared,
    dice: Jitter,
    agent: Agent,
    installations: Vec<Installation>,
    /// Batches that were acknowledged, and whose they are.
    remembered: Vec<(Id, String)>,
}

impl<'s> Sender<'s> {
    pub(super) fn new(shared: &'s Shared, dice: Jitter) -> Self {
        let installations = (0..shared.habits.installations).map(|_| shared.install()).collect();
        Self { shared, dice, agent: agent(), installations, remembered: Vec::new() }
    }

    pub(super) fn run(mut self) {
        while self.shared.enter() {
            self.step();
            self.shared.leave();
            rest(PACE);
        }
    }

    fn step(&mut self) {
        if one_in(&mut self.dice, REPEATED) && !self.remembered.is_empty() {
            let (id, body) = self.remembered[below(&mut self.dice, self.remembered.len())].clone();
            self.post(id, &body);
            return;
        }
        let place = below(&mut self.dice, self.installations.len());
        let events = self.dice.between(1, 5);
        let installation = &mut self.installations[place];
        let body = self.shared.batch(installation, events);
        let Installation { id, line, .. } = *installation;
        self.shared.account.send(line, events);
        if !self.post(id, &body) {
            return;
        }
        self.shared.account.acknowledge(line, events);
        self.remember(id, body);
        if one_in(&mut self.dice, self.shared.habits.erased) {
            self.shared.account.erase(line);
            self.erase(id);
            self.installations[place] = self.shared.install();
        }
    }

    fn remember(&mut self, id: Id, body: String) {
        if self.remembered.len() < REMEMBERED {
            self.remembered.push((id, body));
        } else {
            let place = below(&mut self.dice, REMEMBERED);
            self.remembered[place] = (id, body);
        }
    }

    /// Sends a batch to one collector after the other until one acknowledges it. False where the end came before.
    fn post(&mut self, id: Id, body: &str) -> bool {
        let proof = sender::proof(id, Purpose::Send).expect("an installation of ours").to_string();
        self.until_acknowledged(
            "/v1/batch",
            body,
            &[(headers::INGEST_KEY, "qk_pub_quarry"), (headers::PROOF, &proof)],
        )
    }

    fn erase(&mut self, id: Id) {
        let proof = sender::proof(id, Purpose::Forget).expect("an installation of ours").to_string();
        let id = id.to_string();
        let named = [(headers::INSTALLATION, &*id), (headers::PROOF, &*proof)];
        self.until_acknowledged("/v1/erase", "{\"product\":\"quarry\"}", &named);
    }

    fn until_acknowledged(&mut self, path: &str, body: &str, named: &[(&str, &str)]) -> bool {
        while !self.shared.is_over.load(Ordering::SeqCst) {
            let collector = &self.shared.ingest[below(&mut self.dice, self.shared.ingest.len())];
            let mut request = self.agent.post(format!("{collector}{path}"));
            for (name, value) in named {
                request = request.header(*name, *value);
            }
            match request.header("content-type", "application/json").send(body) {
                Ok(reply) if reply.status() == 202 => return true,
                Ok(mut reply) if ![429, 503, 507].contains(&reply.status().as_u16()) => {
                    let text = reply.body_mut().read_to_string().unwrap_or_default();
                    self.shared.account.fault(format!("{path} is refused: {} {text}", reply.status()));
                    return false;
                }
                _ => {
                    self.shared.repeats.fetch_add(1, Ordering::Relaxed);
                    rest(PACE);
                }
            }
        }
        false
    }
}

impl Shared {
    fn install(&self) -> Installation {
        let id = sender::installation("quarry", self.installations.fetch_add(1, Ordering::SeqCst));
        Installation { id, line: self.account.open(id), batches: 0 }
    }

    /// A new batch of so many commands.
    fn batch(&self, installation: &mut Installation, events: u64) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let time = now.saturating_add_signed(self.ahead.load(Ordering::SeqCst));
        installation.batches += 1;
        // No two batches or runs of any installation have one id.
        let number = ((installation.line as u64) << 20) + installation.batches;
        let events: Vec<_> = (0..events)
            .map(|event| {
                format!(
                    "{{\"name\":\"command\",\"time\":{time},\"command\":\"init\",\
                     \"run\":\"33333333-3333-4333-8333-{:012x}\",\"error\":false}}",
                    number * 8 + event
                )
            })
            .collect();
        format!(
            "{{\"wire\":1,\"product\":\"quarry\",\"revision\":1,\"manifest\":\"{}\",\
             \"batch\":\"4e20{:04x}-1111-8111-8111-{number:012x}\",\"installation\":\"{}\",\"component\":\"cli\",\
             \"version\":\"1.4.0\",\"os\":\"linux\",\"arch\":\"x86_64\",\"marks\":[],\"sequence\":{},\
             \"events\":[{}],\"outcomes\":{{}}}}",
            self.manifest,
            number & 0xffff,
            installation.id,
            installation.batches,
            events.join(","),
        )
    }
}
