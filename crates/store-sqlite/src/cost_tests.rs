//! What is stored already, of an installation or of thousands of others, makes neither its next batch nor its erasure dear.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;

use aboveboard_store::calendar::{SECONDS_A_DAY, day_of};
use aboveboard_store::entry::LogEntry;
use aboveboard_store::read::{BatchRow, Days, Recorded, RowEvent, Snapshot as _};
use aboveboard_store::{EntryRange, Store as _};
use aboveboard_store_contract::{FAILURE, NOW, PRODUCTS, REPORT, SUCCESS, Sketch, end, erasure, placed};
use rusqlite::StatementStatus;
use rusqlite::trace::{TraceEvent, TraceEventCodes};

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

thread_local! {
    /// The steps of SQLite's machine by statement, and of all together.
    static STEPS: RefCell<(HashMap<String, i32>, i64)> = RefCell::default();
}

/// Adds the steps of a statement that ended. Its own count goes on from one run to the next.
fn count_steps(event: TraceEvent<'_>) {
    let TraceEvent::Profile(statement, _) = event else { return };
    let steps = statement.get_status(StatementStatus::VmStep);
    STEPS.with_borrow_mut(|(known, all)| {
        let before = known.insert(statement.sql().into_owned(), steps).filter(|before| *before <= steps);
        *all += i64::from(steps - before.unwrap_or(0));
    });
}

/// Fills every table that a stranger can fill, as if `strangers` installations with numbers of their own had sent something
/// of each kind about today.
fn fill(store: &SqliteStore, strangers: u32) {
    let today = day_of(NOW);
    let numbers = format!(
        "WITH RECURSIVE n (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n <= {strangers}) INSERT OR IGNORE"
    );
    let day = format!("{today} - n % 14");
    for (table, columns) in [
        (
            "installation",
            format!("1, randomblob(16), n, {day}, {today}, -1, 0, {day}, NULL, NULL, 0, {today}"),
        ),
        ("server", format!("1, randomblob(16), n, {today}, 1")),
        ("batch", format!("randomblob(16), n, {today}")),
        ("tombstone", format!("randomblob(32), {today}")),
        ("context", "1000 + n, 1, 'cli', n, 'linux', 'x86_64', 0, 1".to_owned()),
        ("version", format!("1, 0, n, {today}, 1, {today}")),
        ("row", format!("1, {day}, n, 1, 1, x'000100', 0, 3, 0")),
        ("cube", format!("1, 1, {day}, 1, 0, 1000 + n, 1")),
        ("active", format!("1, {day}, 1000 + n, n / 4096, x'0200'")),
        ("used", format!("1, 1, {day}, 1000 + n, 0, 1000 + n, n / 4096, x'0200'")),
        ("received", format!("1, 1 + n % 3, {today} - n % 56, 1000 + n, 0, 1000 + n, n / 4096, x'0200'")),
        ("batch_count", format!("1, 24 * ({today} - n % 56), 'cli', 0, n")),
        ("cohort", format!("1, {today} - n, n / 4096, x'0200'")),
        ("arrived", format!("1, {today} - n, n / 4096, x'0200'")),
        ("latest", format!("1, n, {today}, 1, 1, x'0a00'")),
        ("process", format!("1, n, {today}, x'00'")),
        ("counted", format!("1, n, {today} - 50, {today} + 40, randomblob(16), 1")),
        ("quality", format!("1, {day}, 'batch', 1000 + n, 1")),
    ] {
        store.connection.execute_batch(&format!("{numbers} INTO {table} SELECT {columns} FROM n")).unwrap();
    }
}

/// The steps that a batch over fourteen days by an installation that is known takes, and then its erasure, in a store that
/// many strangers sent something to.
fn steps_among(strangers: u32, directory: &Path) -> [i64; 2] {
    let manifests = aboveboard_store_contract::manifests();
    let mut store = open(&directory.join(format!("{strangers}.sqlite")), Expect::New).unwrap();
    let days = |event| (0..14).map(move |day| (event, 5 + day * SECONDS_A_DAY));
    let batch =
        |number| Sketch::new(number, 1, &days(SUCCESS).chain(days(FAILURE)).collect::<Vec<_>>()).entry();
    let mut at = 0;
    let mut steps = |store: &mut SqliteStore, entry: LogEntry| {
        STEPS.take();
        store.apply(&EntryRange::new(&[(end(at), entry)], end(at + 1), &manifests)).unwrap();
        at += 1;
        STEPS.take().1
    };
    steps(&mut store, batch(1));
    fill(&store, strangers);
    store.connection.trace_v2(TraceEventCodes::SQLITE_TRACE_PROFILE, Some(count_steps));
    // What is read once after a start is bounded by its limits.
    steps(&mut store, batch(2));
    let next = steps(&mut store, batch(3));
    let goes = steps(&mut store, erasure(1));
    let left: u32 = store
        .connection
        .query_row("SELECT count(*) FROM row WHERE installation = 1", [], |row| row.get(0))
        .unwrap();
    assert_eq!((left, store.remove().unwrap().is_under_way), (0, false), "all of it is measured");
    [next, goes]
}

