//! A block on its way into a cluster of one server, through everything that can come between.

use std::collections::BTreeSet;

use aboveboard_replay::{Backend as _, Batch, Block, BlockName, JournalEntry};
use aboveboard_store::entry::Position;
use aboveboard_store_clickhouse::ClickHouse;
use aboveboard_testkit::clickhouse::{Server, ServerSettings};

use crate::fixture::{DAY, NOON, batch, block, config, settle};

/// What the cluster has of the batches of all blocks, by position.
fn there(cluster: &ClickHouse) -> Vec<Batch> {
    let mut batches = Vec::new();
    for (shard, name, count) in cluster.blocks(DAY).unwrap() {
        let of_block = cluster.batches(shard, DAY, &[name]).unwrap();
        let distinct: BTreeSet<_> = of_block.iter().map(|batch| batch.order).collect();
        assert_eq!(distinct.len() as u64, count);
        batches.extend(of_block);
    }
    batches.sort_by_key(|batch| batch.order);
    batches
}

/// The files of blocks and notes of a data directory.
fn files(data: &std::path::Path) -> Vec<String> {
    let names = std::fs::read_dir(data.join("cluster")).unwrap();
    let names = names.map(|name| name.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name != "node").collect();
    names.sort_unstable();
    names
}

#[test]
fn a_block_comes_whole_and_goes_from_the_directory_once_it_was_seen_there() {
    let server = Server::start(&ServerSettings::default());
    let data = tempfile::tempdir().unwrap();
    let cluster = ClickHouse::open(&config(&server.address()), data.path()).unwrap();
    assert_eq!(cluster.position().unwrap(), (Position(0), 0));
    let first = block(cluster.node(), 0, 100);
    let second = block(cluster.node(), first.end.0, 3);
    cluster.append(first.clone()).unwrap();
    cluster.append(second.clone()).unwrap();
    assert_eq!(cluster.position().unwrap(), (second.end, NOON));
    assert_eq!(there(&cluster), []);

    cluster.flush().unwrap();
    let all: Vec<_> = first.batches.iter().chain(&second.batches).cloned().collect();
    assert_eq!(there(&cluster), all);
    let journal: Vec<_> = first.journal.iter().chain(&second.journal).cloned().collect();
    assert_eq!(*cluster.journal().unwrap(), journal);
    assert_eq!(cluster.waiting().blocks, 2);

    settle(&cluster);
    assert_eq!((files(data.path()), cluster.waiting().blocks), (Vec::new(), 0));
    let others = cluster.batches(0, DAY, &[BlockName { node: cluster.node(), first: Position(7) }]).unwrap();
    assert_eq!((others, cluster.blocks(DAY + 1).unwrap()), (Vec::new(), Vec::new()));

    let node = cluster.node();
    drop(cluster);
    let again = ClickHouse::open(&config(&server.address()), data.path()).unwrap();
    assert_eq!((again.node(), again.position().unwrap()), (node, (second.end, NOON)));
    assert_eq!((there(&again), again.journal().unwrap().to_vec()), (all, journal));
}

#[test]
fn a_block_that_says_nothing_moves_the_position_alone() {
    let server = Server::start(&ServerSettings::default());
    let data = tempfile::tempdir().unwrap();
    let cluster = ClickHouse::open(&config(&server.address()), data.path()).unwrap();
    cluster.append(Block { end: Position(500), at: NOON, ..Block::default() }).unwrap();
    cluster.append(Block { end: Position(500), at: NOON, ..Block::default() }).unwrap();
    assert_eq!(cluster.position().unwrap(), (Position(500), NOON));
    cluster.flush().unwrap();
    settle(&cluster);
    assert!(cluster.append(Block { end: Position(499), at: NOON, ..Block::default() }).is_err());
}

