//! Sums of servers come out right when processes restart and reports come late or twice; folded events count what they
//! stand for.

use std::path::Path;

use aboveboard_store::calendar::SECONDS_A_DAY;
use aboveboard_store::entry::Position;
use aboveboard_store::{EntryRange, Store as _};
use aboveboard_store_contract::{
    NOW, PRODUCTS, REPORT, Sketch, end, erasure, manifest_text, manifests_of, placed,
};

use super::*;

fn fresh(directory: &Path) -> SqliteStore {
    open(&directory.join("store.sqlite"), Expect::New).unwrap()
}

/// A report of a run, with the sums of two cells since it began.
fn report(run: u8, queries: u64, mutations: u64) -> &'static str {
    let cell = |operation: &str, from: u64, count: u64| {
        format!(
            r#"{{"operation":"{operation}","from":{from},"count":{count},"total":{},"database":{}}}"#,
            count * (4 + from),
            count * 3
        )
    };
    let cells = format!("{},{}", cell("query", 0, queries), cell("mutation", 5, mutations));
    let run = aboveboard_types::id::Id::from_random([run; 16]);
    format!(r#""name":"report","counts":{{"tables":7}},"run":"{run}","timings":{{"requests":[{cells}]}}"#)
        .leak()
}

/// The sums in the cube by name and edge: requests on axis 11, milliseconds on axis 12.
fn sums(store: &mut SqliteStore) -> Vec<(String, i64)> {
    let ledger = store.dump_for_comparison().unwrap();
    let of = |(name, n): &(String, i64)| {
        let words: Vec<_> = name.split(' ').collect();
        let at = words.iter().position(|word| matches!(*word, "11" | "12"))?;
        (words[0] == "cube").then(|| (words[at..].join(" "), *n))
    };
    let mut sums = std::collections::BTreeMap::new();
    for (name, n) in ledger.iter().filter_map(of) {
        *sums.entry(name).or_insert(0) += n;
    }
    sums.into_iter().collect()
}

fn expected(queries: i64, mutations: i64) -> Vec<(String, i64)> {
    [
        ("11 requests mutation 5", mutations),
        ("11 requests query 0", queries),
        ("12 requests mutation 5", mutations * 9),
        ("12 requests query 0", queries * 4),
        ("12 requests.database mutation 5", mutations * 3),
        ("12 requests.database query 0", queries * 3),
    ]
    .map(|(name, n)| (name.to_owned(), n))
    .to_vec()
}

#[test]
fn sums_stay_right_after_a_restart_when_a_report_is_lost_late_or_sent_again() {
    let manifests = aboveboard_store_contract::manifests();
    let directory = tempfile::tempdir().unwrap();
    let mut store = fresh(directory.path());
    let sketches = [
        Sketch::new(1, 1, &[(report(1, 100, 1), 500)]),
        // The report between is lost; the next holds its sums too.
        Sketch::new(2, 1, &[(report(1, 150, 2), 400)]),
        // After a restart the sums begin anew.
        Sketch::new(3, 1, &[(report(2, 5, 1), 300)]),
        // One of the first process that was kept back until now, and one that is older than a report since.
        Sketch::new(4, 1, &[(report(1, 160, 2), 200), (report(1, 110, 1), 190)]),
        Sketch::new(5, 1, &[(report(2, 9, 1), 100), (REPORT, 90)]),
    ];
    let mut entries: Vec<_> = sketches.iter().map(Sketch::entry).collect();
    entries.extend(sketches.iter().map(Sketch::entry));
    let applied = store.apply(&EntryRange::new(&placed(&entries), end(entries.len()), &manifests)).unwrap();
    assert_eq!((applied.batches, applied.duplicates, applied.events), (5, 5, 7), "timings are no events");
    assert_eq!(sums(&mut store), expected(160 + 9, 2 + 1));
    store.rebuild(&mut |_, _| {}).unwrap();
    assert_eq!(sums(&mut store), expected(169, 3), "summed up anew from the rows");

    // Another installation's run of the same tag is another run.
    let other = [(end(entries.len()), Sketch::new(6, 2, &[(report(1, 7, 1), 50)]).entry())];
    store.apply(&EntryRange::new(&other, end(entries.len() + 1), &manifests)).unwrap();
    assert_eq!(sums(&mut store), expected(176, 4));
    let goes = [(end(entries.len() + 1), erasure(1))];
    store.apply(&EntryRange::new(&goes, end(entries.len() + 2), &manifests)).unwrap();
    assert_eq!(sums(&mut store), expected(7, 1), "an erasure takes its sums");
    let left: u32 = store.connection.query_row("SELECT count(*) FROM process", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 1, "and what was remembered of its runs");
}

