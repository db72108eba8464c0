//! Collectors that come and go, and what one of them does for all.

use aboveboard_replay::memory::{MemoryBackend, MemoryCluster};
use aboveboard_replay::{Backend as _, Book, JournalEntry, NodeId};
use aboveboard_store::calendar::{SECONDS_A_DAY, day_of};
use aboveboard_store::entry::LogEntry;
use aboveboard_store::{EntryRange, Store, retention};
use aboveboard_store_contract::{
    FAILURE, NOW, REPORT, SUCCESS, Sketch, end, erasure, manifests, placed, reference,
};

use super::node::{Node, open};

/// Applies entries as the whole log of a collector.
fn apply(node: &mut Node, entries: &[LogEntry]) {
    node.apply(&EntryRange::new(&placed(entries), end(entries.len()), &manifests())).unwrap();
}

fn on(day: i64, sketch: Sketch) -> LogEntry {
    Sketch { received: NOW + day * SECONDS_A_DAY, ..sketch }.entry()
}

/// Closes what can be closed up to a day from [`NOW`] on. Each collector moves its own mark, so all are asked twice.
fn close(nodes: &mut [&mut Node], day: i32) -> u64 {
    let mut rows = 0;
    for _ in 0..2 {
        for node in nodes.iter_mut() {
            rows += node.compact(day_of(NOW) + day).unwrap();
        }
    }
    rows
}

#[test]
fn a_collector_that_is_gone_for_good_is_not_waited_for_and_comes_back_under_another_number() {
    let cluster = MemoryCluster::new(2);
    let mut here = open(&cluster, 1);
    let mut gone = open(&cluster, 2);
    let of_gone: Vec<LogEntry> =
        (10..14).map(|n| Sketch::new(n, n, &[(SUCCESS, 5), (FAILURE, 90)]).entry()).collect();
    apply(&mut gone, &of_gone[..2]);
    let log: Vec<LogEntry> =
        vec![Sketch::new(1, 1, &[(SUCCESS, 5)]).entry(), on(2, Sketch::new(2, 1, &[(REPORT, 5)]))];
    apply(&mut here, &log);
    assert_eq!(close(&mut [&mut here], 1), 0, "the other one may still send something for that day");
    MemoryBackend::open(&cluster, NodeId(1)).note(NOW, &[JournalEntry::NodeRetired(NodeId(2))]).unwrap();
    assert!(close(&mut [&mut here], 1) > 0);
    let placed = placed(&of_gone);
    let error = gone.apply(&EntryRange::new(&placed, end(4), &manifests())).unwrap_err();
    assert!(!error.is_transient(), "{error}");
    assert_eq!(gone.position().unwrap(), end(2), "nothing is applied then");
    // What it had sent comes again, and counts once.
    let mut back = open(&cluster, 3);
    apply(&mut back, &of_gone);
    let expected = reference(&[&of_gone[..2], &log, &of_gone].concat(), &manifests());
    for node in [&mut here, &mut back] {
        assert_eq!(node.dump_for_comparison().unwrap(), expected);
    }
}

#[test]
fn a_new_collector_sends_nothing_for_a_day_that_may_be_closed_already() {
    let cluster = MemoryCluster::new(1);
    let mut first = open(&cluster, 5);
    let log = [Sketch::new(1, 1, &[(SUCCESS, 5)]).entry(), on(2, Sketch::new(2, 2, &[(SUCCESS, 5)]))];
    apply(&mut first, &log);
    // Its mark is at the third day, and nothing is closed yet.
    first.checkpoint().unwrap();
    let mut new = open(&cluster, 4);
    let late = Sketch::new(3, 3, &[(FAILURE, 5)]).entry();
    apply(&mut new, std::slice::from_ref(&late));
    close(&mut [&mut first, &mut new], 9);
    let backend = MemoryBackend::open(&cluster, NodeId(4));
    let names: Vec<_> = backend.blocks(i32::MIN).unwrap().into_iter().map(|(_, name, _)| name).collect();
    let batches = backend.batches(0, i32::MIN, &names).unwrap();
    let of_new = batches.iter().find(|batch| batch.order.node == NodeId(4)).unwrap();
    assert_eq!(of_new.order.day(), day_of(NOW) + 2, "it stands behind the marks that it found");
    assert_eq!(of_new.received_at, NOW, "and was received when it was");
    let [one, two] = log;
    let expected = reference(&[one, two, late], &manifests());
    for node in [&mut first, &mut new] {
        assert_eq!(node.dump_for_comparison().unwrap(), expected);
    }
}

