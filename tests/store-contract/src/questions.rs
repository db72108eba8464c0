//! The questions of the read port about sets of installations and about what was received, beside the lines of the reference.
//!
//! Nothing outside of a store says which installation a member of a set is. So sets are compared by how many members they have,
//! and how many they have in common with every other set.

use std::collections::{BTreeMap, BTreeSet};

use aboveboard_store::calendar::{Day, HourOfDay, day_of};
use aboveboard_store::context::{Context, ContextFilter, MarksFilter};
use aboveboard_store::installation_set::InstallationSet;
use aboveboard_store::packed_version::{pack_version, unpack_version};
use aboveboard_store::read::{Days, Selection, Snapshot, Usage};
use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::{Mark, Marks};
use aboveboard_types::event::Ending;
use aboveboard_types::value::Version;

/// Sets by what they are asked for, in the order in which a store gives them.
type Given = Vec<(String, InstallationSet)>;

/// The same sets with names in the place of members.
type Expected<'l> = BTreeMap<String, BTreeSet<&'l str>>;

/// Asks every question under many filters, and holds the answers against the reference.
pub(super) fn compare(snapshot: &dyn Snapshot, product: &str, ledger: &[(String, i64)]) {
    for contexts in [
        ContextFilter::everything(),
        ContextFilter::default(),
        ContextFilter { component: Some(Component::Cli), ..ContextFilter::everything() },
        ContextFilter { version: Version::parse("1.3.0"), ..ContextFilter::everything() },
        ContextFilter { marks: MarksFilter::Only(Mark::Ci), ..ContextFilter::default() },
    ] {
        for days in [Days::ALL, Days { first: 20_896, last: 20_900 }, Days { first: 20_900, last: 20_900 }] {
            sets(snapshot, &Selection { product, days, contexts: &contexts }, ledger);
        }
    }
    batches(snapshot, product, ledger);
    let began = ledger.iter().filter(|(line, _)| line.starts_with("began ")).map(|(_, at)| *at).min();
    assert_eq!(snapshot.received_from(product).unwrap(), began.map(day_of));
}

/// What a line of the reference says of a set: `KIND CONTEXT PERIOD ID WHAT`.
struct Line<'l> {
    context: Context,
    words: String,
    period: i32,
    id: &'l str,
    what: &'l str,
}

/// The lines of a kind about a product in selected contexts.
fn lines<'l>(ledger: &'l [(String, i64)], kind: &str, of: &Selection<'_>) -> Vec<Line<'l>> {
    let all = ledger.iter().filter_map(|(line, _)| line.strip_prefix(kind)?.strip_prefix(' '));
    let lines = all.map(|line| {
        let parts: Vec<&str> = line.splitn(9, ' ').collect();
        let context = Context {
            component: Component::parse(parts[1]).unwrap(),
            version: unpack_version(parts[2].parse().unwrap()),
            os: parts[3].into(),
            arch: parts[4].into(),
            marks: Marks::from_bits(parts[5].parse().unwrap()),
        };
        let words = parts[1..6].join(" ");
        let what = parts.get(8).copied().unwrap_or("");
        Line { context, words, period: parts[6].parse().unwrap(), id: parts[7], what }
    });
    lines.filter(|line| of.contexts.keeps(&line.context)).collect()
}

fn words(context: &Context) -> String {
    let Context { component, version, os, arch, marks } = context;
    format!("{} {} {os} {arch} {}", component.name(), pack_version(*version), marks.bits())
}

fn number(ending: Ending) -> u8 {
    match ending {
        Ending::Success => 0,
        Ending::Error => 1,
        Ending::Unfinished => 2,
    }
}

fn hours(hour: HourOfDay) -> i32 {
    hour.day * 24 + i32::from(hour.hour)
}

