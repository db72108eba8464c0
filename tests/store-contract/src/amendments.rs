//! What an operator erases goes with everything it was counted in, and nothing else; a version that is admitted late is
//! counted as if it had had its name from the beginning. A rebuild comes to the same.

use std::path::Path;

use aboveboard_store::amendment::{Amendment, Change};
use aboveboard_store::calendar::day_of;
use aboveboard_store::entry::{LogEntry, Position};
use aboveboard_store::packed_version::pack_version;
use aboveboard_store::read::StoreReader;
use aboveboard_store::versions::OTHER;
use aboveboard_store::{EntryRange, Store};
use aboveboard_types::value::Version;

use super::sketch::{FAILURE, NOW, REPORT, SUCCESS, Sketch, end, manifests};

const DAY: i64 = 86_400;
const WIDE: &str = r#""name":"start-finished","fields":{"provider":"podman","extensions":["compose","kind"],"framework":"3.1.4"}"#;
const TIMED: &str = r#""name":"report","counts":{"tables":9,"permissions":{"select":4,"insert":0}},"run":"RUN","timings":{"requests":[{"operation":"query","from":0,"count":40,"total":90,"database":30}]}"#;

/// How a store is made and read.
struct Making<'m, S> {
    fresh: &'m dyn Fn(&Path) -> S,
    reader: &'m dyn Fn(&Path) -> Box<dyn StoreReader>,
}

impl<S: Store> Making<'_, S> {
    fn empty(&self) -> Scene<'_, S> {
        let directory = tempfile::tempdir().unwrap();
        let store = (self.fresh)(directory.path());
        Scene { directory, store, entries: 0, reader: self.reader }
    }

    fn with(&self, entries: &[LogEntry]) -> Scene<'_, S> {
        let mut scene = self.empty();
        scene.apply(entries);
        scene
    }
}

/// A store that is given entry after entry, on a day of receipt.
struct Scene<'m, S> {
    directory: tempfile::TempDir,
    store: S,
    entries: usize,
    reader: &'m dyn Fn(&Path) -> Box<dyn StoreReader>,
}

impl<S: Store> Scene<'_, S> {
    fn apply(&mut self, entries: &[LogEntry]) {
        let from = self.entries;
        let placed: Vec<(Position, LogEntry)> =
            entries.iter().enumerate().map(|(n, entry)| (end(from + n), entry.clone())).collect();
        self.entries += placed.len();
        self.store.apply(&EntryRange::new(&placed, end(self.entries), &manifests())).unwrap();
    }

    /// Asks for a change and does it to its end. The figures are then those that a rebuild comes to.
    fn amend(&mut self, change: Change) -> Vec<(String, i64)> {
        let product = "quarry".to_owned();
        self.apply(&[LogEntry::Amendment(Amendment { product, received: NOW + 9 * DAY, change })]);
        while self.store.remove().unwrap().is_under_way {}
        let figures = self.figures();
        self.store.rebuild(&mut |_, _| {}).unwrap();
        assert_eq!(self.figures(), figures, "a rebuild comes to the same");
        figures
    }

    fn figures(&mut self) -> Vec<(String, i64)> {
        let mut all = self.store.dump_for_comparison().unwrap();
        // What was noted of batches stays, and which versions have names is asked apart.
        let noted = ["quality ", "batches ", "began ", "last ", "version "];
        all.retain(|(name, _)| !noted.iter().any(|noted| name.starts_with(noted)));
        all
    }

    fn affected(&self, change: &Change) -> (u64, u64) {
        let reader = (self.reader)(self.directory.path());
        let snapshot = reader.snapshot().unwrap();
        let affected = snapshot.affected("quarry", change, day_of(NOW) + 9, 86_400).unwrap();
        (affected.installations, affected.events)
    }
}

fn on(day: i64, sketch: Sketch) -> LogEntry {
    Sketch { received: NOW + day * DAY, ..sketch }.entry()
}

/// Installations that are long known, of every kind of event.
fn known() -> Vec<LogEntry> {
    vec![
        on(0, Sketch::new(1, 1, &[(SUCCESS, 5), (FAILURE, 2 * DAY)])),
        on(0, Sketch::new(2, 2, &[(TIMED, 5), (REPORT, DAY)])),
        on(1, Sketch::new(3, 3, &[(WIDE, 5), (WIDE, 3 * DAY)])),
        on(9, Sketch { version: "1.9.0", ..Sketch::new(4, 1, &[(SUCCESS, 5)]) }),
    ]
}

