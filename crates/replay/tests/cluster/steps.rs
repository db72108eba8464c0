//! Logs by chance in which quotas are reached: names of versions, events, reports and dropped events a day, what servers can serve and
//! strangers may add.

use aboveboard_store::amendment::{Amendment, Change};
use aboveboard_store::calendar::{Day, SECONDS_A_DAY, day_of};
use aboveboard_store::entry::{Clearing, Erasure, LogEntry};
use aboveboard_store::in_force::ManifestsInForce;
use aboveboard_store::versions::ReleaseLine;
use aboveboard_store_contract::{FAILURE, NOW, SUCCESS, Sketch, manifest_text, manifests_of};
use aboveboard_types::id::Id;
use aboveboard_types::value::{Channel, Version};
use proptest::prelude::*;

/// The product of these logs.
pub(crate) const PRODUCT: &str = "quarry";

/// Its manifest: of its timings a server answers few.
pub(crate) fn manifests_with_few_requests() -> ManifestsInForce {
    let text = manifest_text(PRODUCT);
    manifests_of(&[text.replace(r#"parts = ["database"]"#, "parts = [\"database\"]\nrate = 20")])
}

/// A text that lives as long as the test, as sketches want it.
pub(crate) fn kept(text: String) -> &'static str {
    text.leak()
}

fn report() -> impl Strategy<Value = String> {
    let cell =
        (any::<bool>(), any::<bool>(), prop_oneof![0_u64..2_000, 0_u64..200_000_000], 0_u64..30, 0_u64..9);
    let cells = prop::collection::btree_map((any::<bool>(), any::<bool>()), cell, 0..3);
    (0_u8..4, 0_u64..20, cells).prop_map(|(run, tables, cells)| {
        let cells: Vec<_> = cells
            .into_iter()
            .map(|((is_query, is_slow), (_, _, count, each, part))| {
                let operation = if is_query { "query" } else { "mutation" };
                let from = if is_slow { 5 } else { 0 };
                let count = count + 1;
                format!(
                    r#"{{"operation":"{operation}","from":{from},"count":{count},"total":{},"database":{}}}"#,
                    count * each,
                    count * part
                )
            })
            .collect();
        let run = Id::from_random([run; 16]);
        let timings = if cells.is_empty() {
            String::new()
        } else {
            format!(r#","run":"{run}","timings":{{"requests":[{}]}}"#, cells.join(","))
        };
        format!(r#""name":"report","counts":{{"tables":{tables},"permissions":{{"select":2,"insert":1}}}}{timings}"#)
    })
}

fn started() -> impl Strategy<Value = String> {
    (2_u32..=10_000, 0_u16..900).prop_map(|(times, patch)| {
        format!(r#""name":"start-finished","fields":{{"framework":"7.{patch}.0"}},"times":{times}"#)
    })
}

/// What an installation does in one batch; which of them, and whether it is one that was here before.
fn sketch() -> impl Strategy<Value = Sketch> {
    let component = 0_u8..3;
    let ago = prop_oneof![4 => 0..2 * SECONDS_A_DAY, 1 => 0..16 * SECONDS_A_DAY];
    let event = (report(), started(), any::<bool>(), ago);
    let events = prop::collection::vec(event, 0..8);
    let drops = prop_oneof![
        3 => Just(String::new()),
        1 => (1_u32..60_000, 1_u32..60_000).prop_map(|(a, b)| format!(r#""spool-full":{a},"too-old":{b}"#))
    ];
    // Few are here from the beginning, strangers are many.
    let installation = prop_oneof![0_u8..3, 10_u8..40];
    let received = (0_i64..6, 0..SECONDS_A_DAY).prop_map(|(day, second)| day * SECONDS_A_DAY + second);
    ((component, installation, 0_u16..400, any::<u8>()), (received, 0_u64..40), events, drops).prop_map(
        |((component, installation, minor, batch), (late, sequence), events, drops)| {
            let events = events.into_iter().map(|(report, started, is_well, ago)| {
                let body = match component {
                    0 => kept(report),
                    1 => kept(started),
                    _ if is_well => SUCCESS,
                    _ => FAILURE,
                };
                (body, ago)
            });
            Sketch {
                batch,
                component: ["server", "app", "cli"][usize::from(component)],
                marks: if batch % 8 == 0 { "\"synthetic\"" } else { "" },
                version: kept(format!("1.{minor}.0")),
                sequence,
                received: NOW + late,
                outcomes: kept(drops),
                ..Sketch::new(0, installation * 3 + component, &events.collect::<Vec<_>>())
            }
        },
    )
}

/// What comes next.
#[derive(Clone)]
pub(crate) enum Step {
    Entry(LogEntry),
    /// Retention passes over the days that lie further back than so many.
    Retire(Day),
    /// Ids of batches of days of receipt that lie further back than so many are forgotten.
    ForgetIds(Day),
    /// What was received longer ago than it is told of is forgotten.
    ForgetReceipts,
    /// What is over is packed, or closed.
    Compact,
}

/// What happens besides batches and erasures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Changes {
    /// Retention, and ids are forgotten.
    Age,
    /// What an operator clears away, erases and admits; and what is over is packed or closed.
    Operator,
    /// Retention, clearing, and what is over is packed or closed.
    AgeAndClearing,
}

impl std::fmt::Debug for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Entry(LogEntry::Batch(arrival)) => {
                write!(f, "{} {}", arrival.received - NOW, String::from_utf8_lossy(&arrival.body))
            }
            Self::Entry(entry) => write!(f, "{entry:?}"),
            Self::Retire(ago) => write!(f, "retire {ago}"),
            Self::ForgetIds(ago) => write!(f, "forget ids {ago}"),
            Self::ForgetReceipts => write!(f, "forget receipts"),
            Self::Compact => write!(f, "compact"),
        }
    }
}

/// Before the drawn steps: some installations that are known for long, and as many versions of strangers as get names in the first days.
fn before() -> Vec<LogEntry> {
    let known = (0..12).map(|number| Sketch {
        received: NOW - 9 * SECONDS_A_DAY,
        ..Sketch::new(number, number, &[(SUCCESS, 5)])
    });
    let strangers = (0..100).map(|number| Sketch {
        version: kept(format!("2.{number}.0")),
        received: NOW - 9 * SECONDS_A_DAY,
        ..Sketch::new(100 + number, 130 + number, &[(SUCCESS, 5)])
    });
    let started = r#""name":"start-finished","fields":{"framework":"6.0.0"}"#;
    let started = Sketch { received: NOW - 9 * SECONDS_A_DAY, ..Sketch::new(99, 99, &[(started, 5)]) };
    known.chain(strangers).chain([started]).map(|sketch| sketch.entry()).collect()
}

/// What an operator changes.
fn change() -> impl Strategy<Value = Change> {
    let version =
        || (0_u16..40).prop_map(|minor| Version { major: 1, minor, patch: 0, channel: Channel::Stable });
    let items = ["init", "start-finished", "start-finished.framework", "tables", "requests"];
    prop_oneof![
        1 => Just(Change::EraseUnverified),
        2 => (day_of(NOW) - 1..day_of(NOW) + 6).prop_map(Change::EraseSince),
        4 => version().prop_map(Change::EraseVersion),
        2 => prop::sample::select(items.to_vec()).prop_map(|name| Change::EraseItem(name.to_owned())),
        4 => version().prop_map(Change::AdmitVersion),
        2 => version().prop_map(|version| {
            Change::AdmitValue("start-finished.framework".to_owned(), Version { major: 7, ..version })
        }),
        1 => (0_u16..40).prop_map(|minor| Change::NameLine(ReleaseLine { major: 1, minor })),
    ]
}

fn erasure(installation: u8, received: i64) -> LogEntry {
    let installation = Sketch::id(installation);
    LogEntry::Erasure(Erasure { product: PRODUCT.to_owned(), installation, received, by_operator: true })
}

/// What comes next, behind [`before`].
pub(crate) fn steps(changes: Changes) -> impl Strategy<Value = Vec<Step>> {
    let entry = |sketch: Sketch| (sketch.received, Step::Entry(sketch.entry()));
    let at = |day: i64| NOW + day * SECONDS_A_DAY;
    let age = u32::from(changes != Changes::Operator);
    let clearing = u32::from(changes != Changes::Age);
    let operator = u32::from(changes == Changes::Operator);
    let product = || PRODUCT.to_owned();
    let step = prop_oneof![
        40 => sketch().prop_map(entry),
        2 => (0_u8..9, 0_i64..6).prop_map(move |(number, day)| (at(day), Step::Entry(erasure(number, at(day))))),
        age => (0_i64..6, 1..20).prop_map(move |(day, ago)| (at(day), Step::Retire(ago))),
        1 => (0_i64..6, 1..20).prop_map(move |(day, ago)| (at(day), Step::ForgetIds(ago))),
        clearing => (0_i64..6).prop_map(move |day| (at(day), Step::ForgetReceipts)),
        2 * clearing => (0_i64..6).prop_map(move |day| (at(day), Step::Compact)),
        clearing => (0_i64..6).prop_map(move |day| {
            (at(day), Step::Entry(LogEntry::Clearing(Clearing { product: product(), received: at(day) })))
        }),
        3 * operator => (0_i64..6, change()).prop_map(move |(day, change)| {
            let amendment = Amendment { product: product(), received: at(day), change };
            (at(day), Step::Entry(LogEntry::Amendment(amendment)))
        }),
    ];
    let again = prop::option::weighted(0.1, 0_i64..3 * SECONDS_A_DAY);
    prop::collection::vec((step, again), 1..160).prop_map(|drawn| {
        let mut steps = Vec::new();
        for ((received, step), again) in drawn {
            // Now and then a batch comes twice.
            if let (Step::Entry(LogEntry::Batch(arrival)), Some(late)) = (&step, again) {
                let mut second = arrival.clone();
                second.received += late;
                steps.push((second.received, Step::Entry(LogEntry::Batch(second))));
            }
            steps.push((received, step));
        }
        steps.sort_by_key(|(received, _)| *received);
        let before = before().into_iter().map(Step::Entry);
        before.chain(steps.into_iter().map(|(_, step)| step)).collect()
    })
}
