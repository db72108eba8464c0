//! What is given away comes to the figures of the database.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use aboveboard_replay::{
    ClosedDay, ClusterKey, InstallationState, JournalEntry, Naming, SentContext, SetAxis, TallyKind,
};
use aboveboard_store::amendment::{Amendment, Change};
use aboveboard_store::axis::Axis;
use aboveboard_store::calendar::day_of;
use aboveboard_store::entry::{LogEntry, Position};
use aboveboard_store::packed_version::pack_version;
use aboveboard_store::read::InstallationKey;
use aboveboard_store::versions::{AdmittedBy, OTHER};
use aboveboard_store::{EntryRange, Store as _};
use aboveboard_store_contract::{FAILURE, NOW, REPORT, SUCCESS, Sketch, end, entries, erasure, manifests};
use aboveboard_types::value::Version;
use proptest::prelude::*;

use super::*;
use crate::{Expect, SqliteStore};

const DAY: i64 = 86_400;
const SHARDS: u32 = 3;
const WIDE: &str = r#""name":"start-finished","fields":{"provider":"podman","extensions":["compose","kind"],"framework":"3.1.4"}"#;
const TIMED: &str = r#""name":"report","counts":{"tables":9,"permissions":{"select":4,"insert":0}},"run":"RUN","timings":{"requests":[{"operation":"query","from":0,"count":40,"total":90,"database":30}]}"#;

fn key() -> ClusterKey {
    ClusterKey::new([7; 32])
}

fn show(installation: InstallationKey) -> String {
    format!("{:016x}", installation.0)
}

/// A store in a directory, which is given entry after entry.
struct Scene {
    directory: tempfile::TempDir,
    store: Option<SqliteStore>,
    entries: usize,
}

impl Scene {
    fn with(entries: &[LogEntry]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = crate::open(&directory.path().join("store.sqlite"), Expect::New).unwrap();
        let mut scene = Self { directory, store: Some(store), entries: 0 };
        scene.apply(entries);
        scene
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("store.sqlite")
    }

    fn store(&mut self) -> &mut SqliteStore {
        self.store.as_mut().unwrap()
    }

    fn apply(&mut self, entries: &[LogEntry]) {
        let from = self.entries;
        let placed: Vec<(Position, LogEntry)> =
            entries.iter().enumerate().map(|(n, entry)| (end(from + n), entry.clone())).collect();
        self.entries += placed.len();
        let upto = end(self.entries);
        self.store().apply(&EntryRange::new(&placed, upto, &manifests())).unwrap();
        while self.store().remove().unwrap().is_under_way {}
    }
}

/// Everything that a database gives away.
fn given(path: &Path) -> (Vec<ClosedDay>, Vec<JournalEntry>, Vec<(String, i64)>) {
    let mut transfer = Transfer::open(path, key(), SHARDS).unwrap();
    let days: Vec<_> = transfer.days().to_vec();
    assert!(days.windows(2).all(|pair| pair[0] < pair[1]));
    let mut all = Vec::new();
    for day in days {
        let parts = transfer.day(day).unwrap();
        assert_eq!(parts.len(), SHARDS as usize);
        for (part, shard) in parts.iter().zip(0..) {
            let of = |installation: InstallationKey| installation.0 % u64::from(SHARDS) == shard;
            assert!(part.rows.iter().all(|(_, row)| of(row.installation) && row.day == day));
            assert!(part.members.iter().all(|(.., installation)| of(*installation)));
            assert!(part.states.iter().all(|(_, installation, _)| of(*installation)));
        }
        all.extend(parts);
    }
    (all, transfer.journal().unwrap(), transfer.dump(&show).unwrap())
}