fn made_up(version: &'static str) -> Vec<LogEntry> {
    let of = |n: u8, events: &[(&'static str, i64)]| Sketch { version, ..Sketch::new(n, n, events) };
    vec![
        on(8, of(20, &[(SUCCESS, 5), (FAILURE, 9 * DAY)])),
        on(9, of(21, &[(TIMED, 5)])),
        on(9, of(22, &[(WIDE, 5), (WIDE, 5 * DAY)])),
    ]
}

pub(super) fn what_strangers_sent_goes_and_what_is_known_stays_as_if_they_had_never_come<S: Store>(
    fresh: &impl Fn(&Path) -> S,
    reader: &impl Fn(&Path) -> Box<dyn StoreReader>,
) {
    let making = Making { fresh, reader };
    let first = day_of(NOW) + 8;
    let version = Version::parse("7.7.7").unwrap();
    for change in [Change::EraseUnverified, Change::EraseSince(first), Change::EraseVersion(version)] {
        let without = making.with(&known()).figures();
        for packed in [false, true] {
            let mut scene = making.with(&[known(), made_up("7.7.7")].concat());
            if packed {
                scene.store.compact(day_of(NOW) + 6).unwrap();
            }
            assert_eq!(scene.affected(&change), (3, 0));
            assert_eq!(scene.amend(change.clone()), without, "{change}");
            assert_eq!(scene.affected(&change), (0, 0));
            let reader = (scene.reader)(scene.directory.path());
            let versions = reader.snapshot().unwrap().versions("quarry").unwrap();
            let is_named = versions.iter().any(|named| named.field.is_none() && named.version == version);
            assert!(!is_named, "its place is free");
            let contexts = reader.snapshot().unwrap().contexts("quarry").unwrap();
            assert!(contexts.iter().all(|context| context.version != version), "{contexts:?}");
            // Nobody is remembered: who comes again is new.
            scene.apply(&made_up("1.2.3").iter().map(again).collect::<Vec<_>>());
            assert_eq!(scene.affected(&Change::EraseSince(first)), (3, 0));
        }
    }
}

/// The same of another batch.
fn again(entry: &LogEntry) -> LogEntry {
    let LogEntry::Batch(arrival) = entry else { panic!("no batch") };
    let mut arrival = arrival.clone();
    let text = String::from_utf8(arrival.body).unwrap();
    arrival.body = text.replace("\"batch\":\"51a4", "\"batch\":\"51a5").into_bytes();
    LogEntry::Batch(arrival)
}

pub(super) fn an_installation_that_also_sent_another_version_stays_and_its_data_count_as_other<S: Store>(
    fresh: &impl Fn(&Path) -> S,
    reader: &impl Fn(&Path) -> Box<dyn StoreReader>,
) {
    let making = Making { fresh, reader };
    let mut entries = known();
    entries.push(on(9, Sketch { version: "7.7.7", ..Sketch::new(5, 2, &[(REPORT, 3), (TIMED, DAY)]) }));
    let mut scene = making.with(&entries);
    let before = scene.figures();
    let after = scene.amend(Change::EraseVersion(Version::parse("7.7.7").unwrap()));
    let seven = pack_version(Version::parse("7.7.7").unwrap()).to_string();
    let other = pack_version(OTHER).to_string();
    let mut expected: Vec<_> =
        before.into_iter().map(|(name, n)| (name.replace(&seven, &other), n)).collect();
    // It is no version with a first day any more.
    expected.retain(|(name, _)| !(name.starts_with("since ") && name.ends_with(&other)));
    expected.sort();
    assert_eq!(after, expected);
}

pub(super) fn an_admitted_version_is_counted_as_if_it_had_had_its_name_from_the_beginning<S: Store>(
    fresh: &impl Fn(&Path) -> S,
    reader: &impl Fn(&Path) -> Box<dyn StoreReader>,
) {
    let making = Making { fresh, reader };
    let flood: Vec<LogEntry> = (50..70)
        .map(|n| {
            let version: &'static str = format!("{n}.0.0").leak();
            on(4, Sketch { version, ..Sketch::new(n, n, &[(SUCCESS, 5)]) })
        })
        .collect();
    let late = |version: &'static str| {
        let of = |n: u8, events: &[(&'static str, i64)]| Sketch { version, ..Sketch::new(n, n, events) };
        vec![
            on(4, of(80, &[(SUCCESS, 5), (FAILURE, DAY)])),
            on(4, of(81, &[(TIMED, 5)])),
            on(4, of(82, &[(WIDE, 9), (WIDE, 4 * DAY)])),
        ]
    };
    let admitted = Version::parse("2.1.0").unwrap();
    for packed in [false, true] {
        let mut scene = making.with(&[known(), flood.clone(), late("2.1.0")].concat());
        let named = pack_version(admitted).to_string();
        assert!(!scene.figures().iter().any(|(name, _)| name.contains(&named)));
        if packed {
            scene.store.compact(day_of(NOW) + 1).unwrap();
        }
        let after = scene.amend(Change::AdmitVersion(admitted));
        // In the other store the version was there before the flood.
        let mut first = making.with(&known());
        first.amend(Change::AdmitVersion(admitted));
        first.apply(&[flood.clone(), late("2.1.0")].concat());
        assert_eq!(after, first.figures());
        // From now on it needs no turn.
        scene.apply(&late("2.1.0").iter().map(again).collect::<Vec<_>>());
        first.apply(&late("2.1.0").iter().map(again).collect::<Vec<_>>());
        assert_eq!(scene.figures(), first.figures());
    }
}

pub(super) fn an_item_goes_from_rows_and_figures_and_its_installations_were_there_all_the_same<S: Store>(
    fresh: &impl Fn(&Path) -> S,
    reader: &impl Fn(&Path) -> Box<dyn StoreReader>,
) {
    let making = Making { fresh, reader };
    let all = [known(), made_up("1.2.3")].concat();
    for packed in [false, true] {
        let mut scene = making.with(&all);
        if packed {
            scene.store.compact(day_of(NOW) + 6).unwrap();
        }
        for (item, gone, events) in [
            ("init", " init", 3),
            ("start-finished.framework", "framework", 0),
            ("start-finished", "start-finished", 4),
            ("tables", " tables", 0),
            ("requests", " requests", 0),
        ] {
            let change = Change::EraseItem(item.to_owned());
            assert_eq!(scene.affected(&change), (0, events), "{item}");
            let before = scene.figures();
            let after = scene.amend(change.clone());
            assert!(before.iter().any(|(name, _)| name.contains(gone)), "{item}");
            assert!(!after.iter().any(|(name, _)| name.contains(gone)), "{item}");
            let presence = |figures: &[(String, i64)]| -> Vec<String> {
                let is =
                    |name: &&String| ["active ", "first ", "received "].iter().any(|of| name.starts_with(of));
                figures.iter().map(|(name, _)| name).filter(is).cloned().collect()
            };
            assert_eq!(presence(&before), presence(&after), "{item}");
            assert_eq!(scene.amend(change), after, "once is enough");
        }
    }
}

pub(super) fn a_named_line_shows_its_versions_whatever_was_made_up_before<S: Store>(
    fresh: &impl Fn(&Path) -> S,
    reader: &impl Fn(&Path) -> Box<dyn StoreReader>,
) {
    let making = Making { fresh, reader };
    let mut scene = making.empty();
    scene.amend(Change::NameLine("2.1".parse().unwrap()));
    // On its first days a product names more versions.
    scene.apply(&known());
    let flood: Vec<LogEntry> = (50..90)
        .map(|n| {
            let version: &'static str = format!("{n}.0.0").leak();
            on(4, Sketch { version, ..Sketch::new(n, n, &[(SUCCESS, 5)]) })
        })
        .collect();
    scene.apply(&flood);
    for (n, version) in [(100, "2.1.0"), (101, "2.1.63-rc"), (102, "2.1.64"), (103, "2.2.0")] {
        scene.apply(&[on(4, Sketch { version, ..Sketch::new(n, n, &[(SUCCESS, 5)]) })]);
        let named = pack_version(Version::parse(version).unwrap()).to_string();
        let is_shown = scene.figures().iter().any(|(name, _)| name.contains(&named));
        assert_eq!(is_shown, n < 102, "{version}");
    }
}
