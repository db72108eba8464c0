//! What every adapter of the ports owes, each as one check.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;

use aboveboard_store::calendar::{Day, SECONDS_A_DAY, day_of};
use aboveboard_store::entry::{LogEntry, Position};
use aboveboard_store::limits::{ID_RETENTION_DAYS, RECEIPT_DAYS, RECEIPT_HOUR_DAYS};
use aboveboard_store::packed_version::pack_version;
use aboveboard_store::read::{Days, Recorded, StoreReader};
use aboveboard_store::retention;
use aboveboard_store::{Applied, EntryRange, Store};
use aboveboard_types::value::Version;
use proptest::prelude::*;

use super::amendments;
use super::answers;
use super::cases::Cases;
use super::contributions;
use super::questions;
use super::random::entries;
use super::reference::reference;
use super::sketch::{
    FAILURE, NOW, PRODUCTS, REPORT, SERVER, SUCCESS, Sketch, end, erasure, manifest_text, manifests,
    manifests_of, placed,
};

/// Runs the whole contract, with as many random cases as `cases` says. `fresh` makes a new, empty store in a directory; `again` opens the one that is there, and
/// `reader` opens it for reading.
pub fn every_store_passes<S: Store>(
    cases: Cases,
    fresh: impl Fn(&Path) -> S,
    again: impl Fn(&Path) -> S,
    reader: impl Fn(&Path) -> Box<dyn StoreReader>,
) {
    the_figures_are_those_of_the_reference_in_any_batching(cases, &fresh);
    the_answers_are_those_of_the_reference(cases, &fresh, &reader);
    a_log_read_again_changes_nothing(&fresh, &again);
    the_first_in_the_log_wins(&fresh);
    a_batch_is_known_by_its_product_its_installation_and_its_id(&fresh);
    erasure_leaves_no_trace_and_lets_nothing_back(&fresh, &again);
    an_installation_is_given_its_own_rows_and_no_others(cases, &fresh, &reader);
    a_link_is_kept_where_the_server_reported_about_that_time(&fresh, &reader);
    retention_forgets_installations_and_keeps_counts(&fresh);
    compaction_changes_no_figure(cases, &fresh);
    ids_are_forgotten_after_their_time(&fresh);
    what_was_received_is_known_for_its_time(&fresh, &reader);
    a_flood_of_one_installation_is_cut_off(&fresh);
    made_up_versions_hide_no_release_and_rows_keep_them(&fresh, &reader);
    only_so_many_reports_of_a_day_count(&fresh);
    contributions::what_an_installation_adds_depends_on_nobody_else(cases, &fresh, &reader);
    contributions::what_installations_add_is_what_the_slow_way_gives(cases, &fresh, &reader);
    contributions::who_counts_was_heard_again_after_its_first_receipt(&fresh, &reader);
    contributions::requests_count_from_the_day_on_which_an_installation_is_verified(&fresh, &reader);
    contributions::the_version_that_counts_is_the_one_that_was_sent_whatever_strangers_made_up(
        &fresh, &reader,
    );
    contributions::an_older_revision_rules_in_its_own_names(&fresh, &reader);
    contributions::what_is_kept_of_a_presence_goes_with_its_installation_and_its_time(&fresh, &reader);
    amendments::what_strangers_sent_goes_and_what_is_known_stays_as_if_they_had_never_come(&fresh, &reader);
    amendments::an_installation_that_also_sent_another_version_stays_and_its_data_count_as_other(
        &fresh, &reader,
    );
    amendments::an_admitted_version_is_counted_as_if_it_had_had_its_name_from_the_beginning(&fresh, &reader);
    amendments::an_item_goes_from_rows_and_figures_and_its_installations_were_there_all_the_same(
        &fresh, &reader,
    );
    amendments::a_named_line_shows_its_versions_whatever_was_made_up_before(&fresh, &reader);
}

