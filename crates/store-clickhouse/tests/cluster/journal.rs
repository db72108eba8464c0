//! The journal as several collectors see it.

use aboveboard_replay::{Backend as _, JournalEntry, NodeId, Order};
use aboveboard_store_clickhouse::ClickHouse;
use aboveboard_testkit::clickhouse::{Server, ServerSettings};

use crate::fixture::{DAY, NOON, block, config};

fn entries(cluster: &ClickHouse) -> Vec<JournalEntry> {
    cluster.journal().unwrap().iter().map(|(_, entry)| entry.clone()).collect()
}

#[test]
fn what_one_collector_says_all_see_and_each_entry_once() {
    let server = Server::start(&ServerSettings::default());
    let [data, other] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let mine = config(&server.address());
    let cluster = ClickHouse::open(&mine, data.path()).unwrap();
    let other = ClickHouse::open(&mine, other.path()).unwrap();
    assert_ne!(cluster.node(), other.node());
    assert_eq!(entries(&other), []);

    let document =
        |text: &str| JournalEntry::Document { name: "manifest/quarry/1".to_owned(), text: text.to_owned() };
    cluster.note(NOON, &[document("a"), document("a"), JournalEntry::RetentionDay(DAY)]).unwrap();
    let all = [document("a"), document("a"), JournalEntry::RetentionDay(DAY)];
    assert_eq!((entries(&other), entries(&cluster)), (all.to_vec(), all.to_vec()));
    let places: Vec<Order> = other.journal().unwrap().iter().map(|(order, _)| *order).collect();
    assert!(places.iter().all(|order| order.node == cluster.node() && order.at == NOON), "{places:?}");

    // Rows that are there twice are one entry, whatever the engine does with them.
    server.run("INSERT INTO aboveboard.journal SELECT * FROM aboveboard.journal");
    assert_eq!(entries(&other), all);
    other.note(NOON + 1, &[JournalEntry::NodeRetired(NodeId(7))]).unwrap();
    assert_eq!(entries(&cluster).len(), 4);

    // What was seen stays, also where a server has lost it.
    server.run("ALTER TABLE aboveboard.journal DROP PARTITION 202410");
    assert_eq!(entries(&cluster).len(), 4);
}

#[test]
fn a_mark_takes_the_place_of_the_one_before_and_old_ones_are_deleted() {
    let server = Server::start(&ServerSettings::default());
    let data = tempfile::tempdir().unwrap();
    let cluster = ClickHouse::open(&config(&server.address()), data.path()).unwrap();
    for day in 0..12 {
        let at = NOON + day * 86_400;
        cluster.note(at, &[JournalEntry::Mark { until: at, settled: None }]).unwrap();
        cluster.journal().unwrap();
    }
    assert_eq!(entries(&cluster), [JournalEntry::Mark { until: NOON + 11 * 86_400, settled: None }]);
    assert_eq!(server.ask("SELECT count() FROM aboveboard.journal"), "12\n");
    // Batches of days that are closed for a week go on the same occasion.
    cluster.append(block(cluster.node(), 0, 4)).unwrap();
    cluster.flush().unwrap();
    let closed = |day| JournalEntry::Closed {
        shard: 0,
        day,
        generation: 1,
        sums: 1,
        first_day: day,
        without: Vec::new(),
    };
    cluster.note(NOON, &[closed(DAY + 7)]).unwrap();
    cluster.forget_receipts(0, 0).unwrap();
    assert_eq!(server.ask("SELECT count() FROM aboveboard.arrival"), "4\n");
    cluster.note(NOON, &[closed(DAY + 8)]).unwrap();
    cluster.forget_receipts(0, 0).unwrap();
    assert_eq!(server.ask("SELECT count() FROM aboveboard.arrival"), "0\n");
    let marks = "SELECT count() FROM aboveboard.journal WHERE kind = 'mark'";
    let done = "SELECT count() FROM system.mutations WHERE database = 'aboveboard' AND NOT is_done";
    while server.ask(done) != "0\n" {}
    assert_eq!(server.ask(marks), "8\n", "that of the last day and those of a week before");
    assert_eq!(entries(&cluster).len(), 4);
}
