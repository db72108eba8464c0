//! Retention deletes on time, whatever the clock did meanwhile.

use std::time::Duration;

use aboveboard_store::calendar::{SECONDS_A_DAY, day_of};
use aboveboard_store::in_force::ManifestsInForce;
use aboveboard_store::limits::CLOCK_PATIENCE;
use aboveboard_store::retention::{Retention, run};
use aboveboard_store::{EntryRange, Store};
use aboveboard_store_contract::{NOW, SUCCESS, Sketch, end, manifests, placed};

use crate::{Expect, open, retire};

const AT_ONCE: Duration = Duration::ZERO;

#[test]
fn a_clock_that_is_ahead_for_a_while_deletes_nothing_and_hides_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let manifests = manifests();
    let mut store = open(&directory.path().join("store.sqlite"), Expect::New).unwrap();
    let mut retention = Retention::default();
    let mut round = |store: &mut dyn Store, days: i64, running: Duration| {
        retention.round(store, NOW + days * SECONDS_A_DAY, running, &manifests).unwrap().rows
    };
    assert_eq!(round(&mut store, 4_000, AT_ONCE), 0, "on a new store");
    let first = Sketch::new(1, 1, &[(SUCCESS, 5)]).entry();
    store.apply(&EntryRange::new(&placed(&[first]), end(1), &manifests)).unwrap();
    let before = store.dump_for_comparison().unwrap();
    assert_eq!(round(&mut store, 4_000, AT_ONCE), 0);
    // What arrives under such a clock does not vouch for it.
    assert_eq!(round(&mut store, 0, AT_ONCE), 0);
    let mut ahead = Sketch::new(2, 2, &[]);
    ahead.received = NOW + 4_000 * SECONDS_A_DAY;
    store.apply(&EntryRange::new(&[(end(1), ahead.entry())], end(2), &manifests)).unwrap();
    assert_eq!(round(&mut store, 4_000, CLOCK_PATIENCE / 2), 0);
    assert_eq!(round(&mut store, 1, CLOCK_PATIENCE), 0, "the clock was set");
    assert_eq!(round(&mut store, 4_000, 2 * CLOCK_PATIENCE), 0, "the time starts anew");
    let second = Sketch::new(3, 3, &[(SUCCESS, 5)]).entry();
    assert_eq!(store.apply(&EntryRange::new(&[(end(2), second)], end(3), &manifests)).unwrap().events, 1);
    assert!(store.dump_for_comparison().unwrap().len() > before.len());
    assert_eq!(round(&mut store, 4_000, 3 * CLOCK_PATIENCE), 2, "a clock that stays is right");
}

#[test]
fn a_machine_that_was_off_for_a_weekend_deletes_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let manifests = manifests();
    let mut store = open(&directory.path().join("store.sqlite"), Expect::New).unwrap();
    let sent = Sketch::new(1, 1, &[(SUCCESS, 5)]).entry();
    store.apply(&EntryRange::new(&placed(&[sent]), end(1), &manifests)).unwrap();
    let rows = |days: i64, store: &mut dyn Store| {
        Retention::default().round(store, NOW + days * SECONDS_A_DAY, AT_ONCE, &manifests).unwrap().rows
    };
    let all: u64 = (0..=35).step_by(5).map(|days| rows(days, &mut store)).sum();
    assert_eq!(all, 1);
}

#[test]
fn retention_goes_on_for_a_product_whose_manifest_is_gone() {
    let directory = tempfile::tempdir().unwrap();
    let manifests = manifests();
    let mut store = open(&directory.path().join("store.sqlite"), Expect::New).unwrap();
    let sent = Sketch::new(1, 1, &[(SUCCESS, 5)]).entry();
    store.apply(&EntryRange::new(&placed(&[sent]), end(1), &manifests)).unwrap();
    run(&mut store, NOW, &manifests).unwrap();
    let manifests = ManifestsInForce::default();
    assert_eq!(run(&mut store, NOW + 30 * SECONDS_A_DAY, &manifests).unwrap().rows, 0);
    assert_eq!(run(&mut store, NOW + 31 * SECONDS_A_DAY, &manifests).unwrap().rows, 1);
}

#[test]
fn days_that_find_no_room_are_looked_at_so_many_at_a_time_and_hold_no_other_day_up() {
    let directory = tempfile::tempdir().unwrap();
    let manifests = manifests();
    let mut store = open(&directory.path().join("store.sqlite"), Expect::New).unwrap();
    let days = (0..5).map(|day| (SUCCESS, 5 + day * SECONDS_A_DAY)).collect::<Vec<_>>();
    let entry = Sketch::new(1, 1, &days).entry();
    store.apply(&EntryRange::new(&placed(&[entry]), end(1), &manifests)).unwrap();
    // The four oldest have blocks that are full.
    let full = "INSERT INTO block (product, day, chunk, rows, bytes, inflated) \
                SELECT product, day, 0, 0, x'', 9223372036854775807 / 2 FROM row ORDER BY day LIMIT 4";
    assert_eq!(store.connection.execute(full, []).unwrap(), 4);
    let mut round =
        || store.transact(|transaction, _, _| retire::compact(transaction, day_of(NOW) + 1, 2)).unwrap();
    assert_eq!([round(), round()], [0, 0], "two days each");
    assert_eq!(round(), 1, "the day behind them has its turn");
    assert_eq!([round(), round(), round()], [0, 0, 0]);
}
