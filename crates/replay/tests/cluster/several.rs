//! Several collectors with logs of their own, whose blocks come late, twice and in any order, and who die at any moment: at the end they
//! all know what one store knows that was told everything in the order, and nobody who reads meanwhile sees too much.

use std::collections::BTreeMap;

use aboveboard_replay::memory::{FlushFault, MemoryBackend, MemoryCluster};
use aboveboard_replay::{Backend as _, JournalEntry, NodeId, Order};
use aboveboard_store::calendar::{Day, SECONDS_A_DAY, day_of};
use aboveboard_store::entry::{LogEntry, Position};
use aboveboard_store::in_force::ManifestsInForce;
use aboveboard_store::{EntryRange, Store as _};
use aboveboard_store_contract::{NOW, PRODUCTS, Sketch, end, entries, manifests, reference};
use proptest::prelude::*;

use super::node::{Node, open};

/// How many collectors there are.
const NODES: u64 = 3;

/// What happens to one of them, or to what they share.
#[derive(Clone, Debug)]
enum Action {
    /// It receives some of what is left to be received.
    Receive(u64, usize),
    /// What somebody received before is sent to it again.
    Retry(u64, prop::sample::Index),
    /// It applies some of its log.
    Apply(u64, usize),
    /// Others see nothing of what it sends.
    Hold(u64),
    Release(u64),
    Fail(u64, FlushFault),
    /// It dies, and starts again.
    Kill(u64),
    Checkpoint(u64),
    /// It closes days before one, from the day of the test on.
    Compact(u64, Day),
    Remove(u64),
    Read(u64),
    SendTwice(bool),
    Reverse(bool),
    Lag(bool),
}

fn action() -> impl Strategy<Value = Action> {
    let node = || 1..=NODES;
    let fault = prop::sample::select(vec![
        FlushFault::Nothing,
        FlushFault::JournalOnly,
        FlushFault::FirstShard,
        FlushFault::Unheard,
    ]);
    prop_oneof![
        6 => (node(), 1usize..6).prop_map(|(node, number)| Action::Receive(node, number)),
        3 => (node(), any::<prop::sample::Index>()).prop_map(|(node, which)| Action::Retry(node, which)),
        8 => (node(), 1usize..6).prop_map(|(node, number)| Action::Apply(node, number)),
        1 => node().prop_map(Action::Hold),
        2 => node().prop_map(Action::Release),
        2 => (node(), fault).prop_map(|(node, fault)| Action::Fail(node, fault)),
        2 => node().prop_map(Action::Kill),
        3 => node().prop_map(Action::Checkpoint),
        2 => (node(), -3..3).prop_map(|(node, day)| Action::Compact(node, day)),
        2 => node().prop_map(Action::Remove),
        4 => node().prop_map(Action::Read),
        1 => any::<bool>().prop_map(Action::SendTwice),
        1 => any::<bool>().prop_map(Action::Reverse),
        1 => any::<bool>().prop_map(Action::Lag),
    ]
}

/// Some collectors, and what each has in its log.
struct Collectors {
    cluster: MemoryCluster,
    manifests: ManifestsInForce,
    nodes: BTreeMap<u64, Node>,
    logs: BTreeMap<u64, Vec<LogEntry>>,
}

impl Collectors {
    fn new() -> Self {
        let cluster = MemoryCluster::new(2);
        let nodes = (1..=NODES).map(|number| (number, open(&cluster, number))).collect();
        let logs = (1..=NODES).map(|number| (number, Vec::new())).collect();
        let mut collectors = Self { cluster, manifests: manifests(), nodes, logs };
        // All know the names of all versions: what each gives a name depends on what it has seen.
        let versions = ["1.2.3", "1.3.0", "2.0.0-rc"];
        for (number, (product, version)) in
            (100..).zip(PRODUCTS.iter().flat_map(|product| versions.map(|version| (product, version))))
        {
            let early = Sketch {
                product,
                version,
                received: NOW - 3 * SECONDS_A_DAY,
                ..Sketch::new(number, number, &[])
            };
            collectors.logs.get_mut(&1).unwrap().push(early.entry());
        }
        collectors.apply(1, usize::MAX);
        collectors
    }