#[test]
fn what_a_collector_says_is_settled_is_no_mark_of_the_order_and_stays_with_the_marks_that_follow() {
    let cluster = MemoryCluster::new(1);
    let mut busy = open(&cluster, 1);
    apply(&mut busy, &[on(2, Sketch::new(1, 1, &[(SUCCESS, 5)]))]);
    busy.checkpoint().unwrap();
    // It joins behind the marks of others, and has not applied its log.
    let mut behind = open(&cluster, 2);
    behind.checkpoint().unwrap();
    let settled = |node| book(&cluster).settled_until(NodeId(node));
    assert_eq!((settled(1), settled(2)), (None, None), "a mark says nothing of it");
    let marks = |node| book(&cluster).mark_of(NodeId(node));
    let before = marks(2);
    assert_eq!(before, marks(1));
    assert!(!behind.note_settled(NOW).unwrap(), "no round of retention has believed a clock of this day");
    busy.set_retention_day(day_of(NOW) + 1).unwrap();
    assert!(behind.note_settled(NOW).unwrap());
    assert_eq!((settled(2), marks(2)), (Some(NOW), before));
    // Once a day is enough.
    assert!(behind.note_settled(NOW + 1).unwrap());
    assert_eq!(settled(2), Some(NOW));
    assert!(behind.note_settled(NOW + SECONDS_A_DAY).unwrap());
    assert!(!behind.note_settled(NOW + 300 * SECONDS_A_DAY).unwrap(), "a clock that was set wrong");
    // What it takes in later stands behind its mark as before, and the marks that follow say it too.
    apply(&mut behind, &[on(5, Sketch::new(2, 2, &[(SUCCESS, 5)]))]);
    behind.checkpoint().unwrap();
    assert!(marks(2) > before);
    assert_eq!(settled(2), Some(NOW + SECONDS_A_DAY));
    // After a restart it does not know what it said.
    let mut again = open(&cluster, 2);
    assert!(again.note_settled(NOW).unwrap());
    assert_eq!(settled(2), Some(NOW + SECONDS_A_DAY));
    // One that is gone for good says nothing any more.
    MemoryBackend::open(&cluster, NodeId(1)).note(NOW, &[JournalEntry::NodeRetired(NodeId(2))]).unwrap();
    assert!(again.note_settled(NOW + 9 * SECONDS_A_DAY).unwrap(), "nobody waits for it");
    assert_eq!(settled(2), Some(NOW + SECONDS_A_DAY));
}

/// What the journal says.
fn book(cluster: &MemoryCluster) -> Book {
    Book::new(MemoryBackend::open(cluster, NodeId(1)).journal().unwrap())
}

#[test]
fn what_one_collector_forgets_by_age_all_have_forgotten() {
    let scene = |several: bool| {
        let cluster = MemoryCluster::new(2);
        let entries = [
            Sketch::new(1, 1, &[(REPORT, 0)]).entry(),
            Sketch::new(2, 2, &[(SUCCESS, 0), (FAILURE, 3 * SECONDS_A_DAY)]).entry(),
            on(20, Sketch::new(3, 2, &[(SUCCESS, 0)])),
            on(20, Sketch::new(4, 4, &[(SUCCESS, 0)])),
            erasure(4),
        ];
        let mut one = open(&cluster, 1);
        apply(&mut one, &entries[..3]);
        let mut two = open(&cluster, 2);
        if several {
            apply(&mut two, &entries[3..]);
            close(&mut [&mut one, &mut two], 10);
        } else {
            apply(&mut one, &entries);
        }
        (one, two)
    };
    let later = NOW + 31 * SECONDS_A_DAY;
    let (mut one, mut two) = scene(true);
    let (mut alone, _) = scene(false);
    let retired = retention::run(&mut one, later, &manifests()).unwrap();
    assert_eq!((retired.rows, retired.installations), (3, 1));
    assert_eq!(retention::run(&mut alone, later, &manifests()).unwrap(), retired);
    let again = retention::run(&mut two, later, &manifests()).unwrap();
    assert_eq!((again.rows, again.installations), (0, 0), "it is done");
    let expected = alone.dump_for_comparison().unwrap();
    for node in [&mut two, &mut one] {
        while node.remove().unwrap().is_under_way {}
        assert_eq!(node.dump_for_comparison().unwrap(), expected);
    }
    one.rebuild(&mut |_, _| {}).unwrap();
    assert_eq!(two.dump_for_comparison().unwrap(), expected);
}

/// How often the journal says that closed days hold nothing any more of what went.
fn said(cluster: &MemoryCluster) -> usize {
    let journal = MemoryBackend::open(cluster, NodeId(1)).journal().unwrap();
    journal.iter().filter(|(_, entry)| matches!(entry, JournalEntry::TakenOut { .. })).count()
}

#[test]
fn what_is_taken_out_of_closed_days_is_said_once_and_holds_for_days_that_are_closed_later() {
    let cluster = MemoryCluster::new(2);
    let mut node = open(&cluster, 1);
    let entries = [
        Sketch::new(1, 1, &[(SUCCESS, 5), (FAILURE, 90)]).entry(),
        Sketch::new(2, 2, &[(SUCCESS, 5)]).entry(),
        on(1, Sketch::new(3, 1, &[(SUCCESS, 5)])),
        on(3, Sketch::new(4, 2, &[(SUCCESS, 5)])),
        erasure(1),
        on(4, Sketch::new(5, 2, &[(REPORT, 5)])),
        on(6, Sketch::new(6, 2, &[(REPORT, 5)])),
    ];
    let expected = reference(&entries, &manifests());
    apply(&mut node, &entries);
    let mut was_said = 0;
    for day in 1..7 {
        close(&mut [&mut node], day);
        for _ in 0..3 {
            assert_eq!(node.dump_for_comparison().unwrap(), expected, "closed up to day {day}");
            while node.remove().unwrap().is_under_way {}
        }
        assert_eq!(node.dump_for_comparison().unwrap(), expected, "taken out of days up to day {day}");
        was_said = said(&cluster);
    }
    assert_eq!(was_said, 1, "once all days before the erasure are closed");
    let again = open(&cluster, 1).dump_for_comparison().unwrap();
    assert_eq!(again, expected);
}