#[test]
fn after_a_restart_what_the_cluster_has_is_not_sent_again_and_what_it_lacks_is() {
    let server = Server::start(&ServerSettings::default());
    let data = tempfile::tempdir().unwrap();
    let open = || ClickHouse::open(&config(&server.address()), data.path()).unwrap();
    let cluster = open();
    // Batches of two days of the order are two parts of a table: of one insert, one can be there alone.
    let node = cluster.node();
    let mut mixed = block(node, 0, 10);
    let later = (10..15).map(|number| batch(node, number * 10, NOON + 86_400, number));
    mixed.batches.extend(later);
    mixed.end = Position(200);
    mixed.journal.clear();
    cluster.append(mixed.clone()).unwrap();
    drop(cluster);

    // It was not sent.
    let cluster = open();
    assert_eq!(cluster.position().unwrap().0, Position(200));
    cluster.flush().unwrap();
    assert_eq!(server.ask("SELECT count() FROM aboveboard.arrival"), "15\n");
    drop(cluster);

    // It was sent, and nobody saw it there.
    let cluster = open();
    cluster.flush().unwrap();
    assert_eq!(server.ask("SELECT count() FROM aboveboard.arrival"), "15\n");
    drop(cluster);

    // One part of it is there.
    server.run("ALTER TABLE aboveboard.arrival DROP PARTITION '2024-10-05'");
    assert_eq!(server.ask("SELECT count() FROM aboveboard.arrival"), "10\n");
    let cluster = open();
    cluster.flush().unwrap();
    assert_eq!(server.ask("SELECT count() FROM aboveboard.arrival"), "15\n");
    assert_eq!(there(&cluster), mixed.batches);
    settle(&cluster);
}

#[test]
fn what_a_server_took_and_lost_is_sent_again() {
    let server = Server::start(&ServerSettings::default());
    let data = tempfile::tempdir().unwrap();
    let cluster = ClickHouse::open(&config(&server.address()), data.path()).unwrap();
    let block = block(cluster.node(), 0, 5);
    cluster.append(block.clone()).unwrap();
    cluster.flush().unwrap();
    server.run("ALTER TABLE aboveboard.arrival DROP PARTITION '2024-10-04'");
    server.run("ALTER TABLE aboveboard.journal DROP PARTITION 202410");
    assert_eq!(cluster.settled().unwrap(), Position(0));
    cluster.flush().unwrap();
    settle(&cluster);
    assert_eq!(there(&cluster), block.batches);
    assert_eq!(server.ask("SELECT count() FROM aboveboard.journal"), "1\n");
    assert_eq!(cluster.waiting().sent_again, 2);
}

#[test]
fn a_server_that_is_killed_or_paused_holds_nobody_up_and_gets_everything_later() {
    let mut server = Server::start(&ServerSettings::default());
    let data = tempfile::tempdir().unwrap();
    let cluster = ClickHouse::open(&config(&server.address()), data.path()).unwrap();
    let block = block(cluster.node(), 0, 5);
    cluster.append(block.clone()).unwrap();
    server.kill();
    let error = cluster.flush().unwrap_err();
    assert!(error.is_transient() && error.to_string().contains("refuses the connection"), "{error}");
    assert!(cluster.blocks(DAY).unwrap_err().is_transient());
    server.restart();
    server.pause();
    let begun = std::time::Instant::now();
    let error = cluster.flush().unwrap_err();
    assert!(error.is_transient() && error.to_string().contains("time limit"), "{error}");
    // Asked how it is, twice at most, with two seconds for each part of an answer; more for a busy machine.
    assert!(begun.elapsed().as_secs() < 12, "{:?}", begun.elapsed());
    server.resume();
    cluster.flush().unwrap();
    assert_eq!(there(&cluster), block.batches);
    settle(&cluster);
}

