//! Everybody who sends to the collectors and reads them, and how they are stopped for a while.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use aboveboard_delivery::jitter::Jitter;
use aboveboard_testkit::sender;
use aboveboard_types::headers;
use aboveboard_types::id::Id;
use aboveboard_types::possession::Purpose;
use harness::collector::quarry_manifest;
use serde_json::Value;
use ureq::Agent;

use super::account::Account;
use super::readers::read;
use super::senders::{Habits, Sender};

/// How many send at once.
const SENDERS: u64 = 3;

/// Longer than a collector takes to answer while it works at all.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long a batch may take to be acknowledged while collectors run.
const MAX_WAIT: Duration = Duration::from_secs(90);

/// What all of them share.
pub(crate) struct Shared {
    pub(crate) account: Account,
    /// Where the collectors are reached: the answers on this way get lost now and then.
    pub(super) ingest: Vec<String>,
    /// Where they are read.
    pub(super) pages: Vec<String>,
    pub(super) manifest: String,
    pub(super) habits: Habits,
    /// By how much the clock of the collectors is ahead.
    pub(super) ahead: AtomicI64,
    gate: Mutex<Gate>,
    changed: Condvar,
    pub(super) is_over: AtomicBool,
    pub(super) installations: AtomicU64,
    /// Readings that were answered.
    pub(super) readings: AtomicU64,
    /// Requests that had to be made again.
    pub(super) repeats: AtomicU64,
}

#[derive(Debug)]
struct Gate {
    is_open: bool,
    /// Senders with a batch on its way.
    busy: u64,
}

/// The threads. They end when it goes out of scope.
pub(crate) struct Crowd {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Crowd {
    /// Begins to send and to read.
    pub(crate) fn start(ingest: Vec<String>, pages: Vec<String>, seed: u64, habits: Habits) -> Self {
        let manifest = std::fs::read_to_string(quarry_manifest()).expect("a manifest");
        let manifest = aboveboard_manifest::parse(&manifest, "telemetry.toml").expect("a sound manifest");
        let shared = Arc::new(Shared {
            account: Account::default(),
            ingest,
            pages,
            manifest: manifest.declaration().hash.to_string(),
            habits,
            ahead: AtomicI64::new(0),
            gate: Mutex::new(Gate { is_open: true, busy: 0 }),
            changed: Condvar::new(),
            is_over: AtomicBool::new(false),
            installations: AtomicU64::new(0),
            readings: AtomicU64::new(0),
            repeats: AtomicU64::new(0),
        });
        let mut threads: Vec<_> = (0..SENDERS)
            .map(|number| {
                let shared = Arc::clone(&shared);
                let dice = Jitter::seeded(seed.wrapping_add(number));
                std::thread::spawn(move || Sender::new(&shared, dice).run())
            })
            .collect();
        threads.extend((0..shared.pages.len()).map(|place| {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || read(&shared, place))
        }));
        Self { shared, threads }
    }

    /// What was sent, acknowledged and erased.
    pub(crate) fn account(&self) -> &Account {
        &self.shared.account
    }

    /// Sets by how much the clock of the collectors is ahead.
    pub(crate) fn set_ahead(&self, seconds: i64) {
        self.shared.ahead.store(seconds, Ordering::SeqCst);
    }

    /// Lets nobody begin anything new, and waits until all that was sent is acknowledged.
    pub(crate) fn pause(&self) {
        let mut gate = self.shared.gate.lock().unwrap_or_else(PoisonError::into_inner);
        gate.is_open = false;
        while gate.busy > 0 {
            let waited =
                self.shared.changed.wait_timeout(gate, MAX_WAIT).unwrap_or_else(PoisonError::into_inner);
            assert!(!waited.1.timed_out(), "nobody acknowledges anything");
            gate = waited.0;
        }
    }

    /// Lets them go on.
    pub(crate) fn resume(&self) {
        self.shared.gate.lock().unwrap_or_else(PoisonError::into_inner).is_open = true;
        self.shared.changed.notify_all();
    }

    /// How many readings were held against the account, and how many requests had to be made again.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.shared.readings.load(Ordering::Relaxed), self.shared.repeats.load(Ordering::Relaxed))
    }

    /// How many events of an installation a collector holds.
    pub(crate) fn held(&self, collector: usize, id: Id) -> Option<u64> {
        let proof = sender::proof(id, Purpose::Read).expect("an installation of ours").to_string();
        let request = agent().post(format!("{}/v1/held", self.shared.pages[collector]));
        let request =
            request.header("content-type", "application/json").header(headers::INSTALLATION, id.to_string());
        let mut reply = request.header(headers::PROOF, proof).send("{\"product\":\"quarry\"}").ok()?;
        let held: Value = serde_json::from_str(&reply.body_mut().read_to_string().ok()?).ok()?;
        let mut sum = 0;
        for day in held["days"].as_array()? {
            sum += day["left_out"].as_u64()?;
            sum += day["events"].as_array()?.iter().filter_map(|event| event["held"].as_u64()).sum::<u64>();
        }
        held["next"].is_null().then_some(sum)
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        self.resume();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// Each request has a connection of its own: one that was kept would stay with a collector that is gone.
pub(super) fn agent() -> Agent {
    let config = Agent::config_builder().max_idle_connections(0).http_status_as_error(false).proxy(None);
    config.timeout_global(Some(PATIENCE)).build().new_agent()
}

impl Shared {
    /// Waits for its turn; false once all is over.
    pub(super) fn enter(&self) -> bool {
        let mut gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        while !gate.is_open {
            gate = self.changed.wait(gate).unwrap_or_else(PoisonError::into_inner);
        }
        gate.busy += 1;
        !self.is_over.load(Ordering::SeqCst)
    }

    pub(super) fn leave(&self) {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner).busy -= 1;
        self.changed.notify_all();
    }
}

/// Does nothing for a while: the pace of those who send and read, which decides nothing.
pub(super) fn rest(time: Duration) {
    std::thread::sleep(time);
}