fn the_figures_are_those_of_the_reference_in_any_batching<S: Store>(
    cases: Cases,
    fresh: &impl Fn(&Path) -> S,
) {
    let manifests = manifests();
    let config = cases.config(48);
    proptest!(config, |(entries in entries(), cuts in prop::collection::vec(1usize..8, 0..20))| {
        let directory = tempfile::tempdir().unwrap();
        let mut store = fresh(directory.path());
        let placed = placed(&entries);
        let mut from = 0_usize;
        for cut in cuts.into_iter().chain([usize::MAX]) {
            let to = from.saturating_add(cut).min(placed.len());
            store.apply(&EntryRange::new(&placed[from..to], end(to), &manifests)).unwrap();
            from = to;
        }
        let expected = reference(&entries, &manifests);
        prop_assert_eq!(store.dump_for_comparison().unwrap(), expected.clone());
        store.rebuild(&mut |_, _| {}).unwrap();
        prop_assert_eq!(store.dump_for_comparison().unwrap(), expected);
        prop_assert_eq!(store.position().unwrap(), end(placed.len()));
    });
}

/// Funnels over everything that can be used, for the answers. Batches are drawn whose installations mix components.
const FUNNELS: &str = r#"
[funnels.short]
steps = ["init", "metadata apply"]
within = "1d"
why = "Who applies metadata on the first day?"
[funnels.back]
steps = ["init", "metadata apply", "init"]
within = "5d"
why = "Who comes back to where they began?"
[funnels.long]
steps = ["report", "event:start-finished", "table_tracked", "init"]
within = "30d"
why = "Who does everything there is to do?"
"#;

fn the_answers_are_those_of_the_reference<S: Store>(
    cases: Cases,
    fresh: &impl Fn(&Path) -> S,
    reader: &impl Fn(&Path) -> Box<dyn StoreReader>,
) {
    let manifests = manifests();
    let product = PRODUCTS[0];
    let manifest = aboveboard_manifest::parse(&(manifest_text(product) + FUNNELS), product).unwrap();
    let config = cases.config(48);
    proptest!(config, |(drawn in entries())| {
        // The lines of the reference name installations without their product.
        let entries: Vec<_> = drawn.into_iter().filter(|entry| is_of(entry, product)).collect();
        let directory = tempfile::tempdir().unwrap();
        let mut store = fresh(directory.path());
        let upto = end(entries.len());
        store.apply(&EntryRange::new(&placed(&entries), upto, &manifests)).unwrap();
        let reader = reader(directory.path());
        let snapshot = reader.snapshot().unwrap();
        prop_assert_eq!(snapshot.position().unwrap(), upto);
        let expected = reference(&entries, &manifests);
        answers::compare(&*snapshot, &manifest, &expected);
        questions::compare(&*snapshot, product, &expected);
    });
}

fn an_installation_is_given_its_own_rows_and_no_others<S: Store>(
    cases: Cases,
    fresh: &impl Fn(&Path) -> S,
    reader: &impl Fn(&Path) -> Box<dyn StoreReader>,
) {
    let manifests = manifests();
    let product = PRODUCTS[0];
    let config = cases.config(24);
    proptest!(config, |(entries in entries(), packed in any::<bool>())| {
        let directory = tempfile::tempdir().unwrap();
        let mut store = fresh(directory.path());
        store.apply(&EntryRange::new(&placed(&entries), end(entries.len()), &manifests)).unwrap();
        if packed {
            store.compact(day_of(NOW)).unwrap();
        }
        let reader = reader(directory.path());
        let snapshot = reader.snapshot().unwrap();
        let mut all = Vec::new();
        for day in snapshot.row_days(product, Days::ALL).unwrap() {
            snapshot.rows(product, day, &|_, _| true, &mut |row| all.push((day, row))).unwrap();
        }
        let mut given = 0;
        for number in 0..=7 {
            let mut own = Vec::new();
            let mut take = |day, row| {
                own.push((day, row));
                ControlFlow::Continue(())
            };
            // As little at a time as there can be: a day.
            let mut from = Some(Day::MIN);
            while let Some(first) = from {
                let days = Days { first, last: Day::MAX };
                let read = snapshot.rows_of(product, Sketch::id(number), days, 1, &mut take).unwrap();
                prop_assert!(read.next.is_none_or(|next| next > first && read.cost > 0));
                from = read.next;
            }
            given += own.len();
            let Some(key) = own.first().map(|(_, row)| row.installation) else { continue };
            let of_key = all.iter().filter(|(_, row)| row.installation == key).collect::<Vec<_>>();
            prop_assert_eq!(format!("{:?}", own.iter().collect::<Vec<_>>()), format!("{of_key:?}"));
        }
        prop_assert_eq!(given, all.len());
    });
}