fn sets(snapshot: &dyn Snapshot, of: &Selection<'_>, ledger: &[(String, i64)]) {
    let is_asked_for = |day: Day| (of.days.first..=of.days.last).contains(&day);
    let mut expected: Expected<'_> = BTreeMap::new();
    let mut add = |key: String, id| _ = expected.entry(key).or_default().insert(id);
    for line in lines(ledger, "used", of).iter().filter(|line| is_asked_for(line.period)) {
        let (axis, rest) = line.what.split_once(' ').unwrap();
        let (detail, name) = rest.split_once(' ').unwrap();
        let Line { words, period, id, .. } = line;
        add(format!("used {period:010} {axis} {name}"), id);
        if axis == "1" {
            add(format!("endings {period:010} {name} {detail} {words}"), id);
        }
    }
    for Line { words, period, id, what, .. } in lines(ledger, "heard-ending", of) {
        let (detail, name) = what.split_once(' ').unwrap();
        if is_asked_for(period) {
            add(format!("received endings {period:010} {name} {detail} {words}"), id);
        }
    }
    for Line { words, period, id, .. } in lines(ledger, "heard-day", of) {
        if is_asked_for(period) {
            add(format!("received {period:010} {words}"), id);
        }
    }
    for Line { words, period, id, .. } in lines(ledger, "heard-hour", of) {
        if is_asked_for(period.div_euclid(24)) {
            add(format!("received by hour {period:010} {words}"), id);
        }
    }
    let given = ask(snapshot, of);
    let mut pieces = BTreeMap::new();
    for (key, set) in given {
        assert!(pieces.insert(key.clone(), set).is_none(), "{key} came twice");
    }
    assert_eq!(pieces.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (key, set) in &pieces {
        let members = &expected[key];
        assert_eq!(set.len(), members.len() as u64, "{key}");
        for (other, others) in &pieces {
            let common = members.intersection(&expected[other]).count();
            assert_eq!(set.common(others), common as u64, "{key} and {other}");
        }
    }
}

/// Every set that a store gives for a selection. Pieces must come by ascending day or hour.
fn ask(snapshot: &dyn Snapshot, of: &Selection<'_>) -> Given {
    let mut given: Given = Vec::new();
    for (usage, what) in [
        (Usage::Command("init".to_owned()), "1 init"),
        (Usage::Command("metadata apply".to_owned()), "1 metadata apply"),
        (Usage::Action("table_tracked".to_owned()), "2 table_tracked"),
        (Usage::Event("start-finished".to_owned()), "5 start-finished"),
        (Usage::Report, "4 "),
    ] {
        let mut ascends = Ascending::default();
        snapshot
            .used(of, &usage, &mut |day, set| {
                given.push((format!("used {:010} {what}", ascends.next(day)), set))
            })
            .unwrap();
    }
    for (what, is_received) in [("endings", false), ("received endings", true)] {
        let mut ascends = Ascending::default();
        let mut each = |piece: aboveboard_store::read::EndingSet<'_>| {
            let day = ascends.next(piece.day);
            let ending = number(piece.ending);
            let context = words(piece.context);
            let key = format!("{what} {day:010} {} {ending} {context}", piece.command);
            given.push((key, piece.installations));
        };
        let asked = if is_received {
            snapshot.received_endings(of, &mut each)
        } else {
            snapshot.endings(of, &mut each)
        };
        asked.unwrap();
    }
    let mut ascends = Ascending::default();
    snapshot
        .received(of, &mut |day, context, set| {
            given.push((format!("received {:010} {}", ascends.next(day), words(context)), set));
        })
        .unwrap();
    let mut ascends = Ascending::default();
    snapshot
        .received_by_hour(of, &mut |hour, context, set| {
            let hour = ascends.next(hours(hour));
            given.push((format!("received by hour {hour:010} {}", words(context)), set));
        })
        .unwrap();
    given
}

/// Days or hours that must not come back.
#[derive(Default)]
struct Ascending(i32);

impl Ascending {
    fn next(&mut self, number: i32) -> i32 {
        assert!(number >= self.0, "{number} after {}", self.0);
        self.0 = number;
        number
    }
}

/// Batches and versions, of which there is no set.
fn batches(snapshot: &dyn Snapshot, product: &str, ledger: &[(String, i64)]) {
    let mut counted: BTreeMap<(i32, String), i64> = BTreeMap::new();
    let mut last: BTreeMap<String, i64> = BTreeMap::new();
    let mut since: BTreeMap<u64, i64> = BTreeMap::new();
    for (line, number) in ledger {
        let parts: Vec<&str> = line.split(' ').collect();
        match parts.as_slice() {
            ["batches", _, component, _, hour] => {
                *counted.entry((hour.parse().unwrap(), (*component).to_owned())).or_default() += number;
            }
            ["last", _, component, _] => {
                let last = last.entry((*component).to_owned()).or_default();
                *last = (*number).max(*last);
            }
            ["since", _, version] => _ = since.insert(version.parse().unwrap(), *number),
            _ => {}
        }
    }
    for days in [Days::ALL, Days { first: 20_900, last: 20_900 }] {
        let mut given = Vec::new();
        let mut ascends = Ascending::default();
        snapshot
            .batches_by_hour(product, days, &mut |hour, component, n| {
                let hour = ascends.next(hours(hour));
                given.push(((hour, component.name().to_owned()), i64::try_from(n).unwrap()));
            })
            .unwrap();
        let is_asked_for = |hour: i32| (days.first..=days.last).contains(&hour.div_euclid(24));
        let expected = counted.iter().filter(|((hour, _), _)| is_asked_for(*hour));
        assert_eq!(given, expected.map(|(key, n)| (key.clone(), *n)).collect::<Vec<_>>());
    }
    let given = snapshot.last_received(product).unwrap();
    let given = given.into_iter().map(|(component, at)| (component.name().to_owned(), at));
    assert_eq!(given.collect::<BTreeMap<_, _>>(), last);
    let given = snapshot.first_days_of_versions(product).unwrap();
    let given = given.into_iter().map(|(version, day)| (pack_version(version), i64::from(day)));
    assert_eq!(given.collect::<BTreeMap<_, _>>(), since);
}