/// The figures that days and a journal come to where these versions have names besides those that had one when they came.
fn figures(days: &[ClosedDay], journal: &[JournalEntry], admitted: &[Version]) -> Vec<(String, i64)> {
    let has_name = |context: &SentContext| {
        context.version == OTHER || context.naming == Naming::Named || admitted.contains(&context.version)
    };
    let shown = |product: &str, context: &SentContext| {
        let counted = context.counted(has_name(context));
        let version = pack_version(counted.version);
        let component = counted.component.name();
        format!("{product} {component} {version} {} {} {}", counted.os, counted.arch, counted.marks.bits())
    };
    let mut all: BTreeMap<String, i64> = BTreeMap::new();
    let mut since: BTreeMap<String, i64> = BTreeMap::new();
    for part in days {
        for (product, cell, n) in &part.cells {
            let is_name = matches!(cell.axis, Axis::Action | Axis::Choice);
            let detail = if is_name { cell.about.to_string() } else { cell.detail.to_string() };
            let context = shown(product, &cell.context);
            let axis = cell.axis as u8;
            *all.entry(format!("cube {context} {} {axis} {} {detail}", cell.day, cell.name)).or_default() +=
                n;
        }
        for (product, member, installation) in &part.members {
            let id = show(*installation);
            let period = member.period;
            let context = member.context.as_ref().map_or(String::new(), |context| shown(product, context));
            let used = format!("{} {}", member.detail, member.name);
            let axis = member.axis as u8;
            let line = match member.axis {
                SetAxis::Active => format!("active {context} {period} {id}"),
                SetAxis::Success => format!("success {id} {period}"),
                SetAxis::FirstSeen => format!("first {id} {period}"),
                SetAxis::FirstReceived => format!("received {id} {period}"),
                SetAxis::ReceivedDay => format!("heard-day {context} {period} {id}"),
                SetAxis::ReceivedHour => format!("heard-hour {context} {period} {id}"),
                SetAxis::ReceivedEnding => format!("heard-ending {context} {period} {id} {used}"),
                _ => format!("used {context} {period} {id} {axis} {used}"),
            };
            all.insert(line, 1);
        }
        for (product, tally, n) in &part.tallies {
            match &tally.kind {
                TallyKind::Note(note, context) => {
                    let context = shown(product, context);
                    let what = note.spelling();
                    *all.entry(format!("quality {context} {} {what}", tally.period)).or_default() += n;
                }
                TallyKind::Batches(component, synthetic) => {
                    let of = format!("{} {}", component.name(), u8::from(*synthetic));
                    all.insert(format!("batches {product} {of} {}", tally.period), *n);
                }
                TallyKind::Began(component, synthetic) => {
                    let of = format!("{} {}", component.name(), u8::from(*synthetic));
                    all.insert(format!("began {product} {of}"), *n);
                }
                TallyKind::Last(component, synthetic) => {
                    let of = format!("{} {}", component.name(), u8::from(*synthetic));
                    all.insert(format!("last {product} {of}"), *n);
                }
                TallyKind::Since(context) if has_name(context) => {
                    let line = format!("since {product} {}", pack_version(context.version));
                    let first = since.entry(line).or_insert(*n);
                    *first = (*n).min(*first);
                }
                TallyKind::Since(_) => {}
            }
        }
        for (product, installation, state) in &part.states {
            of_state(product, *installation, state, &shown, &mut all);
        }
    }
    let mut named = BTreeSet::new();
    for entry in journal {
        let JournalEntry::Named { product, field, version, admitted } = entry else { continue };
        let reason = AdmittedBy::ALL.iter().position(|(by, _)| *by == admitted.by).unwrap();
        let axis = field.as_deref().unwrap_or_default();
        let version = pack_version(*version);
        all.insert(format!("version {product} {axis} {version} {reason}"), admitted.day.into());
        named.insert(format!("since {product} {version}"));
    }
    all.extend(since.into_iter().filter(|(line, _)| named.contains(line)));
    all.into_iter().collect()
}