/// A command that names [`SERVER`].
const LINKED: &str = r#""name":"command","command":"init","run":"RUN","error":false,"server":"SERVER","server_version":"2.0.0-rc""#;

fn a_link_is_kept_where_the_server_reported_about_that_time<S: Store>(
    fresh: &impl Fn(&Path) -> S,
    reader: &impl Fn(&Path) -> Box<dyn StoreReader>,
) {
    let manifests = manifests();
    let command = |days: i64| Sketch::new(1, 1, &[(LINKED, days * SECONDS_A_DAY)]);
    let report = |server: u8, days: i64| Sketch::new(2, server, &[(REPORT, days * SECONDS_A_DAY)]);
    // The links of the commands, each with the key of the installation that sent the report, if it is there.
    let links = |entries: &[LogEntry]| {
        let directory = tempfile::tempdir().unwrap();
        let mut store = fresh(directory.path());
        store.apply(&EntryRange::new(&placed(entries), end(entries.len()), &manifests)).unwrap();
        let reader = reader(directory.path());
        let snapshot = reader.snapshot().unwrap();
        let mut links = Vec::new();
        let mut servers = BTreeSet::new();
        for day in snapshot.row_days("quarry", Days::ALL).unwrap() {
            snapshot
                .rows("quarry", day, &|_, _| true, &mut |row| {
                    for event in row.events {
                        match event.what {
                            Recorded::Command { server, server_version, .. } => {
                                assert_eq!(server.is_some(), server_version.is_some());
                                links.push(server);
                            }
                            Recorded::Report(_) => drop(servers.insert(row.installation)),
                            _ => {}
                        }
                    }
                })
                .unwrap();
        }
        assert!(links.iter().flatten().all(|server| servers.contains(server)), "a link leads to a server");
        links.iter().map(Option::is_some).collect::<Vec<_>>()
    };
    for (of_command, of_report, is_kept) in
        [(4, 4, true), (4, 2, true), (4, 6, true), (4, 1, false), (4, 7, false), (0, 2, true), (3, 0, false)]
    {
        let both = [command(of_command).entry(), report(SERVER, of_report).entry()];
        let [first, second] = both.clone();
        assert_eq!(links(&both), [is_kept], "the command comes first: {of_command} {of_report}");
        assert_eq!(links(&[second, first]), [is_kept], "the report comes first: {of_command} {of_report}");
    }
    // The server reports again, and in between nobody heard of it.
    let again = [report(SERVER, 9), command(4), Sketch { batch: 3, ..report(SERVER, 5) }];
    assert_eq!(links(&again.map(|sketch| sketch.entry())), [true]);
    // Nobody reports under the hash, another server does, another product's does; a CLI with that id is no server.
    let cli = Sketch { batch: 9, installation: SERVER, ..Sketch::new(9, SERVER, &[(SUCCESS, 5)]) };
    let elsewhere = Sketch { product: "other", ..report(SERVER, 4) };
    for with in [None, Some(report(7, 4)), Some(elsewhere), Some(Sketch { events: vec![], ..cli })] {
        let entries: Vec<_> = [Some(command(4)), with].into_iter().flatten().map(|it| it.entry()).collect();
        assert_eq!(links(&entries), [false]);
    }
    // What was erased is linked to no more, and its hash is no way back to what it was.
    let entries = [report(SERVER, 4).entry(), command(4).entry(), erasure(SERVER)];
    assert_eq!(links(&entries), [false]);
}

