//! Random operations and faults against a small model: what was recorded is counted once, as sent or as dropped.

use std::collections::BTreeSet;
use std::fs;

use aboveboard_files::Errno;
use proptest::prelude::*;

use aboveboard_core::spool::Spool;
use aboveboard_testkit::sample::{self, NOW};

use crate::sandbox::{Sandbox, deliver};

use aboveboard_files::faults;

#[derive(Clone, Debug)]
enum Operation {
    Record,
    /// A command that ends.
    Run,
    /// A command whose process dies.
    Die,
    Seal,
    Deliver,
    /// Claimed, and its process dies.
    Abandon,
    /// The disk fails the operation after the next few, once.
    Fault(u32, bool),
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        6 => Just(Operation::Record),
        2 => Just(Operation::Run),
        2 => Just(Operation::Die),
        3 => Just(Operation::Seal),
        2 => Just(Operation::Deliver),
        1 => Just(Operation::Abandon),
        3 => (0_u32..12, any::<bool>()).prop_map(|(after, full)| Operation::Fault(after, full)),
    ]
}

/// What must come out.
#[derive(Default)]
struct Model {
    recorded: BTreeSet<u64>,
    next: u64,
    now: u64,
    /// Runs whose ending was confirmed, and those whose beginning was.
    ended: BTreeSet<String>,
    begun: BTreeSet<String>,
    arrived: Vec<u64>,
    arrived_runs: Vec<String>,
}

impl Model {
    fn arrive(&mut self, bodies: &[Vec<u8>]) {
        for body in bodies {
            self.arrived.extend(sample::numbers(body));
            let batch: aboveboard_wire::Batch<'_> = serde_json::from_slice(body).unwrap();
            self.arrived_runs
                .extend(batch.events.iter().filter_map(|event| event.run.map(|run| run.to_string())));
        }
    }

    fn step(&mut self, sandbox: &Sandbox, operation: &Operation) {
        self.now += 1;
        let recorder = sandbox.recorder();
        match operation {
            Operation::Record => {
                self.next += 1;
                if recorder.record(&sample::event(self.next)).is_ok() {
                    self.recorded.insert(self.next);
                }
            }
            Operation::Run => {
                if let Ok(run) = recorder.begin("init", NOW) {
                    let id = run.id().to_string();
                    self.begun.insert(id.clone());
                    if run.end(aboveboard_types::event::Ending::Success, None, None).is_ok() {
                        self.ended.insert(id);
                    }
                }
            }
            Operation::Die => {
                if let Ok(run) = recorder.begin("init", NOW) {
                    self.begun.insert(run.id().to_string());
                    self.ended.insert(run.id().to_string());
                }
            }
            Operation::Seal => {
                self.with_spool(sandbox, |spool, now| {
                    spool.seal(now);
                    Vec::new()
                });
            }
            Operation::Deliver => self.with_spool(sandbox, deliver),
            Operation::Abandon => self.with_spool(sandbox, |spool, now| {
                let claimed = spool.pending().first().and_then(|batch| spool.claim(*batch, now));
                std::mem::forget(claimed);
                Vec::new()
            }),
            Operation::Fault(after, full) => {
                faults::fail(*after, if *full { Errno::NOSPC } else { Errno::IO });
            }
        }
    }

    fn with_spool(&mut self, sandbox: &Sandbox, act: impl FnOnce(&Spool, u64) -> Vec<Vec<u8>>) {
        let permit = sample::permit(&sandbox.declaration, &sandbox.places);
        if let Some(spool) = Spool::open(&permit, &sandbox.declaration, &sandbox.places) {
            let bodies = act(&spool, NOW + self.now);
            self.arrive(&bodies);
        }
    }

    /// When the faults stop, everything comes out.
    fn finish(mut self, sandbox: &Sandbox) {
        faults::heal();
        self.step(sandbox, &Operation::Record);
        assert!(self.recorded.contains(&self.next), "a fresh event passes");
        for _ in 0..3 {
            self.now += 61;
            self.step(sandbox, &Operation::Seal);
            self.step(sandbox, &Operation::Deliver);
        }
        let distinct: BTreeSet<_> = self.arrived.iter().copied().collect();
        assert_eq!(distinct.len(), self.arrived.len(), "nothing twice: {:?}", self.arrived);
        let lost: Vec<_> = self.recorded.difference(&distinct).collect();
        assert!(lost.is_empty(), "lost {lost:?}");
        assert!(distinct.iter().all(|number| *number <= self.next), "nothing foreign");
        let runs: BTreeSet<_> = self.arrived_runs.iter().cloned().collect();
        assert_eq!(runs.len(), self.arrived_runs.len(), "no run twice");
        assert!(self.ended.is_subset(&runs), "no run lost");
        assert!(runs.is_subset(&self.begun), "no run invented");
        let is_free =
            |name: &str| fs::read(sandbox.path().join(name)).unwrap().iter().all(|byte| *byte == b'\n');
        let mut left = sandbox.names("");
        left.retain(|name| !(name.ends_with(".tmp") || name.starts_with("run-") && is_free(name)));
        assert!(
            left.iter().all(|name| name == "seal.lock"
                || name.starts_with("sequence.")
                || name.starts_with("outcomes.")
                || name.starts_with("new-")),
            "{left:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_disk_does_every_recorded_event_comes_out_once(
        operations in proptest::collection::vec(operation(), 1..40),
    ) {
        let sandbox = Sandbox::new();
        let mut model = Model::default();
        for operation in &operations {
            model.step(&sandbox, operation);
        }
        model.finish(&sandbox);
    }
}