#[test]
fn only_the_last_processes_of_an_installation_are_remembered() {
    let manifests = aboveboard_store_contract::manifests();
    let directory = tempfile::tempdir().unwrap();
    let mut store = fresh(directory.path());
    // Some days of receipt apart, so that all reports count.
    let sketch = |run: u8| {
        let received = NOW + i64::from(run / 8) * SECONDS_A_DAY;
        Sketch { received, ..Sketch::new(run, 1, &[(report(run, 10, 1), 500)]) }
    };
    let entries: Vec<_> = (0..40).map(|run| sketch(run).entry()).collect();
    store.apply(&EntryRange::new(&placed(&entries), end(40), &manifests)).unwrap();
    assert_eq!(sums(&mut store), expected(400, 40));
    // The last sixteen have told their sums already; one that was forgotten counts as a new one.
    let again: Vec<_> = (0..2)
        .map(|n| {
            Sketch {
                received: NOW + 9 * SECONDS_A_DAY,
                ..Sketch::new(50 + n, 1, &[(report(39 - 16 * n, 10, 1), 500)])
            }
            .entry()
        })
        .collect();
    let again: Vec<_> = again.into_iter().enumerate().map(|(n, entry)| (end(40 + n), entry)).collect();
    store.apply(&EntryRange::new(&again, end(42), &manifests)).unwrap();
    assert_eq!(sums(&mut store), expected(410, 41));
}

/// How often something was noted.
fn noted(store: &mut SqliteStore, what: &str) -> i64 {
    let ledger = store.dump_for_comparison().unwrap();
    ledger
        .iter()
        .filter(|(name, _)| name.starts_with("quality ") && name.ends_with(what))
        .map(|(_, n)| n)
        .sum()
}

#[test]
fn sums_grow_by_no_more_than_a_server_can_serve_in_the_time_since_its_reports() {
    let manifests = aboveboard_store_contract::manifests();
    let directory = tempfile::tempdir().unwrap();
    let mut store = fresh(directory.path());
    let most = (1_u64 << 53) - 1;
    let huge = |run: u8, cells: usize| -> &'static str {
        let run = aboveboard_types::id::Id::from_random([run; 16]);
        let cell = |from: usize| {
            format!(
                r#"{{"operation":"query","from":{},"count":{most},"total":{most},"database":{most}}}"#,
                from * 5
            )
        };
        let cells: Vec<_> = (0..cells).map(cell).collect();
        format!(
            r#""name":"report","counts":{{}},"run":"{run}","timings":{{"requests":[{}]}}"#,
            cells.join(",")
        )
        .leak()
    };
    let mut at = 0;
    let mut send = |sketch: Sketch, store: &mut SqliteStore| {
        store.apply(&EntryRange::new(&[(end(at), sketch.entry())], end(at + 1), &manifests)).unwrap();
        at += 1;
    };
    // An hour of a hundred requests a second, however many cells and processes it is spread over. The times are cut with the
    // number: one in six took five milliseconds or more.
    let hour = [359_999, 600_000, 600_000];
    let all = |store: &mut SqliteStore| {
        ["11 requests ", "12 requests ", "12 requests.database "].map(|of| {
            sums(store).iter().filter(|(name, _)| name.starts_with(of)).map(|(_, n)| *n).sum::<i64>()
        })
    };
    send(Sketch::new(1, 1, &[(huge(1, 2), 5), (huge(2, 1), 4)]), &mut store);
    assert_eq!((all(&mut store), noted(&mut store, "overgrown")), (hour, 2));
    // At once again there is no time left, and nothing that was cut off is made up for later.
    send(Sketch::new(2, 1, &[(huge(3, 1), 3)]), &mut store);
    assert_eq!((all(&mut store), noted(&mut store, "overgrown")), (hour, 3));
    let later = Sketch { received: NOW + 10 * 3_600, ..Sketch::new(3, 1, &[(huge(1, 2), 3)]) };
    send(later, &mut store);
    assert_eq!(all(&mut store), hour);
    let later = Sketch { received: NOW + 10 * 3_600, ..Sketch::new(4, 1, &[(huge(4, 1), 3)]) };
    send(later, &mut store);
    let more = hour.map(|of_hour| of_hour + 3_600_000);
    assert_eq!(all(&mut store), more, "ten hours more, of a millisecond each");
    store.rebuild(&mut |_, _| {}).unwrap();
    assert_eq!(all(&mut store), more);
    store.connection.execute("UPDATE cube SET n = 9223372036854775807 WHERE axis = 11", []).unwrap();
    send(Sketch::new(5, 2, &[(report(9, 5, 5), 5)]), &mut store);
}