fn is_of(entry: &LogEntry, product: &str) -> bool {
    match entry {
        LogEntry::Batch(arrival) => {
            let body: aboveboard_wire::Batch<'_> = serde_json::from_slice(&arrival.body).unwrap();
            body.product == product
        }
        LogEntry::Erasure(erasure) => erasure.product == product,
        LogEntry::Clearing(clearing) => clearing.product == product,
        LogEntry::Amendment(amendment) => amendment.product == product,
    }
}

fn a_log_read_again_changes_nothing<S: Store>(fresh: &impl Fn(&Path) -> S, again: &impl Fn(&Path) -> S) {
    let manifests = manifests();
    let directory = tempfile::tempdir().unwrap();
    let entries = [Sketch::new(1, 1, &[(SUCCESS, 5)]).entry(), Sketch::new(2, 2, &[(REPORT, 9)]).entry()];
    let placed = placed(&entries);
    let mut store = fresh(directory.path());
    assert_eq!(store.position().unwrap(), Position(0));
    store.apply(&EntryRange::new(&placed[..1], end(1), &manifests)).unwrap();
    let applied = store.apply(&EntryRange::new(&placed, end(2), &manifests)).unwrap();
    assert_eq!((applied.batches, applied.duplicates), (1, 0), "what lies before the position is skipped");
    let before = store.dump_for_comparison().unwrap();
    drop(store);
    let mut store = again(directory.path());
    assert_eq!(store.checkpoint().unwrap(), end(2));
    let applied = store.apply(&EntryRange::new(&placed, end(2), &manifests)).unwrap();
    assert_eq!(applied, Applied::default());
    assert_eq!(store.dump_for_comparison().unwrap(), before);
}

fn the_first_in_the_log_wins<S: Store>(fresh: &impl Fn(&Path) -> S) {
    let manifests = manifests();
    let directory = tempfile::tempdir().unwrap();
    let mut store = fresh(directory.path());
    let first = Sketch::new(1, 1, &[(SUCCESS, 5)]);
    let other = Sketch::new(1, 1, &[(FAILURE, 5), (FAILURE, 6)]);
    let entries = [first.entry(), other.entry(), first.entry(), other.entry()];
    let applied = store.apply(&EntryRange::new(&placed(&entries), end(4), &manifests)).unwrap();
    assert_eq!((applied.batches, applied.events, applied.duplicates, applied.conflicts), (1, 1, 1, 2));
}

fn a_batch_is_known_by_its_product_its_installation_and_its_id<S: Store>(fresh: &impl Fn(&Path) -> S) {
    let manifests = manifests();
    let directory = tempfile::tempdir().unwrap();
    let mut store = fresh(directory.path());
    let first = Sketch::new(1, 1, &[(SUCCESS, 5)]);
    // Whoever takes the id first, the others' batches count.
    let stranger = Sketch { installation: 2, events: vec![(FAILURE, 5)], ..first.clone() };
    let elsewhere = Sketch { product: "other", ..first.clone() };
    // Copies of one segment: composed at another number, with the drops of another moment.
    let copy = Sketch { sequence: 7, outcomes: "\"spool-full\":3", ..first.clone() };
    let written_to = Sketch { events: vec![(SUCCESS, 5), (SUCCESS, 4)], ..copy.clone() };
    let entries = [&stranger, &first, &elsewhere, &copy, &written_to].map(Sketch::entry);
    let applied = store.apply(&EntryRange::new(&placed(&entries), end(5), &manifests)).unwrap();
    assert_eq!((applied.batches, applied.events, applied.duplicates, applied.conflicts), (3, 3, 1, 1));
    let drops = store.dump_for_comparison().unwrap();
    assert!(!drops.iter().any(|(name, _)| name.contains("drop:")), "a duplicate changes nothing");
}

