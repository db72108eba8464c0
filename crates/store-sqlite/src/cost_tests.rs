//! What an installation has stored does not make its next batch dear.

use aboveboard_store::calendar::day_of;
use aboveboard_store::{EntryRange, Store as _};
use aboveboard_store_contract::{NOW, PRODUCTS, REPORT, SUCCESS, Sketch, end, placed};
use rusqlite::StatementStatus;

use super::*;

/// Batches of a day that is full of rows.
const FULL: u8 = 200;

/// Batches of a report each, after that.
const MORE: u8 = 50;

/// The most steps of SQLite's machine that finding one row by its key may take.
const MAX_STEPS: i32 = 100;

#[test]
fn reports_are_capped_without_reading_the_rows_of_a_full_day() {
    let manifests = aboveboard_store_contract::manifests();
    let directory = tempfile::tempdir().unwrap();
    let mut store = open(&directory.path().join("store.sqlite"), Expect::New).unwrap();
    let batch = |number: u8, event| Sketch::new(number, 1, &[(event, 5)]).entry();
    let mut entries: Vec<_> = (0..FULL).map(|number| batch(number, SUCCESS)).collect();
    entries.push(batch(FULL, REPORT));
    let many = placed(&entries);
    let applied = store.apply(&EntryRange::new(&many, end(many.len()), &manifests)).unwrap();
    assert_eq!(applied.events, u64::from(FULL) + 1);

    // No row but the last is needed: were another one decoded, applying would fail.
    let spoiled = store
        .connection
        .execute("UPDATE row SET events = x'ffff' WHERE part < (SELECT max(part) FROM row)", [])
        .unwrap();
    assert_eq!(spoiled, usize::from(FULL));
    let more: Vec<_> =
        (0..MORE).map(|at| (end(many.len() + usize::from(at)), batch(FULL + 1 + at, REPORT))).collect();
    let applied = store.apply(&EntryRange::new(&more, end(many.len() + more.len()), &manifests)).unwrap();
    let cap = aboveboard_store::facts::ProductTerms::of(&manifests, PRODUCTS[0]).max_reports_a_day();
    assert_eq!(
        (applied.events, applied.over_cap),
        (cap - 1, u64::from(MORE) - (cap - 1)),
        "the first counts too"
    );

    let mut find = store.connection.prepare(rows::LAST_ROW).unwrap();
    let found: (u32, u32) =
        find.query_row([1, i64::from(day_of(NOW)), 1], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!((u64::from(found.0), u64::from(found.1)), (u64::from(FULL) + cap, cap));
    let steps = find.get_status(StatementStatus::VmStep);
    assert!(steps < MAX_STEPS, "{steps} steps for one row of {FULL}");
    assert_eq!(find.get_status(StatementStatus::Sort) + find.get_status(StatementStatus::FullscanStep), 0);
}

#[test]
fn a_transaction_ends_by_time_and_the_same_range_goes_on() {
    let manifests = aboveboard_store_contract::manifests();
    let directory = tempfile::tempdir().unwrap();
    let mut store = open(&directory.path().join("store.sqlite"), Expect::New).unwrap();
    let entries: Vec<_> = (0..3).map(|number| Sketch::new(number, 1, &[(SUCCESS, 5)]).entry()).collect();
    let many = placed(&entries);
    let range = EntryRange::new(&many, end(3), &manifests).within(std::time::Duration::ZERO);
    for left in [Some(many[1].0), Some(many[2].0), None] {
        let applied = store.apply(&range).unwrap();
        assert_eq!((applied.events, applied.left_from), (1, left), "one at a time");
        assert_eq!(store.position().unwrap(), left.unwrap_or(end(3)));
    }
    let applied = store.apply(&range).unwrap();
    assert_eq!((applied.batches, applied.duplicates, applied.left_from), (0, 0, None));
}