/// A report of a new process with one cell.
fn told(run: u8, from: u64, count: u64, total: u64) -> &'static str {
    let run = aboveboard_types::id::Id::from_random([run; 16]);
    let cell = format!(
        r#"{{"operation":"query","from":{from},"count":{count},"total":{total},"database":{total}}}"#
    );
    format!(r#""name":"report","counts":{{}},"run":"{run}","timings":{{"requests":[{cell}]}}"#).leak()
}

#[test]
fn no_part_of_a_time_is_longer_than_the_whole() {
    let manifests = aboveboard_store_contract::manifests();
    let directory = tempfile::tempdir().unwrap();
    let mut store = fresh(directory.path());
    let told = told(1, 5, 1_000, 20_000).replace("\"database\":20000", "\"database\":3000000").leak();
    let entry = Sketch::new(1, 1, &[(told, 5)]).entry();
    store.apply(&EntryRange::new(&placed(&[entry]), end(1), &manifests)).unwrap();
    let of =
        |axis: &str| sums(&mut store).into_iter().find(|(name, _)| name.starts_with(axis)).map(|(_, n)| n);
    let mut of = of;
    assert_eq!((of("12 requests "), of("12 requests.database ")), (Some(20_000), Some(20_000)));
}

#[test]
fn a_first_report_without_timings_takes_nothing_from_the_next() {
    let manifests = aboveboard_store_contract::manifests();
    let directory = tempfile::tempdir().unwrap();
    let mut store = fresh(directory.path());
    let first = Sketch::new(1, 1, &[("\"name\":\"report\",\"counts\":{}", 5)]);
    let later =
        Sketch { received: NOW + 24 * 3_600, ..Sketch::new(2, 1, &[(told(1, 0, 864_000, 864_000), 5)]) };
    for (at, sketch) in (0..).zip([first, later]) {
        store.apply(&EntryRange::new(&[(end(at), sketch.entry())], end(at + 1), &manifests)).unwrap();
    }
    let requests = sums(&mut store).into_iter().find(|(name, _)| name.starts_with("11 requests "));
    assert_eq!(requests.map(|(_, n)| n), Some(864_000), "ten a second for a day");
}

#[test]
fn number_and_times_never_contradict_each_other_whatever_a_sender_tells() {
    const MOST: u64 = (1 << 53) - 1;
    let manifests = aboveboard_store_contract::manifests();
    let directory = tempfile::tempdir().unwrap();
    for (number, (from, count, total)) in (1_u8..).zip([
        (5, MOST, 0),
        (5, MOST, 7),
        (5, 1, MOST),
        (5, MOST, MOST),
        (0, 1, MOST),
        (0, MOST, 0),
        (0, 7, 3),
    ]) {
        let mut store = open(&directory.path().join(format!("{number}.sqlite")), Expect::New).unwrap();
        let entry = Sketch::new(1, 1, &[(told(1, from, count, total), 5)]).entry();
        store.apply(&EntryRange::new(&placed(&[entry]), end(1), &manifests)).unwrap();
        let of = |sums: &[(String, i64)], axis| {
            sums.iter().find(|(name, _)| name.starts_with(axis)).map_or(0, |(_, n)| n.cast_unsigned())
        };
        let all = sums(&mut store);
        let requests = of(&all, "11 requests ");
        let milliseconds = of(&all, "12 requests ");
        let case = format!("{count} requests from {from} ms with {total} ms: {requests} with {milliseconds}");
        assert!(requests <= 360_000 && milliseconds <= 3_600_000, "{case}");
        assert!(milliseconds >= requests * from, "each took as long as its edge says: {case}");
        assert!(from > 0 || milliseconds <= requests * 5, "and no longer: {case}");
        assert!(requests > 0 || all.is_empty(), "no time without a request: {case}");
    }
}