fn erasure_leaves_no_trace_and_lets_nothing_back<S: Store>(
    fresh: &impl Fn(&Path) -> S,
    again: &impl Fn(&Path) -> S,
) {
    let manifests = manifests();
    let one = tempfile::tempdir().unwrap();
    let two = tempfile::tempdir().unwrap();
    let stays = Sketch::new(1, 1, &[(SUCCESS, 5), (FAILURE, 2 * SECONDS_A_DAY)]).entry();
    let goes = [
        Sketch::new(2, 2, &[(SUCCESS, 5), (FAILURE, 3 * SECONDS_A_DAY)]).entry(),
        Sketch::new(3, 2, &[(REPORT, SECONDS_A_DAY)]).entry(),
        erasure(2),
        Sketch::new(4, 2, &[(SUCCESS, 1), (SUCCESS, 2)]).entry(),
    ];
    let entries = [&goes[..2], std::slice::from_ref(&stays), &goes[2..]].concat();
    let mut with = fresh(one.path());
    let applied = with.apply(&EntryRange::new(&placed(&entries), end(5), &manifests)).unwrap();
    assert_eq!((applied.erasures, applied.erased), (1, 2));
    drop(with);
    let mut with = again(one.path());
    let late = Sketch::new(5, 2, &[(SUCCESS, 1)]).entry();
    assert_eq!(
        with.apply(&EntryRange::new(&[(end(5), late)], end(6), &manifests)).unwrap().erased,
        1,
        "also after a restart"
    );
    let mut without = fresh(two.path());
    without.apply(&EntryRange::new(&placed(&[stays]), end(1), &manifests)).unwrap();
    let figures = |store: &mut S| {
        let mut ledger = store.dump_for_comparison().unwrap();
        // What was noted of batches and versions stays: it says nothing of an installation.
        let noted = ["quality ", "batches ", "began ", "last ", "since "];
        ledger.retain(|(name, _)| !noted.iter().any(|of| name.starts_with(of)));
        ledger
    };
    assert_eq!(figures(&mut with), figures(&mut without));
    with.rebuild(&mut |_, _| {}).unwrap();
    assert_eq!(figures(&mut with), figures(&mut without));
}