#[test]
fn a_batch_and_an_erasure_cost_the_same_however_much_strangers_sent() {
    let directory = tempfile::tempdir().unwrap();
    let few = steps_among(10, directory.path());
    let many = steps_among(4_000, directory.path());
    for (what, few, many) in [("batch", few[0], many[0]), ("erasure", few[1], many[1])] {
        assert!(few > 500, "{what}: {few} steps are too few to be all");
        assert!(many < few + few / 5, "{what}: {few} steps among few, {many} among many");
    }
}

#[test]
fn what_is_held_of_an_installation_is_read_without_decoding_what_others_have() {
    let manifests = aboveboard_store_contract::manifests();
    // What the days of installation 1 cost, beside so many others: as loose rows, and packed.
    let costs = |others: u8| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.sqlite");
        let mut store = open(&path, Expect::New).unwrap();
        let own = (0..3).map(|day| Sketch::new(day, 1, &[(SUCCESS, i64::from(day) * SECONDS_A_DAY)]).entry());
        let foreign =
            (0..others).map(|number| Sketch::new(10 + number, 2 + number % 5, &[(SUCCESS, 5)]).entry());
        let entries: Vec<_> = own.chain(foreign).collect();
        let many = placed(&entries);
        store.apply(&EntryRange::new(&many, end(many.len()), &manifests)).unwrap();
        // Were one of another decoded, reading would fail.
        let spoiled = store.connection.execute("UPDATE row SET events = x'ffff' WHERE installation <> 1", []);
        assert_eq!(spoiled.unwrap(), usize::from(others));
        [false, true].map(|packed| {
            if packed {
                assert!(store.compact(day_of(NOW) + 1).unwrap() > 0);
            }
            let reader = SqliteReader::open(&path).unwrap();
            let snapshot = reader.begin().unwrap();
            let mut rows = 0;
            let mut take = |_, _| {
                rows += 1;
                ControlFlow::Continue(())
            };
            let read = snapshot.rows_of(PRODUCTS[0], Sketch::id(1), Days::ALL, u64::MAX, &mut take).unwrap();
            assert_eq!((rows, read.next), (3, None));
            read.cost
        })
    };
    let [loose, packed] = costs(0);
    let [loose_among_others, packed_among_others] = costs(100);
    assert_eq!(loose, loose_among_others);
    assert_eq!(packed, loose, "nobody else is in the block");
    // Two bytes of each other one are passed over.
    assert!((packed..packed + 100).contains(&packed_among_others), "{packed}, {packed_among_others}");
}

#[test]
fn links_are_looked_for_up_to_a_cost_however_many_contexts_strangers_brought_in() {
    const LINKED: &str = r#""name":"command","command":"init","run":"RUN","error":false,"server":"SERVER""#;
    const MAX_COST: u64 = 100_000;
    let manifests = aboveboard_store_contract::manifests();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite");
    let mut store = open(&path, Expect::New).unwrap();
    // On its two days the installation names one server that reports, and eight that nobody knows.
    let made_up = |number: u8| -> (&'static str, i64) {
        let named = aboveboard_types::id::Id::server_reference(PRODUCTS[0], Sketch::id(number)).to_string();
        (LINKED.replace("SERVER", &named).leak(), 5)
    };
    let unknown: Vec<_> = (100..108).map(made_up).collect();
    let mut events = vec![(LINKED, 5), (LINKED, 5 + SECONDS_A_DAY)];
    events.extend(&unknown);
    events.extend(unknown.iter().map(|(event, ago)| (*event, ago + SECONDS_A_DAY)));
    let entries = [Sketch::new(1, 200, &[(REPORT, 5)]).entry(), Sketch::new(2, 1, &events).entry()];
    store.apply(&EntryRange::new(&placed(&entries), end(2), &manifests)).unwrap();
    let contexts = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 15000) \
                    INSERT INTO context SELECT 1000 + n, 1, 'server', n, 'linux', 'x86_64', 0, 1 FROM n";
    store.connection.execute_batch(contexts).unwrap();
    let reader = SqliteReader::open(&path).unwrap();
    let snapshot = reader.begin().unwrap();
    let mut linked = 0;
    let mut take = |_, row: BatchRow| {
        let is_linked = |event: &&RowEvent| matches!(event.what, Recorded::Command { server: Some(_), .. });
        linked += row.events.iter().filter(is_linked).count();
        ControlFlow::Continue(())
    };
    let read = snapshot.rows_of(PRODUCTS[0], Sketch::id(1), Days::ALL, MAX_COST, &mut take).unwrap();
    assert!((MAX_COST..MAX_COST + 25_000).contains(&read.cost), "{} for a day", read.cost);
    assert_eq!((linked, read.next), (1, Some(day_of(NOW))), "the one that reports is told");
}