#[test]
fn times_are_bounded_by_the_edges_of_the_revision_that_the_server_runs() {
    let text = manifest_text(PRODUCTS[0]);
    let of = |revision: u32, edges: &str| {
        text.replace("revision = 1", &format!("revision = {revision}")).replace(r#"edges = ["5ms"]"#, edges)
    };
    let manifests =
        manifests_of(&[of(1, r#"edges = ["5ms", "100ms"]"#), of(2, r#"edges = ["5ms", "10ms", "100ms"]"#)]);
    let directory = tempfile::tempdir().unwrap();
    let mut store = fresh(directory.path());
    let entry = Sketch::new(1, 1, &[(told(1, 5, 1_000, 50_000), 5)]).entry();
    store.apply(&EntryRange::new(&placed(&[entry]), end(1), &manifests)).unwrap();
    let whole: Vec<_> = sums(&mut store).into_iter().filter(|(name, _)| !name.contains("database")).collect();
    assert_eq!(
        whole,
        [("11 requests query 5".to_owned(), 1_000), ("12 requests query 5".to_owned(), 50_000)]
    );
}

#[test]
fn a_server_that_reports_every_minute_loses_no_sums_to_the_bytes_of_a_day() {
    const REPORTS: u64 = 720;
    let most = aboveboard_store::limits::MAX_BYTES_A_DAY.cast_signed();
    let operations: Vec<_> = (0..90).map(|n| format!("\"o{n}\"")).collect();
    let text = manifest_text(PRODUCTS[0])
        .replace(r#"every = "24h""#, r#"every = "1m""#)
        .replace(r#"parts = ["database"]"#, "parts = [\"database\"]\nrate = 1000000")
        .replace(r#"["query", "mutation"]"#, &format!("[{}]", operations.join(", ")));
    let manifests = manifests_of(&[text]);
    let directory = tempfile::tempdir().unwrap();
    let mut store = fresh(directory.path());
    let run = aboveboard_types::id::Id::from_random([7; 16]);
    let report = |number: u64| -> &'static str {
        let count = number * 20_000;
        let cell = |operation: &String, from: u64| {
            let total = count * (from + 4);
            format!(
                r#"{{"operation":{operation},"from":{from},"count":{count},"total":{total},"database":{count}}}"#
            )
        };
        let cells: Vec<_> = operations.iter().flat_map(|of| [cell(of, 0), cell(of, 5)]).collect();
        let cells = cells.join(",");
        format!(r#""name":"report","counts":{{"tables":7}},"run":"{run}","timings":{{"requests":[{cells}]}}"#)
            .leak()
    };
    let send = |store: &mut SqliteStore, batch: u8, events: &[(&'static str, i64)]| {
        let position = store.position().unwrap();
        let entries = [(position, Sketch::new(batch, 1, events).entry())];
        let applied =
            store.apply(&EntryRange::new(&entries, Position(position.0 + 100), &manifests)).unwrap();
        (applied.events, applied.over_cap)
    };
    let served = |store: &mut SqliteStore| {
        sums(store).iter().find(|(name, _)| name == "11 requests o89 5").map_or(0, |(_, n)| n.cast_unsigned())
    };
    let all: Vec<_> = (1..=REPORTS).map(|number| (report(number), 5)).collect();
    for (batch, events) in (1..).zip(all.chunks(90)) {
        assert_eq!(send(&mut store, batch, events), (90, 0));
    }
    assert_eq!(served(&mut store), REPORTS * 20_000);
    let bytes = "SELECT max(bytes) FROM row";
    let bytes: i64 = store.connection.query_row(bytes, [], |row| row.get(0)).unwrap();
    assert!(bytes > most, "{bytes} bytes are too few to prove anything");
    // Reports take no room from other events, and other events none from them.
    let other = r#""name":"start-finished","fields":{"provider":"podman"}"#;
    assert_eq!(send(&mut store, 100, &[(other, 5)]), (1, 0));
    store.connection.execute("UPDATE row SET bytes = bytes + ?1", [most]).unwrap();
    assert_eq!(send(&mut store, 101, &[(other, 5)]), (0, 1));
    assert_eq!(send(&mut store, 102, &[(report(REPORTS + 1), 5)]), (1, 0));
    assert_eq!(served(&mut store), (REPORTS + 1) * 20_000);
}

#[test]
fn a_server_that_is_read_while_it_counts_loses_nothing() {
    let manifests = aboveboard_store_contract::manifests();
    let directory = tempfile::tempdir().unwrap();
    let mut store = fresh(directory.path());
    // The third request is counted, and its time is not yet; then the other way round.
    let sketches = [(3, 20), (3, 30), (3, 40), (4, 40)].map(|(count, total)| (told(1, 5, count, total), 5));
    let entries: Vec<_> =
        (1..).zip(sketches).map(|(number, event)| Sketch::new(number, 1, &[event]).entry()).collect();
    store.apply(&EntryRange::new(&placed(&entries), end(4), &manifests)).unwrap();
    let whole: Vec<_> = sums(&mut store).into_iter().filter(|(name, _)| !name.contains("database")).collect();
    assert_eq!(whole, [("11 requests query 5".to_owned(), 4), ("12 requests query 5".to_owned(), 40)]);
}

#[test]
fn made_up_servers_together_weigh_no_more_than_those_that_are_known() {
    let manifests = aboveboard_store_contract::manifests();
    let directory = tempfile::tempdir().unwrap();
    let mut store = fresh(directory.path());
    let mut at = 0;
    let mut send = |store: &mut SqliteStore, day: i64, batch: u8, installation: u8, count: u64| {
        let received = NOW + day * SECONDS_A_DAY;
        let event = (told(batch, 0, count, count), 5);
        let entry = Sketch { received, ..Sketch::new(batch, installation, &[event]) }.entry();
        store.apply(&EntryRange::new(&[(end(at), entry)], end(at + 1), &manifests)).unwrap();
        at += 1;
    };
    let requests = |store: &mut SqliteStore| {
        sums(store).iter().find(|(name, _)| name.starts_with("11 ")).map_or(0, |(_, n)| *n)
    };
    // All together may weigh what one server can serve in a day.
    for made_up in 100..130 {
        send(&mut store, 0, made_up, made_up, 360_000);
    }
    assert_eq!(requests(&mut store), 8_640_000);
    assert_eq!(noted(&mut store, "overgrown"), 6);
    // The first that is known serves little: that takes nothing from those who are new.
    send(&mut store, 1, 1, 1, 10);
    send(&mut store, 3, 2, 1, 5_000);
    let before = requests(&mut store);
    for made_up in 130..160 {
        send(&mut store, 3, made_up, made_up, 360_000);
    }
    assert_eq!(requests(&mut store) - before, 8_640_000);
    // Once those who are known serve more than one can, no more than they do.
    send(&mut store, 8, 3, 1, 9_000_000);
    let before = requests(&mut store);
    for made_up in 160..200 {
        send(&mut store, 8, made_up, made_up, 360_000);
    }
    assert_eq!(requests(&mut store) - before, 9_000_000);
    // Of the known one itself everything counts that it can have served.
    send(&mut store, 8, 4, 1, 100_000);
    assert_eq!(requests(&mut store) - before, 9_100_000);
}

#[test]
fn one_installation_adds_so_many_drops_a_day_and_all_that_are_made_up_no_more_together() {
    const MOST: &str = r#""spool-full":9007199254740991,"damaged":9007199254740991"#;
    let manifests = aboveboard_store_contract::manifests();
    let directory = tempfile::tempdir().unwrap();
    let mut store = fresh(directory.path());
    let mut at = 0;
    let mut send = |store: &mut SqliteStore, day: i64, installation: u8, outcomes| {
        let received = NOW + day * SECONDS_A_DAY;
        let sketch = Sketch { received, outcomes, ..Sketch::new(at, installation, &[]) };
        let at_entry = usize::from(at);
        let entry = sketch.entry();
        store.apply(&EntryRange::new(&[(end(at_entry), entry)], end(at_entry + 1), &manifests)).unwrap();
        at += 1;
    };
    let drops = |store: &mut SqliteStore| {
        let all = store.dump_for_comparison().unwrap();
        all.iter().filter(|(name, _)| name.contains("drop:")).map(|(_, n)| *n).sum::<i64>()
    };
    send(&mut store, 0, 1, r#""spool-full":7,"damaged":3"#);
    assert_eq!(drops(&mut store), 10);
    (0..40).for_each(|made_up| send(&mut store, 0, 100 + made_up, MOST));
    assert_eq!(drops(&mut store), 50_000, "all that nobody knows");
    (0..40).for_each(|_| send(&mut store, 2, 1, MOST));
    assert_eq!(drops(&mut store), 100_000, "one that is known, on one day");
    send(&mut store, 3, 1, r#""spool-full":7"#);
    assert_eq!(drops(&mut store), 100_007, "and it goes on the next");
}

#[test]
fn sums_under_many_restart_tags_take_no_more_room_than_they_took_on_the_way() {
    let manifests = aboveboard_store_contract::manifests();
    let directory = tempfile::tempdir().unwrap();
    let mut store = fresh(directory.path());
    let cells: Vec<_> = ["query", "mutation"]
        .into_iter()
        .flat_map(|operation| [0, 5].map(|from| (operation, from)))
        .map(|(operation, from)| {
            format!(r#"{{"operation":"{operation}","from":{from},"count":9007199254740991,"total":9007199254740991,"database":8123456789012345}}"#)
        })
        .collect();
    let event = |run: u8| -> &'static str {
        let run = aboveboard_types::id::Id::from_random([run; 16]);
        format!(
            r#""name":"report","counts":{{}},"run":"{run}","timings":{{"requests":[{}]}}"#,
            cells.join(",")
        )
        .leak()
    };
    let events: Vec<_> = (0..16).map(|run| (event(run), 5 + i64::from(run % 14) * SECONDS_A_DAY)).collect();
    let entry = Sketch::new(1, 1, &events).entry();
    store.apply(&EntryRange::new(&placed(&[entry]), end(1), &manifests)).unwrap();
    let kept: u32 =
        store.connection.query_row("SELECT sum(length(sums)) FROM process", [], |row| row.get(0)).unwrap();
    assert!((100..400).contains(&kept), "{kept} bytes for sixteen processes of twelve sums");
}

#[test]
fn a_server_that_was_offline_for_days_loses_nothing_of_its_sums() {
    let manifests = aboveboard_store_contract::manifests();
    let directory = tempfile::tempdir().unwrap();
    let mut store = fresh(directory.path());
    let day = 100 * 86_400 / 2;
    let known = Sketch::new(1, 1, &[(report(1, 10, 1), 5)]);
    // Half of what a server can serve each day, for six days, in two batches.
    let report_of =
        |days: u64| (report(1, 10 + day * days / 10, 1), (6 - i64::try_from(days).unwrap()) * SECONDS_A_DAY);
    let received = NOW + 6 * SECONDS_A_DAY;
    let first = Sketch { received, ..Sketch::new(2, 1, &[report_of(1), report_of(2), report_of(3)]) };
    let second = Sketch { received, ..Sketch::new(3, 1, &[report_of(4), report_of(5), report_of(6)]) };
    let entries = [known, first, second].map(|sketch| sketch.entry());
    store.apply(&EntryRange::new(&placed(&entries), end(3), &manifests)).unwrap();
    assert_eq!(noted(&mut store, "overgrown"), 0);
    assert_eq!(sums(&mut store), expected(10 + i64::try_from(day).unwrap() * 6 / 10, 1));
}

#[test]
fn a_folded_event_counts_as_often_as_it_happened() {
    let manifests = aboveboard_store_contract::manifests();
    let directory = tempfile::tempdir().unwrap();
    let mut store = fresh(directory.path());
    let folded = r#""name":"start-finished","fields":{"provider":"podman"},"times":1000"#;
    let once = r#""name":"start-finished","fields":{"provider":"docker"}"#;
    let entries = [Sketch::new(1, 1, &[(folded, 5), (once, 4)]).entry()];
    let applied = store.apply(&EntryRange::new(&placed(&entries), end(1), &manifests)).unwrap();
    assert_eq!(applied.events, 1_001);
    let of = |store: &mut SqliteStore| {
        let ledger = store.dump_for_comparison().unwrap();
        let n = |name: &str| ledger.iter().find(|(key, _)| key.ends_with(name)).map(|(_, n)| *n);
        (n(" start-finished 0"), n(" start-finished.provider podman"), n(" start-finished.provider docker"))
    };
    assert_eq!(of(&mut store), (Some(1_001), Some(1_000), Some(1)));
    store.rebuild(&mut |_, _| {}).unwrap();
    assert_eq!(of(&mut store), (Some(1_001), Some(1_000), Some(1)));
    // The cap of a day counts what they stand for.
    let flood: Vec<_> = (0..6)
        .map(|batch| {
            let ten = r#""name":"start-finished","fields":{},"times":10000"#;
            (end(usize::from(batch) + 1), Sketch::new(batch + 2, 1, &[(ten, 3)]).entry())
        })
        .collect();
    let applied = store.apply(&EntryRange::new(&flood, end(7), &manifests)).unwrap();
    assert_eq!(applied.events, 40_000, "50,000 of a day");
}