fn retention_forgets_installations_and_keeps_counts<S: Store>(fresh: &impl Fn(&Path) -> S) {
    let manifests = manifests();
    let directory = tempfile::tempdir().unwrap();
    let mut store = fresh(directory.path());
    let mut old = Sketch::new(1, 1, &[(REPORT, 0)]);
    let mut both = Sketch::new(2, 2, &[(SUCCESS, 0)]);
    old.received = NOW;
    both.received = NOW;
    let mut late = Sketch::new(3, 2, &[(SUCCESS, 0)]);
    late.received = NOW + 20 * SECONDS_A_DAY;
    let entries = [old.entry(), both.entry(), late.entry()];
    store.apply(&EntryRange::new(&placed(&entries), end(3), &manifests)).unwrap();
    let before = store.dump_for_comparison().unwrap();

    assert_eq!(
        retention::run(&mut store, NOW + 30 * SECONDS_A_DAY, &manifests).unwrap().rows,
        0,
        "30 days are kept"
    );
    // What was received in an hour is not asked for any more; see `what_was_received_is_known_for_its_time`.
    let without_hours = |mut ledger: Vec<(String, i64)>| {
        ledger.retain(|(name, _)| !name.starts_with("heard-hour "));
        ledger
    };
    assert_eq!(without_hours(store.dump_for_comparison().unwrap()), without_hours(before.clone()));
    let retired = retention::run(&mut store, NOW + 31 * SECONDS_A_DAY, &manifests).unwrap();
    assert_eq!((retired.rows, retired.installations), (2, 1));
    let after = store.dump_for_comparison().unwrap();
    let of = |ledger: &[(String, i64)], prefix: &str| {
        ledger.iter().filter(|(name, _)| name.starts_with(prefix)).cloned().collect::<Vec<_>>()
    };
    assert_eq!(of(&after, "cube"), of(&before, "cube"), "counts without installations stay");
    assert_eq!(of(&after, "active").len(), 1);
    assert!(of(&after, "latest").is_empty());
    assert!(!after.iter().any(|(name, _)| name.contains(&Sketch::id(1).to_string())));
    assert_eq!(of(&after, "first").len(), 1, "who came before and is still there keeps the first day");
    store.rebuild(&mut |_, _| {}).unwrap();
    assert_eq!(
        store.dump_for_comparison().unwrap(),
        after,
        "a rebuild leaves the days without rows as they are"
    );

    let mut stray = Sketch::new(4, 3, &[(SUCCESS, 13 * SECONDS_A_DAY)]);
    stray.received = NOW + 10 * SECONDS_A_DAY;
    let applied = store.apply(&EntryRange::new(&[(end(3), stray.entry())], end(4), &manifests)).unwrap();
    assert_eq!((applied.events, applied.unplaced), (0, 1), "a day that retention passed takes nothing more");
}

/// Whatever is packed when: the figures, a rebuild of them, an erasure and retention are the same.
fn compaction_changes_no_figure<S: Store>(cases: Cases, fresh: &impl Fn(&Path) -> S) {
    let manifests = manifests();
    let config = cases.config(24);
    let day = aboveboard_store::calendar::day_of(NOW);
    proptest!(config, |(entries in entries(), packs in prop::collection::vec((1usize..8, -16i32..3), 0..8), gone in 0u8..6)| {
        let one = tempfile::tempdir().unwrap();
    let two = tempfile::tempdir().unwrap();
        let mut loose = fresh(one.path());
        let mut packed = fresh(two.path());
        let placed = placed(&entries);
        loose.apply(&EntryRange::new(&placed, end(placed.len()), &manifests)).unwrap();
        let mut from = 0_usize;
        for (cut, before) in packs.into_iter().chain([(usize::MAX, 3)]) {
            let to = from.saturating_add(cut).min(placed.len());
            packed.apply(&EntryRange::new(&placed[from..to], end(to), &manifests)).unwrap();
            packed.compact(day + before).unwrap();
            from = to;
        }
        prop_assert_eq!(packed.compact(day + 3).unwrap(), 0, "all of it is packed");
        prop_assert_eq!(packed.dump_for_comparison().unwrap(), loose.dump_for_comparison().unwrap());
        for store in [&mut loose, &mut packed] {
            store.rebuild(&mut |_, _| {}).unwrap();
        }
        prop_assert_eq!(packed.dump_for_comparison().unwrap(), loose.dump_for_comparison().unwrap());
        let erase = [(end(placed.len()), erasure(gone))];
        for store in [&mut loose, &mut packed] {
            store.apply(&EntryRange::new(&erase, end(placed.len() + 1), &manifests)).unwrap();
        }
        prop_assert_eq!(packed.dump_for_comparison().unwrap(), loose.dump_for_comparison().unwrap());
        let retired = [&mut loose, &mut packed].map(|store| store.retire("quarry", day - 2).unwrap());
        prop_assert_eq!(retired[0], retired[1]);
        for store in [&mut loose, &mut packed] {
            store.rebuild(&mut |_, _| {}).unwrap();
        }
        prop_assert_eq!(packed.dump_for_comparison().unwrap(), loose.dump_for_comparison().unwrap());
    });
}

