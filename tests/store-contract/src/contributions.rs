//! What installations add to published figures: each by itself, whatever the others sent.

use std::collections::BTreeSet;
use std::path::Path;

use aboveboard_published::counted;
use aboveboard_store::calendar::{Day, SECONDS_A_DAY, day_of};
use aboveboard_store::contributions::{
    Contribution, ContributionRequest, ContributionSource as _, ContributorFilter, Layout, StoreContributions,
};
use aboveboard_store::entry::{Arrival, LogEntry};
use aboveboard_store::packed_version::pack_version;
use aboveboard_store::read::{Days, StoreReader};
use aboveboard_store::versions::ReleaseLine;
use aboveboard_store::{EntryRange, Store};
use aboveboard_types::id::Id;
use aboveboard_types::value::Version;
use proptest::prelude::*;

use super::added;
use super::cases::Cases;
use super::random::entries;
use super::reference::Book;
use super::sketch::{
    FAILURE, NOW, PRODUCTS, REPORT, SMALLER, SUCCESS, Sketch, end, erasure, manifest_text, manifests,
    manifests_of, placed,
};

/// March 2027, in which [`NOW`] lies.
const MARCH: Days = Days { first: 20_878, last: 20_908 };

/// A contribution in words: the component, what it is counted as, and `TABLE KEY` of each cell.
type Added = (&'static str, Option<counted::Value>, BTreeSet<String>);

fn layout() -> Layout {
    let manifests = manifests();
    let manifest = &manifests.newest(PRODUCTS[0]).unwrap().manifest;
    Layout::of(manifest, &[ReleaseLine { major: 1, minor: 2 }])
}

fn added(layout: &Layout, contribution: &Contribution) -> Added {
    let mut cells = BTreeSet::new();
    for (_, table, first) in layout.tables() {
        let of_table = table.cells.iter().zip(first..).filter(|(_, cell)| contribution.cells.contains(cell));
        cells.extend(of_table.map(|(key, _)| format!("{} {key}", table.name)));
    }
    assert_eq!(cells.len(), contribution.cells.len());
    (contribution.component.name(), contribution.counted, cells)
}

/// What a store that applied these entries gives, in no order.
fn contributions<S: Store>(
    fresh: &impl Fn(&Path) -> S,
    reader: &impl Fn(&Path) -> Box<dyn StoreReader>,
    entries: &[LogEntry],
    contributors: ContributorFilter,
    is_packed: bool,
) -> Vec<Added> {
    let manifests = manifests();
    let directory = tempfile::tempdir().unwrap();
    let mut store = fresh(directory.path());
    store.apply(&EntryRange::new(&placed(entries), end(entries.len()), &manifests)).unwrap();
    if is_packed {
        store.compact(Day::MAX).unwrap();
    }
    let layout = layout();
    let request = ContributionRequest { product: PRODUCTS[0], days: MARCH, layout: &layout, contributors };
    let reader = reader(directory.path());
    let ruling = &manifests.newest(PRODUCTS[0]).unwrap().manifest;
    let mut all = Vec::new();
    StoreContributions::new(&*reader, &manifests, ruling)
        .contributions(&request, &mut |contribution| all.push(added(&layout, contribution)))
        .unwrap();
    all.sort();
    all
}

/// What the slow way gives.
fn expected(entries: &[LogEntry]) -> Vec<(String, BTreeSet<String>)> {
    let book = Book::of(entries, &manifests());
    let mut all: Vec<_> = book.installations(PRODUCTS[0]).values().filter_map(added::added).collect();
    all.sort();
    all
}

/// The installation that an entry is about.
fn subject(entry: &LogEntry) -> Option<Id> {
    match entry {
        LogEntry::Batch(arrival) => {
            let batch: aboveboard_wire::Batch<'_> = serde_json::from_slice(&arrival.body).unwrap();
            (batch.product == PRODUCTS[0]).then(|| batch.envelope().unwrap().installation)
        }
        LogEntry::Erasure(erasure) => Some(erasure.installation),
        _ => None,
    }
}

/// Entries after which everybody was heard again, and so is verified.
fn verified(entries: Vec<LogEntry>) -> Vec<LogEntry> {
    let again = (0..6).map(|number| later(200 + number, number, 5, &[]).entry());
    entries.into_iter().chain(again).collect()
}

pub(super) fn what_an_installation_adds_depends_on_nobody_else<S: Store>(
    cases: Cases,
    fresh: &impl Fn(&Path) -> S,
    reader: &impl Fn(&Path) -> Box<dyn StoreReader>,
) {
    let config = cases.config(6);
    proptest!(config, |(drawn in entries(), is_packed in any::<bool>(), made_up in any::<bool>())| {
        let contributors = if made_up { ContributorFilter::Synthetic } else { ContributorFilter::Counted };
        let entries = verified(drawn);
        let together = contributions(fresh, reader, &entries, contributors, is_packed);
        let mut alone = Vec::new();
        for number in 0..6 {
            let id = Sketch::id(number);
            let own: Vec<_> = entries.iter().filter(|entry| subject(entry) == Some(id)).cloned().collect();
            let of_one = contributions(fresh, reader, &own, contributors, false);
            prop_assert!(of_one.len() <= 1);
            alone.extend(of_one);
        }
        alone.sort();
        prop_assert_eq!(together, alone);
    });
}

pub(super) fn what_installations_add_is_what_the_slow_way_gives<S: Store>(
    cases: Cases,
    fresh: &impl Fn(&Path) -> S,
    reader: &impl Fn(&Path) -> Box<dyn StoreReader>,
) {
    let config = cases.config(48);
    proptest!(config, |(drawn in entries(), is_packed in any::<bool>())| {
        let entries = verified(drawn);
        let given = contributions(fresh, reader, &entries, ContributorFilter::Counted, is_packed);
        let mut given: Vec<_> =
            given.into_iter().map(|(component, _, cells)| (component.to_owned(), cells)).collect();
        given.sort();
        prop_assert_eq!(given, expected(&entries));
    });
}

/// A batch of the installation that was received some days after [`NOW`], with events of these days before its receipt.
fn later(batch: u8, installation: u8, days: i64, events: &[(&'static str, i64)]) -> Sketch {
    Sketch { received: NOW + days * SECONDS_A_DAY, ..Sketch::new(batch, installation, events) }
}

pub(super) fn who_counts_was_heard_again_after_its_first_receipt<S: Store>(
    fresh: &impl Fn(&Path) -> S,
    reader: &impl Fn(&Path) -> Box<dyn StoreReader>,
) {
    let of = |entries: &[LogEntry], contributors| contributions(fresh, reader, entries, contributors, false);
    let counted = |entries: &[Sketch]| {
        let entries: Vec<_> = entries.iter().map(Sketch::entry).collect();
        of(&entries, ContributorFilter::Counted)
    };
    let ten_days = 10 * SECONDS_A_DAY;
    // All at once, with events dated back: the day of an event proves nothing.
    let at_once = Sketch::new(1, 1, &[(SUCCESS, 5), (SUCCESS, ten_days)]);
    assert_eq!(counted(std::slice::from_ref(&at_once)), []);
    assert_eq!(counted(&[at_once.clone(), later(2, 1, 1, &[(SUCCESS, 5)])]), []);
    let cells = |more: &[&str]| {
        let all = ["active active", "age new", "component cli", "platform linux/x86_64", "version 1.2"];
        all.iter().chain(more).map(|cell| (*cell).to_owned()).collect::<BTreeSet<_>>()
    };
    let value = counted::of_period(&counted::value(&[1; 32]), "2027-03");
    let expected = |more: &[&str]| vec![("cli", Some(value), cells(more))];
    let heard = later(2, 1, 2, &[(SUCCESS, 5), (FAILURE, 5)]);
    let both = [at_once, heard.clone()];
    assert_eq!(counted(&both), expected(&["commands.worked init", "commands.failing metadata apply"]));
    // Also where all that it said the second time is of another month.
    let april = later(3, 1, 14, &[(SUCCESS, 5)]);
    assert_eq!(counted(&[both[0].clone(), april]), expected(&["commands.worked init"]));
    // What is done in a console counts for the server that serves it.
    let served = [
        later(1, 3, 0, &[(REPORT, 5)]),
        later(2, 3, 1, &[(r#""name":"console","session":"RUN","action":"table_tracked","route":"/""#, 5)]),
        later(3, 3, 3, &[(SMALLER, 5)]),
    ];
    let added = counted(&served);
    assert_eq!(added.len(), 1);
    let details = ["active", "age", "component", "platform", "version"];
    let details: Vec<_> =
        added[0].2.iter().filter(|cell| !details.iter().any(|name| cell.starts_with(name))).collect();
    assert_eq!(details, ["actions table_tracked", "sizes.tables 1"]);
    // Who shows no value, is marked, or was erased, counts in no table.
    let silent = both.clone().map(|sketch| match sketch.entry() {
        LogEntry::Batch(arrival) => LogEntry::Batch(Arrival { counted_value: None, ..arrival }),
        other => other,
    });
    assert_eq!(of(&silent, ContributorFilter::Counted), []);
    let from_tests = both.clone().map(|sketch| Sketch { marks: "\"test\"", ..sketch });
    assert_eq!(counted(&from_tests), []);
    let erased = [both[0].entry(), both[1].entry(), erasure(1)];
    assert_eq!(of(&erased, ContributorFilter::Counted), []);
    // What is made up is in no publication but a made-up one, and there it is whole or not at all.
    let made_up = both.map(|sketch| Sketch { marks: "\"synthetic\"", ..sketch });
    assert_eq!(counted(&made_up), []);
    let entries: Vec<_> = made_up.iter().map(Sketch::entry).collect();
    let found = of(&entries, ContributorFilter::Synthetic);
    assert_eq!((found.len(), found[0].1), (1, None));
    assert_eq!(found[0].2, cells(&["commands.worked init", "commands.failing metadata apply"]));
    let mixed = [entries[0].clone(), heard.entry()];
    assert_eq!(of(&mixed, ContributorFilter::Synthetic), []);
}

/// A report of a process that served so many requests since it started.
fn served(count: u64) -> &'static str {
    let cell = format!(r#"{{"operation":"query","from":0,"count":{count},"total":{count},"database":0}}"#);
    let run = Id::from_custom([3; 16]);
    format!(r#""name":"report","counts":{{"tables":7}},"run":"{run}","timings":{{"requests":[{cell}]}}"#)
        .leak()
}

pub(super) fn requests_count_from_the_day_on_which_an_installation_is_verified<S: Store>(
    fresh: &impl Fn(&Path) -> S,
    reader: &impl Fn(&Path) -> Box<dyn StoreReader>,
) {
    let of = |entries: &[Sketch]| {
        let entries: Vec<_> = entries.iter().map(Sketch::entry).collect();
        contributions(fresh, reader, &entries, ContributorFilter::Counted, false)
    };
    let timed = |added: &[Added]| added[0].2.iter().any(|cell| cell.starts_with("timings."));
    // What is counted of its first report is what strangers left of the allowance that they share.
    let first = later(1, 1, 0, &[(served(1_000), 5)]);
    let again = later(2, 1, 1, &[(served(2_000), 5)]);
    let heard = later(3, 1, 3, &[(REPORT, 5)]);
    assert!(!timed(&of(&[first.clone(), again.clone(), heard])));
    let verified = later(3, 1, 3, &[(served(3_000), 5)]);
    let alone = of(&[first.clone(), again.clone(), verified.clone()]);
    assert!(timed(&alone));
    let strangers: Vec<_> =
        (0..40).map(|number| later(100 + number, 100 + number, 0, &[(served(9_000_000), 5)])).collect();
    let among = [strangers.as_slice(), &[first, again, verified]].concat();
    assert_eq!(of(&among), alone);
}

pub(super) fn what_is_kept_of_a_presence_goes_with_its_installation_and_its_time<S: Store>(
    fresh: &impl Fn(&Path) -> S,
    reader: &impl Fn(&Path) -> Box<dyn StoreReader>,
) {
    let manifests = manifests();
    let directory = tempfile::tempdir().unwrap();
    let mut store = fresh(directory.path());
    let entries = [
        Sketch::new(1, 1, &[(SUCCESS, 5)]).entry(),
        Sketch::new(2, 2, &[(SUCCESS, 5)]).entry(),
        later(3, 2, 14, &[(SUCCESS, 5)]).entry(),
        erasure(1),
    ];
    let all = placed(&entries);
    let reader = reader(directory.path());
    let months = |number| -> Vec<Days> {
        let presences = reader.ask(|snapshot| snapshot.presences(PRODUCTS[0], Sketch::id(number))).unwrap();
        presences.iter().map(|presence| presence.days).collect()
    };
    let april = Days { first: MARCH.last + 1, last: MARCH.last + 30 };
    store.apply(&EntryRange::new(&all[..3], end(3), &manifests)).unwrap();
    assert_eq!((months(1), months(2)), (vec![MARCH], vec![MARCH, april]));
    store.rebuild(&mut |_, _| {}).unwrap();
    assert_eq!((months(1), months(2)), (vec![MARCH], vec![MARCH, april]));
    store.apply(&EntryRange::new(&all, end(4), &manifests)).unwrap();
    assert_eq!((months(1), months(2)), (vec![], vec![MARCH, april]));
    store.retire(PRODUCTS[0], MARCH.last + 1).unwrap();
    assert_eq!(months(2), [april]);
    store.retire(PRODUCTS[0], day_of(NOW) + 60).unwrap();
    assert_eq!(months(2), []);
    let dumped = store.dump_for_comparison().unwrap();
    assert!(!dumped.iter().any(|(line, _)| line.starts_with("counted ") || line.starts_with("last-heard ")));
}

pub(super) fn the_version_that_counts_is_the_one_that_was_sent_whatever_strangers_made_up<S: Store>(
    fresh: &impl Fn(&Path) -> S,
    reader: &impl Fn(&Path) -> Box<dyn StoreReader>,
) {
    let strangers = (50..200).map(|number: u8| {
        let version: &'static str = format!("{number}.7.4").leak();
        Sketch { version, ..later(number, number, 0, &[(SUCCESS, 5)]) }
    });
    let own = |batch, days| Sketch { version: "1.2.63", ..later(batch, 1, days, &[(SUCCESS, 5)]) };
    let entries: Vec<_> =
        strangers.map(|sketch| sketch.entry()).chain([own(1, 0).entry(), own(2, 2).entry()]).collect();
    // Of its version nothing stands on the maker's page: others have used up what is shown of a day.
    let lines = super::reference::reference(&entries[..151], &manifests());
    let packed = pack_version(Version::parse("1.2.63").unwrap()).to_string();
    assert!(!lines.iter().any(|(line, _)| line.starts_with("cube ") && line.contains(&packed)));
    let counted = contributions(fresh, reader, &entries, ContributorFilter::Counted, false);
    assert_eq!(counted.len(), 1);
    assert!(counted[0].2.contains("version 1.2"), "{counted:?}");
}

pub(super) fn an_older_revision_rules_in_its_own_names<S: Store>(
    fresh: &impl Fn(&Path) -> S,
    reader: &impl Fn(&Path) -> Box<dyn StoreReader>,
) {
    let product = PRODUCTS[0];
    let newer = manifest_text(product)
        .replace("revision = 1", "revision = 2")
        .replace("[counts.tables]", "[counts.sheets]\nwas = [\"tables\"]");
    let manifests = manifests_of(&[manifest_text(product), newer]);
    let entries: Vec<_> =
        [later(1, 1, 0, &[(REPORT, 5)]), later(2, 1, 3, &[(REPORT, 5)])].map(|sketch| sketch.entry()).into();
    let directory = tempfile::tempdir().unwrap();
    let mut store = fresh(directory.path());
    store.apply(&EntryRange::new(&placed(&entries), end(2), &manifests)).unwrap();
    let reader = reader(directory.path());
    for (revision, table) in [(1, "sizes.tables 1"), (2, "sizes.sheets 1")] {
        let ruling = &manifests.revisions(product).unwrap()[&revision].manifest;
        let layout = Layout::of(ruling, &[]);
        let contributors = ContributorFilter::Counted;
        let request = ContributionRequest { product, days: MARCH, layout: &layout, contributors };
        let mut all = Vec::new();
        StoreContributions::new(&*reader, &manifests, ruling)
            .contributions(&request, &mut |contribution| all.push(added(&layout, contribution)))
            .unwrap();
        assert!(all.len() == 1 && all[0].2.contains(table), "{all:?}");
    }
}
