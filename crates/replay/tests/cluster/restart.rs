//! What a collector knows after it was started again.

use aboveboard_replay::memory::MemoryCluster;
use aboveboard_store::entry::Position;
use aboveboard_store::{EntryRange, Store as _};
use aboveboard_store_contract::{Sketch, manifests};

use super::node::{Node, open};

/// Gives a collector a batch that tells of dropped events, and returns how many are counted in all.
fn drops(node: &mut Node, number: u8) -> i64 {
    let outcomes = r#""spool-full":30000"#;
    let entry = Sketch { outcomes, ..Sketch::new(number, number, &[]) }.entry();
    let position = Position(u64::from(number) * 10);
    let end = Position(position.0 + 10);
    node.apply(&EntryRange::new(&[(position, entry)], end, &manifests())).unwrap();
    let figures = node.dump_for_comparison().unwrap();
    figures.iter().filter(|(name, _)| name.ends_with(" drop:spool-full")).map(|(_, n)| n).sum()
}

#[test]
fn strangers_add_no_more_in_a_day_where_a_collector_is_started_again() {
    let cluster = MemoryCluster::new(2);
    let mut node = open(&cluster, 1);
    assert_eq!(drops(&mut node, 0), 30_000);
    drop(node);
    let mut again = open(&cluster, 1);
    assert_eq!(drops(&mut again, 1), 50_000, "all of them together add what one may");
    assert_eq!(drops(&mut again, 2), 50_000);
    drop(again);
    assert_eq!(drops(&mut open(&cluster, 1), 3), 50_000);
    // Another collector has a day of its own.
    let mut other = open(&cluster, 2);
    assert_eq!(drops(&mut other, 4), 80_000);
}