fn ids_are_forgotten_after_their_time<S: Store>(fresh: &impl Fn(&Path) -> S) {
    let manifests = manifests();
    let directory = tempfile::tempdir().unwrap();
    let mut store = fresh(directory.path());
    let sent = Sketch::new(1, 1, &[]).entry();
    store
        .apply(&EntryRange::new(
            &[(Position(0), sent.clone()), (Position(100), erasure(7))],
            end(2),
            &manifests,
        ))
        .unwrap();
    let later = |days: i64, at: usize, store: &mut S| {
        retention::run(store, NOW + days * SECONDS_A_DAY, &manifests).unwrap();
        store.apply(&EntryRange::new(&[(end(at), sent.clone())], end(at + 1), &manifests)).unwrap().duplicates
    };
    assert_eq!(later(i64::from(ID_RETENTION_DAYS), 2, &mut store), 1);
    assert_eq!(later(i64::from(ID_RETENTION_DAYS) + 1, 3, &mut store), 0);
}

fn what_was_received_is_known_for_its_time<S: Store>(
    fresh: &impl Fn(&Path) -> S,
    reader: &impl Fn(&Path) -> Box<dyn StoreReader>,
) {
    let text = manifest_text(PRODUCTS[0]).replace("retention = \"30 days\"", "retention = \"395 days\"");
    let manifests = manifests_of(&[text]);
    let directory = tempfile::tempdir().unwrap();
    let mut store = fresh(directory.path());
    let sent = Sketch::new(1, 1, &[(SUCCESS, 5)]).entry();
    store.apply(&EntryRange::new(&placed(&[sent]), end(1), &manifests)).unwrap();
    let mut known_after = |days: Day| {
        retention::run(&mut store, NOW + i64::from(days) * SECONDS_A_DAY, &manifests).unwrap();
        let from = reader(directory.path()).snapshot().unwrap().received_from(PRODUCTS[0]).unwrap();
        let all = store.dump_for_comparison().unwrap();
        let kinds = ["heard-hour ", "heard-day ", "heard-ending ", "batches ", "last ", "since "];
        (kinds.map(|kind| all.iter().filter(|(name, _)| name.starts_with(kind)).count()), from)
    };
    let day = day_of(NOW);
    assert_eq!(known_after(RECEIPT_HOUR_DAYS), ([1, 1, 1, 1, 1, 1], Some(day)));
    assert_eq!(known_after(RECEIPT_HOUR_DAYS + 1), ([0, 1, 1, 1, 1, 1], Some(day)));
    assert_eq!(known_after(RECEIPT_DAYS), ([0, 1, 1, 1, 1, 1], Some(day)));
    // The last batch and the first days are kept.
    assert_eq!(known_after(RECEIPT_DAYS + 1), ([0, 0, 0, 0, 1, 1], Some(day + 1)));
    assert_eq!(known_after(396), ([0, 0, 0, 0, 1, 1], Some(day + 396 - RECEIPT_DAYS)));
}

fn a_flood_of_one_installation_is_cut_off<S: Store>(fresh: &impl Fn(&Path) -> S) {
    let manifests = manifests();
    let directory = tempfile::tempdir().unwrap();
    let mut store = fresh(directory.path());
    let many = vec![(SUCCESS, 5); 1000];
    let mut entries: Vec<LogEntry> = (0..=50).map(|batch| Sketch::new(batch, 1, &many).entry()).collect();
    entries.push(Sketch::new(60, 2, &[(SUCCESS, 5)]).entry());
    let applied = store.apply(&EntryRange::new(&placed(&entries), end(entries.len()), &manifests)).unwrap();
    assert_eq!(applied.events, 50_001);
    let over: i64 = store
        .dump_for_comparison()
        .unwrap()
        .iter()
        .filter(|(n, _)| n.ends_with("over-cap"))
        .map(|(_, n)| n)
        .sum();
    assert_eq!(over, 1000, "what is set aside is counted");
}