fn of_state(
    product: &str,
    installation: InstallationKey,
    state: &InstallationState,
    shown: &dyn Fn(&str, &SentContext) -> String,
    all: &mut BTreeMap<String, i64>,
) {
    let id = show(installation);
    if let Some(heard) = state.heard {
        all.insert(format!("last-heard {product} {id}"), heard.into());
    }
    for (days, presence) in &state.presences {
        let value: String = presence.value.iter().map(|byte| format!("{byte:02x}")).collect();
        let line = format!("counted {product} {id} {} {} {value}", days.first, days.last);
        all.insert(line, presence.revision.into());
    }
    if let Some(latest) = &state.latest {
        let context = shown(product, &latest.context);
        let (day, hour) = latest.when;
        for count in &latest.counts {
            let entry = count.entry.as_deref().unwrap_or_default();
            let line = format!("latest {context} {day}.{hour} {id} {} {entry}", count.count);
            all.insert(line, count.number.cast_signed());
        }
    }
}

fn on(day: i64, sketch: Sketch) -> LogEntry {
    Sketch { received: NOW + day * DAY, ..sketch }.entry()
}

/// Everything that happens: known installations, made-up versions, an erasure, a repeat, dropped events.
fn history() -> Vec<LogEntry> {
    let mut all = vec![
        on(0, Sketch::new(1, 1, &[(SUCCESS, 5), (FAILURE, 2 * DAY)])),
        on(0, Sketch::new(2, 2, &[(TIMED, 5), (REPORT, DAY)])),
        on(1, Sketch::new(3, 3, &[(WIDE, 5), (WIDE, 3 * DAY)])),
        on(1, Sketch { outcomes: r#""spool-full":3"#, ..Sketch::new(4, 4, &[(SUCCESS, 5)]) }),
        on(2, Sketch { marks: "\"synthetic\"", ..Sketch::new(5, 5, &[(FAILURE, 5)]) }),
        erasure(4),
        on(3, Sketch::new(6, 4, &[(SUCCESS, 5)])),
    ];
    all.push(all[0].clone());
    for (n, major) in (50..70).zip(50..) {
        let version: &'static str = format!("{major}.0.0").leak();
        all.push(on(4, Sketch { version, ..Sketch::new(n, n, &[(SUCCESS, 5), (SUCCESS, DAY)]) }));
    }
    let other =
        |n: u8, events: &[(&'static str, i64)]| Sketch { version: "2.1.0", ..Sketch::new(n, n, events) };
    all.push(on(4, other(80, &[(SUCCESS, 5), (FAILURE, DAY)])));
    all.push(on(4, other(81, &[(TIMED, 5)])));
    all.push(on(5, other(82, &[(WIDE, 9), (WIDE, 4 * DAY)])));
    // Two versions of one installation in one context.
    all.push(on(5, Sketch { installation: 50, ..other(83, &[(SUCCESS, 5), (SUCCESS, DAY)]) }));
    all.push(on(6, Sketch::new(84, 2, &[(TIMED, 5)])));
    all
}

#[test]
fn the_days_of_a_database_come_to_its_figures_packed_or_not_and_whatever_retention_took() {
    for packed in [false, true] {
        for kept_from in [None, Some(1), Some(5)] {
            let mut scene = Scene::with(&history());
            if packed {
                scene.store().compact(day_of(NOW) + 3).unwrap();
            }
            if let Some(days) = kept_from {
                scene.store().retire("quarry", day_of(NOW) + days).unwrap();
            }
            scene.store().checkpoint().unwrap();
            let before = std::fs::read(scene.path()).unwrap();
            let (days, journal, dump) = given(&scene.path());
            assert_eq!(figures(&days, &journal, &[]), dump, "{packed} {kept_from:?}");
            assert!(dump.iter().any(|(line, _)| line.starts_with("latest ")));
            assert_eq!(std::fs::read(scene.path()).unwrap(), before, "it is only read");
            let rows: usize = days.iter().map(|part| part.rows.len()).sum();
            assert_eq!(rows > 0, kept_from != Some(9), "{rows}");
        }
    }
}

#[test]
fn a_version_that_is_admitted_later_has_its_name_in_what_was_given_away_before() {
    let admitted = Version::parse("2.1.0").unwrap();
    for packed in [false, true] {
        let mut scene = Scene::with(&history());
        if packed {
            scene.store().compact(day_of(NOW) + 3).unwrap();
        }
        let (days, _, before) = given(&scene.path());
        let product = "quarry".to_owned();
        let change = Change::AdmitVersion(admitted);
        scene.apply(&[LogEntry::Amendment(Amendment { product, received: NOW + 9 * DAY, change })]);
        let (_, journal, after) = given(&scene.path());
        assert_ne!(after, before);
        assert_eq!(figures(&days, &journal, &[admitted]), after);
    }
}

#[test]
fn no_id_of_an_installation_is_given_away_and_tombstones_are_hashes() {
    let scene = Scene::with(&history());
    let (days, journal, dump) = given(&scene.path());
    let said = format!("{days:?}{journal:?}{dump:?}");
    for number in 0..90 {
        let id = Sketch::id(number);
        let bytes = format!("{:?}", id.bytes());
        assert!(!said.contains(&id.to_string()) && !said.contains(&bytes), "{number}");
    }
    let tombstones = journal.iter().find_map(|entry| match entry {
        JournalEntry::Document { name, text } if name.starts_with("imported-tombstones/") => Some(text),
        _ => None,
    });
    assert_eq!(tombstones.unwrap().lines().count(), 2, "the key, and one of them");
}

#[test]
fn what_is_older_than_what_was_forgotten_is_to_be_forgotten_first() {
    let mut scene = Scene::with(&history()[..2]);
    let is_settled = |scene: &Scene| condition(&scene.path()).unwrap().is_settled;
    assert!(is_settled(&scene), "nothing was ever forgotten");
    for (days, is_old) in [(9, false), (12, true), (70, true)] {
        let today = day_of(NOW) + days;
        scene.store().forget_receipts(today).unwrap();
        assert!(is_settled(&scene), "{days}");
        // A log that was kept for long is applied now.
        let batch = u8::try_from(days).unwrap();
        scene.apply(&[on(0, Sketch::new(batch, 9, &[(SUCCESS, 5)]))]);
        assert_eq!(is_settled(&scene), !is_old, "{days}");
    }
}

#[test]
fn the_days_before_those_that_are_done_need_not_be_read_again() {
    let scene = Scene::with(&history());
    let mut whole = Transfer::open(&scene.path(), key(), SHARDS).unwrap();
    let days = whole.days().to_vec();
    let all: Vec<_> = days.iter().map(|day| whole.day(*day).unwrap()).collect();
    for (place, day) in days.iter().enumerate() {
        let mut one = Transfer::open(&scene.path(), key(), SHARDS).unwrap();
        let given = one.day(*day).unwrap();
        for (given, known) in given.iter().zip(&all[place]) {
            assert_eq!(
                figures(std::slice::from_ref(given), &[], &[]),
                figures(std::slice::from_ref(known), &[], &[])
            );
            assert_eq!((&given.rows, &given.states, &given.seen), (&known.rows, &known.states, &known.seen));
        }
    }
    let fingerprint = whole.fingerprint().unwrap();
    assert_eq!(Transfer::open(&scene.path(), key(), SHARDS).unwrap().fingerprint().unwrap(), fingerprint);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_histories_come_to_their_figures(
        drawn in entries(),
        packed in any::<bool>(),
        kept_from in prop::option::of(-20..3_i32),
    ) {
        let mut scene = Scene::with(&drawn);
        if packed {
            scene.store().compact(day_of(NOW)).unwrap();
        }
        if let Some(days) = kept_from {
            scene.store().retire("quarry", day_of(NOW) + days).unwrap();
        }
        let (days, journal, dump) = given(&scene.path());
        prop_assert_eq!(figures(&days, &journal, &[]), dump);
    }
}