#[test]
fn a_data_directory_that_was_restored_is_another_collector_with_the_same_log() {
    let server = Server::start(&ServerSettings::default());
    let data = tempfile::tempdir().unwrap();
    let mine = config(&server.address());
    assert_eq!(ClickHouse::renew_node(data.path()).unwrap(), None);
    let cluster = ClickHouse::open(&mine, data.path()).unwrap();
    let before = cluster.node();
    let settled = block(before, 0, 5);
    cluster.append(settled.clone()).unwrap();
    cluster.flush().unwrap();
    cluster.settled().unwrap();
    cluster.append(block(before, settled.end.0, 5)).unwrap();
    cluster.note(NOON, &[JournalEntry::RetentionDay(DAY)]).unwrap();
    drop(cluster);

    assert_eq!(ClickHouse::renew_node(data.path()).unwrap(), Some(before));
    assert_eq!(files(data.path()), Vec::<String>::new());
    let cluster = ClickHouse::open(&mine, data.path()).unwrap();
    assert_ne!(cluster.node(), before);
    assert_eq!(cluster.position().unwrap(), (settled.end, NOON));
}

#[test]
fn a_directory_whose_files_do_not_belong_together_is_not_gone_on_with() {
    let server = Server::start(&ServerSettings::default());
    let data = tempfile::tempdir().unwrap();
    let mine = config(&server.address());
    let cluster = ClickHouse::open(&mine, data.path()).unwrap();
    let first = block(cluster.node(), 0, 5);
    cluster.append(first.clone()).unwrap();
    cluster.append(block(cluster.node(), first.end.0, 5)).unwrap();
    drop(cluster);
    let names = files(data.path());
    let path = data.path().join("cluster").join(&names[0]);
    let content = std::fs::read(&path).unwrap();
    for damaged in [None, Some(&content[..0]), Some(&content[..60]), Some(&content[..content.len() - 1])] {
        match damaged {
            None => std::fs::remove_file(&path).unwrap(),
            Some(content) => std::fs::write(&path, content).unwrap(),
        }
        let error = ClickHouse::open(&mine, data.path()).unwrap_err();
        assert!(!error.is_transient() && error.to_string().contains("restore"), "{error}");
    }
    std::fs::write(&path, &content).unwrap();
    // What was being written when the collector was killed is not there.
    std::fs::write(data.path().join("cluster/block-00000000000000009999.tmp"), "half").unwrap();
    ClickHouse::open(&mine, data.path()).unwrap().flush().unwrap();
    assert_eq!(files(data.path()), names);
}

#[test]
fn a_kill_between_the_position_and_the_file_of_a_block_leaves_nothing_to_do() {
    let server = Server::start(&ServerSettings::default());
    let data = tempfile::tempdir().unwrap();
    let mine = config(&server.address());
    let cluster = ClickHouse::open(&mine, data.path()).unwrap();
    let block = block(cluster.node(), 0, 5);
    cluster.append(block.clone()).unwrap();
    cluster.flush().unwrap();
    let [name] = files(data.path()).try_into().unwrap();
    let path = data.path().join("cluster").join(name);
    let content = std::fs::read(&path).unwrap();
    settle(&cluster);
    drop(cluster);
    std::fs::write(&path, content).unwrap();
    let cluster = ClickHouse::open(&mine, data.path()).unwrap();
    assert_eq!((cluster.position().unwrap().0, files(data.path())), (block.end, Vec::new()));
}

#[test]
fn entries_that_come_from_no_log_are_looked_for_after_a_restart_too() {
    let server = Server::start(&ServerSettings::default());
    let data = tempfile::tempdir().unwrap();
    let mine = config(&server.address());
    let cluster = ClickHouse::open(&mine, data.path()).unwrap();
    cluster.note(NOON, &[JournalEntry::RetentionDay(DAY), JournalEntry::RetentionDay(DAY + 1)]).unwrap();
    drop(cluster);
    assert_eq!(files(data.path()).len(), 1);
    server.run("ALTER TABLE aboveboard.journal DROP PARTITION 202410");
    let cluster = ClickHouse::open(&mine, data.path()).unwrap();
    assert_eq!(cluster.journal().unwrap().len(), 0);
    cluster.settled().unwrap();
    assert_eq!(cluster.journal().unwrap().len(), 2);
    cluster.settled().unwrap();
    assert_eq!(files(data.path()), Vec::<String>::new());
}