/// Strangers make up versions, of the product and of a field, before installations that are known move to a new one.
fn made_up_versions_hide_no_release_and_rows_keep_them<S: Store>(
    fresh: &impl Fn(&Path) -> S,
    reader: &impl Fn(&Path) -> Box<dyn StoreReader>,
) {
    let manifests = manifests();
    let directory = tempfile::tempdir().unwrap();
    let mut store = fresh(directory.path());
    let version = |major: u8| -> &'static str { format!("{major}.7.4").leak() };
    let framework = |major: u8| -> &'static str {
        format!(r#""name":"start-finished","fields":{{"framework":"{major}.0.1"}}"#).leak()
    };
    let at = |day: i64, sketch: Sketch| Sketch { received: NOW + day * SECONDS_A_DAY, ..sketch };
    let mut entries: Vec<LogEntry> =
        (0..3).map(|known| at(0, Sketch::new(known, known, &[(SUCCESS, 5)])).entry()).collect();
    for made_up in 50..200 {
        let sketch = Sketch::new(made_up, made_up, &[(SUCCESS, 5), (SUCCESS, SECONDS_A_DAY)]);
        entries.push(at(3, Sketch { version: version(made_up), ..sketch }).entry());
    }
    for known in 0..3 {
        let sketch = Sketch::new(10 + known, known, &[(SUCCESS, 5)]);
        entries.push(at(3, Sketch { version: "2.0.0", ..sketch }).entry());
        let sketch = Sketch::new(20 + known, known, &[(framework(known), 5)]);
        entries.push(at(20, sketch).entry());
    }
    // The same again, of which nothing counts and for which no version gets a name.
    entries.push(entries[150].clone());
    store.apply(&EntryRange::new(&placed(&entries), end(entries.len()), &manifests)).unwrap();
    let expected = reference(&entries, &manifests);
    assert_eq!(store.dump_for_comparison().unwrap(), expected);
    let shown = |major: u8| {
        let packed = pack_version(Version::parse(version(major)).unwrap()).to_string();
        expected.iter().any(|(name, _)| name.starts_with("cube ") && name.contains(&packed))
    };
    assert_eq!((50..200).filter(|made_up| shown(*made_up)).count(), 10, "a day's allowance of strangers");
    let released = pack_version(Version::parse("2.0.0").unwrap()).to_string();
    let of_release = |(name, _): &&(String, i64)| name.starts_with("active ") && name.contains(&released);
    assert_eq!(expected.iter().filter(of_release).count(), 3);
    store.rebuild(&mut |_, _| {}).unwrap();
    assert_eq!(store.dump_for_comparison().unwrap(), expected);
    let reader = reader(directory.path());
    let snapshot = reader.snapshot().unwrap();
    let mut sent = std::collections::BTreeSet::new();
    let day = aboveboard_store::calendar::day_of(NOW) + 3;
    snapshot.rows(PRODUCTS[0], day, &|_, _| true, &mut |row| _ = sent.insert(row.context.version)).unwrap();
    assert_eq!(sent.len(), 151, "rows say what was sent");
}

fn only_so_many_reports_of_a_day_count<S: Store>(fresh: &impl Fn(&Path) -> S) {
    let manifests = manifests();
    let directory = tempfile::tempdir().unwrap();
    let mut store = fresh(directory.path());
    let eight = vec![(REPORT, 5); 8];
    let yesterday = (REPORT, SECONDS_A_DAY);
    let entries: Vec<_> = (0..4)
        .map(|batch| Sketch::new(batch, 1, &[eight.as_slice(), &[yesterday]].concat()).entry())
        .collect();
    let applied = store.apply(&EntryRange::new(&placed(&entries), end(4), &manifests)).unwrap();
    assert_eq!((applied.events, applied.over_cap), (10 + 4, 22), "two a day, and eight for starts");
    assert_eq!(store.dump_for_comparison().unwrap(), reference(&entries, &manifests));
}
