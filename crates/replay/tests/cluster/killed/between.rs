//! What a collector does is done again after each kill, and every figure is right meanwhile.

use std::sync::Arc;

use aboveboard_replay::NodeId;
use aboveboard_replay::memory::{MemoryBackend, MemoryCluster, TestedNode};
use aboveboard_store::amendment::{Amendment, Change};
use aboveboard_store::calendar::{SECONDS_A_DAY, day_of};
use aboveboard_store::entry::{Clearing, LogEntry};
use aboveboard_store::{EntryRange, Store, StoreError};
use aboveboard_store_contract::{FAILURE, NOW, REPORT, SUCCESS, Sketch, end, erasure, manifests, placed};
use aboveboard_types::value::{Channel, Version};

use super::backend::Mortal;
use crate::node::{ids, key};

const PRODUCT: &str = "quarry";

/// What a collector does next.
#[derive(Debug)]
enum Step {
    /// It applies its log up to so many entries.
    Apply(usize),
    /// It closes what is over before a day from [`NOW`] on.
    Compact(i32),
    /// It takes out of closed days what was removed.
    Remove,
    /// Retention passes over the days before one from [`NOW`] on.
    Retire(i32),
    ForgetIds(i32),
    ForgetReceipts(i32),
}

fn on(day: i64, sketch: Sketch) -> LogEntry {
    Sketch { received: NOW + day * SECONDS_A_DAY, ..sketch }.entry()
}

/// A log with everything that changes what came before.
fn log() -> Vec<LogEntry> {
    let product = || PRODUCT.to_owned();
    let received = |day: i64| NOW + day * SECONDS_A_DAY;
    let change =
        |day, change| LogEntry::Amendment(Amendment { product: product(), received: received(day), change });
    let other = Version { major: 1, minor: 3, patch: 0, channel: Channel::Stable };
    vec![
        Sketch::new(1, 1, &[(SUCCESS, 5), (FAILURE, 90)]).entry(),
        Sketch::new(2, 2, &[(SUCCESS, 5), (REPORT, 2 * SECONDS_A_DAY)]).entry(),
        Sketch { marks: "\"synthetic\"", ..Sketch::new(3, 3, &[(SUCCESS, 5)]) }.entry(),
        Sketch { version: "1.3.0", ..Sketch::new(4, 4, &[(SUCCESS, 5), (FAILURE, 7)]) }.entry(),
        on(1, Sketch::new(5, 1, &[(SUCCESS, 5)])),
        on(1, Sketch::new(6, 5, &[(SUCCESS, 5), (REPORT, 5)])),
        on(3, Sketch::new(7, 2, &[(SUCCESS, 5)])),
        // Ten steps in, two days are closed; then all of this goes.
        erasure(1),
        LogEntry::Clearing(Clearing { product: product(), received: received(3) }),
        change(3, Change::EraseVersion(other)),
        change(3, Change::EraseItem("init".to_owned())),
        on(4, Sketch::new(8, 5, &[(REPORT, 5)])),
        on(6, Sketch::new(9, 2, &[(SUCCESS, 5)])),
        on(6, Sketch::new(5, 1, &[(SUCCESS, 5)])),
    ]
}

fn steps(log: &[LogEntry]) -> Vec<Step> {
    vec![
        Step::Apply(3),
        Step::Apply(7),
        Step::Compact(1),
        Step::Compact(3),
        Step::Apply(11),
        Step::Remove,
        Step::Apply(log.len()),
        Step::Compact(4),
        Step::Remove,
        Step::Retire(1),
        Step::Remove,
        Step::Compact(6),
        Step::ForgetIds(2),
        Step::ForgetReceipts(40),
        Step::Compact(7),
        Step::Remove,
    ]
}

type Mortals = TestedNode<Mortal>;

/// Does a step, from where the collector is in it.
fn take(node: &mut Mortals, step: &Step, log: &[LogEntry]) -> Result<(), StoreError> {
    let today = day_of(NOW);
    match step {
        Step::Apply(upto) => {
            node.apply(&EntryRange::new(&placed(&log[..*upto]), end(*upto), &manifests()))?;
            // What is taken is sent, at the latest, then.
            node.checkpoint().map(drop)
        }
        Step::Compact(day) => {
            // A call closes some days, and another the rest.
            for _ in 0..4 {
                node.compact(today + day)?;
            }
            Ok(())
        }
        Step::Remove => {
            while node.remove()?.is_under_way {}
            Ok(())
        }
        Step::Retire(day) => node.retire(PRODUCT, today + day).map(drop),
        Step::ForgetIds(day) => node.forget_ids(today + day).map(drop),
        Step::ForgetReceipts(day) => node.forget_receipts(today + day),
    }
}

fn open(cluster: &MemoryCluster, calls: usize) -> Result<(Mortals, Arc<Mortal>), StoreError> {
    let backend = Arc::new(Mortal::new(MemoryBackend::open(cluster, NodeId(1)), calls));
    Ok((TestedNode::open(Arc::clone(&backend), key(), ids())?, backend))
}

#[test]
fn killed_between_any_two_changes_every_figure_is_one_from_before_the_step_or_from_after_it() {
    let log = log();
    let steps = steps(&log);
    // Without a kill: how many changes each step makes, and the figures behind it.
    let cluster = MemoryCluster::new(2);
    let (mut node, backend) = open(&cluster, usize::MAX).unwrap();
    let mut behind = vec![(backend.made(), node.dump_for_comparison().unwrap())];
    for step in &steps {
        take(&mut node, step, &log).unwrap();
        behind.push((backend.made(), node.dump_for_comparison().unwrap()));
    }
    let all = backend.made();
    assert!(all > 40, "{all} changes");
    for calls in 0..all {
        let cluster = MemoryCluster::new(2);
        let mut lives = [calls, usize::MAX].into_iter();
        let mut next = |cluster: &MemoryCluster| open(cluster, lives.next().unwrap()).map(|(node, _)| node);
        let mut node = next(&cluster).or_else(|_| next(&cluster)).unwrap();
        for (number, step) in steps.iter().enumerate() {
            if take(&mut node, step, &log).is_err() {
                node = next(&cluster).unwrap();
                // What was taken and not sent yet is not read by anybody, and is sent then.
                let figures = node.dump_for_comparison().unwrap();
                let is_known = behind[..=number + 1].iter().any(|(_, known)| *known == figures);
                assert!(is_known, "killed before change {calls}, in {step:?}, step {number}");
                node.checkpoint().unwrap();
                let figures = node.dump_for_comparison().unwrap();
                let is_known = [&behind[number].1, &behind[number + 1].1].contains(&&figures);
                assert!(is_known, "killed before change {calls}, in {step:?}, step {number}, and sent");
                take(&mut node, step, &log).unwrap();
            }
            let figures = node.dump_for_comparison().unwrap();
            assert_eq!(
                figures,
                behind[number + 1].1,
                "killed before change {calls}, behind {step:?}, step {number}"
            );
        }
    }
}