    fn node(&mut self, number: u64) -> &mut Node {
        self.nodes.get_mut(&number).unwrap()
    }

    /// Applies some more of a log. A failure that passes is one that the caller waits for.
    fn apply(&mut self, number: u64, most: usize) {
        let Self { manifests, nodes, logs, .. } = self;
        let store = &mut nodes.get_mut(&number).unwrap().store;
        let from = usize::try_from(store.position().unwrap().0 / 100).unwrap();
        let log = &logs[&number];
        let to = from.saturating_add(most).min(log.len());
        let range: Vec<_> = (from..to).map(|at| (end(at), log[at].clone())).collect();
        if let Err(error) = store.apply(&EntryRange::new(&range, end(to), manifests)) {
            assert!(error.is_transient(), "{error}");
            assert_eq!(store.position().unwrap(), end(from), "nothing is applied then");
        }
    }

    fn act(&mut self, action: &Action, left: &mut Vec<LogEntry>) {
        match action {
            Action::Receive(node, number) => {
                let from = left.len().saturating_sub(*number);
                self.logs.get_mut(node).unwrap().extend(left.drain(from..));
            }
            Action::Retry(node, which) => {
                let all: Vec<LogEntry> = self.logs.values().flatten().cloned().collect();
                if !all.is_empty() {
                    self.logs.get_mut(node).unwrap().push(all[which.index(all.len())].clone());
                }
            }
            Action::Apply(node, number) => self.apply(*node, *number),
            Action::Hold(node) => self.cluster.hold(NodeId(*node)),
            Action::Release(node) => self.cluster.release(NodeId(*node)),
            Action::Fail(node, fault) => self.cluster.fail_flushes(NodeId(*node), [*fault]),
            Action::Kill(node) => {
                self.nodes.remove(node);
                self.nodes.insert(*node, open(&self.cluster, *node));
            }
            Action::Checkpoint(node) => _ = self.node(*node).checkpoint().unwrap(),
            Action::Compact(node, day) => _ = self.node(*node).compact(day_of(NOW) + day).unwrap(),
            Action::Remove(node) => _ = self.node(*node).remove().unwrap(),
            Action::Read(node) => {
                let bound = self.bound();
                for (line, number) in self.node(*node).dump_for_comparison().unwrap() {
                    if line.starts_with("cube ") {
                        assert!(number <= bound.get(&line).copied().unwrap_or(0), "{line} is {number}");
                    }
                }
            }
            Action::SendTwice(twice) => self.cluster.send_twice(*twice),
            Action::Reverse(reversed) => self.cluster.reverse(*reversed),
            Action::Lag(lags) => self.cluster.lag(*lags),
        }
    }

    /// The most that any order of what was received can come to: of copies of a batch one counts.
    fn bound(&self) -> BTreeMap<String, i64> {
        let mut copies: BTreeMap<(String, String), BTreeMap<String, i64>> = BTreeMap::new();
        for entry in self.logs.values().flatten() {
            let LogEntry::Batch(arrival) = entry else { continue };
            let body: serde_json::Value = serde_json::from_slice(&arrival.body).unwrap();
            let key = (format!("{} {}", body["product"], body["installation"]), body["batch"].to_string());
            let most = copies.entry(key).or_default();
            for (line, number) in reference(std::slice::from_ref(entry), &self.manifests) {
                let known = most.entry(line).or_default();
                *known = number.max(*known);
            }
        }
        let mut bound = BTreeMap::new();
        for (line, number) in copies.into_values().flatten() {
            *bound.entry(line).or_default() += number;
        }
        bound
    }

    /// Lets every collector apply all it has, and all others see it.
    fn settle(&mut self) {
        self.cluster.lag(false);
        for number in 1..=NODES {
            self.cluster.release(NodeId(number));
            // A fault that is left makes one more attempt.
            for _ in 0..100 {
                self.apply(number, usize::MAX);
            }
            assert_eq!(self.cluster_end(number), end(self.logs[&number].len()));
        }
    }

    fn cluster_end(&self, number: u64) -> Position {
        MemoryBackend::open(&self.cluster, NodeId(number)).settled().unwrap()
    }

    /// Everything that was received, in the order.
    fn in_order(&self) -> Vec<LogEntry> {
        let backend = MemoryBackend::open(&self.cluster, NodeId(1));
        let mut places: BTreeMap<(u64, Position), Order> = BTreeMap::new();
        for (shard, name, _) in backend.blocks(Day::MIN).unwrap() {
            for batch in backend.batches(shard, Day::MIN, &[name]).unwrap() {
                places.insert((batch.order.node.0, batch.order.position), batch.order);
            }
        }
        for (order, entry) in backend.journal().unwrap().iter() {
            if let JournalEntry::Removal { .. } = entry {
                places.insert((order.node.0, order.position), *order);
            }
        }
        let mut all: Vec<(Order, LogEntry)> = Vec::new();
        for (number, log) in &self.logs {
            for (at, entry) in log.iter().enumerate() {
                all.push((places[&(*number, end(at))], entry.clone()));
            }
        }
        all.sort_by_key(|(order, _)| *order);
        all.into_iter().map(|(_, entry)| entry).collect()
    }
}

/// Which of several collectors named a version first depends on what each had seen.
fn without_names(mut figures: Vec<(String, i64)>) -> Vec<(String, i64)> {
    figures.retain(|(line, _)| !line.starts_with("version "));
    figures
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() }
}

#[test]
fn several_collectors_come_to_one_history() {
    proptest!(config(), |(drawn in entries(), actions in prop::collection::vec(action(), 10..120))| {
        let mut collectors = Collectors::new();
        let mut left = drawn;
        for action in &actions {
            collectors.act(action, &mut left);
        }
        collectors.logs.get_mut(&1).unwrap().append(&mut left);
        collectors.settle();
        let expected = without_names(reference(&collectors.in_order(), &collectors.manifests));
        let figures = |collectors: &mut Collectors, number| {
            without_names(collectors.node(number).dump_for_comparison().unwrap())
        };
        for number in 1..=NODES {
            prop_assert_eq!(figures(&mut collectors, number), expected.clone(), "collector {}", number);
        }
        // All that can be closed is closed, and what was erased is taken out of it.
        for number in (1..=NODES).chain(1..=NODES) {
            collectors.node(number).compact(day_of(NOW) + 3).unwrap();
        }
        for number in 1..=NODES {
            while collectors.node(number).remove().unwrap().is_under_way {}
        }
        collectors.node(1).rebuild(&mut |_, _| {}).unwrap();
        for number in 1..=NODES {
            let node = collectors.node(number);
            prop_assert_eq!(node.compact(day_of(NOW) + 3).unwrap(), 0);
            prop_assert_eq!(figures(&mut collectors, number), expected.clone(), "closed, collector {}", number);
        }
    });
}

/// A command that succeeded.
const COMMAND: &str = r#""name":"command","command":"init","run":"RUN","error":false"#;

#[test]
fn what_could_not_be_sent_is_sent_though_nothing_more_comes() {
    let mut collectors = Collectors::new();
    let one = |number| Sketch::new(number, number, &[(COMMAND, 5)]).entry();
    let cube = |collectors: &mut Collectors, number| -> i64 {
        let figures = collectors.node(number).dump_for_comparison().unwrap();
        figures.iter().filter(|(line, _)| line.starts_with("cube ")).map(|(_, number)| number).sum()
    };
    // Once while it runs, once before it is killed.
    for (round, number) in [(1, 1), (2, 2)] {
        collectors.logs.get_mut(&1).unwrap().push(one(number));
        collectors.cluster.fail_flushes(NodeId(1), [FlushFault::Nothing]);
        collectors.apply(1, usize::MAX);
        if round == 2 {
            collectors.act(&Action::Kill(1), &mut Vec::new());
        }
        assert_eq!(cube(&mut collectors, 2), round - 1);
        collectors.node(1).checkpoint().unwrap();
        assert_eq!(cube(&mut collectors, 2), round);
    }
}
