//! Batches, removals and terms by chance, with few values of each part, so that they meet.

use std::sync::Arc;

use aboveboard_manifest::PublishEvery;
use aboveboard_store::calendar::{Day, SECONDS_A_DAY};
use aboveboard_store::contributions::ShownPresence;
use aboveboard_store::entry::Position;
use aboveboard_store::facts::BatchKey;
use aboveboard_store::read::{InstallationKey, ReportedCount};
use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::{Mark, Marks};
use aboveboard_types::event::Ending;
use aboveboard_types::id::Id;
use aboveboard_types::outcome::DropReason;
use aboveboard_types::value::{Channel, Version};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::batch::{
    Batch, Naming, ReportedCell, ReportedTiming, ReportedTimings, SentContext, SentEvent, SentKind, SentValue,
};
use crate::journal::RemovalKind;
use crate::order::{NodeId, Order};
use crate::terms::Terms;

/// The first day of the order.
pub(crate) const FIRST: Day = 20_000;

/// How many days of the order there are.
pub(crate) const DAYS: Day = 5;

fn text() -> impl Strategy<Value = Arc<str>> {
    prop_oneof![Just("status".into()), Just("apply".into()), Just("project.created".into())]
}

fn version() -> impl Strategy<Value = Version> {
    (0_u16..3).prop_map(|minor| Version { major: 1, minor, patch: 0, channel: Channel::Stable })
}

fn naming() -> impl Strategy<Value = Naming> {
    prop_oneof![Just(Naming::Named), Just(Naming::Other), Just(Naming::Unkept)]
}

fn value() -> impl Strategy<Value = SentValue> {
    prop_oneof![
        any::<bool>().prop_map(SentValue::Flag),
        any::<u64>().prop_map(SentValue::Count),
        (0_u64..100).prop_map(SentValue::Exact),
        text().prop_map(SentValue::Choice),
        (version(), naming()).prop_map(|(version, naming)| SentValue::Version(version, naming)),
        any::<[u8; 2]>().prop_map(SentValue::Country),
        Just(SentValue::NoMember),
    ]
}

fn key() -> impl Strategy<Value = Option<InstallationKey>> {
    option::of(any::<u64>().prop_map(InstallationKey))
}

fn cell() -> impl Strategy<Value = ReportedCell> {
    let parts = vec((text(), 0_u64..5_000), 0..2);
    let numbers = (0_u64..3, 1_u64..200_000, 0_u64..50_000_000);
    (text(), numbers, any::<bool>(), parts).prop_map(|(kind, (from, count, total), has_end, parts)| {
        let from = from * 100;
        ReportedCell { kind, from, below: has_end.then_some(from + 100), count, total, parts }
    })
}

fn timings() -> impl Strategy<Value = Box<ReportedTimings>> {
    let left = prop_oneof![Just([u64::MAX; 2]), (0_u64..100_000).prop_map(|left| [left, left * 20])];
    let timing = (text(), left, vec(cell(), 1..3)).prop_map(|(name, left, cells)| ReportedTiming {
        name,
        a_second: [10, 1_000],
        left,
        cells,
    });
    (0_u8..3, vec(timing, 1..3))
        .prop_map(|(process, of)| Box::new(ReportedTimings { process: Id::from_bytes([process; 16]), of }))
}

fn what() -> impl Strategy<Value = SentKind> {
    let ending = prop_oneof![Just(Ending::Success), Just(Ending::Error), Just(Ending::Unfinished)];
    let count = (text(), option::of(text()), 0_u64..9);
    let count = count.prop_map(|(count, entry, number)| ReportedCount { count, entry, number });
    prop_oneof![
        (text(), ending, key(), option::of(version())).prop_map(
            |(command, ending, server, server_version)| {
                SentKind::Command { command, ending, server, server_version }
            }
        ),
        (option::of(text()), text(), key(), key())
            .prop_map(|(action, route, server, cli)| SentKind::Console { action, route, server, cli }),
        (vec(count, 0..3), option::of(timings()))
            .prop_map(|(counts, timings)| SentKind::Report { counts, timings }),
        (text(), 1_u64..30_000, vec((text(), value()), 0..3))
            .prop_map(|(event, times, fields)| SentKind::Declared { event, times, fields }),
    ]
}

/// An event that is placed on one of the days on which it can be.
pub(crate) fn event() -> impl Strategy<Value = SentEvent> {
    (0..DAYS, 0_u8..24, what()).prop_map(|(ago, hour, what)| SentEvent {
        day: FIRST + DAYS - ago,
        hour,
        what,
    })
}

pub(crate) fn context() -> impl Strategy<Value = SentContext> {
    (version(), naming(), any::<bool>()).prop_map(|(version, naming, is_synthetic)| {
        let marks = Marks::default();
        SentContext {
            component: Component::Cli,
            version,
            naming,
            os: "linux".into(),
            arch: "x86_64".into(),
            marks: if is_synthetic { marks.with(Mark::Synthetic) } else { marks },
        }
    })
}

/// A place of the order on one of its days; positions are a multiple of four and `more`, so that no two kinds of entry have the
/// same one.
fn order(more: u64) -> impl Strategy<Value = Order> {
    (0..i64::from(DAYS) * SECONDS_A_DAY, 0_u64..3, 0_u64..50).prop_map(move |(at, node, position)| Order {
        at: i64::from(FIRST) * SECONDS_A_DAY + at,
        node: NodeId(node),
        position: Position(position * 4 + more),
    })
}

/// A batch of one installation.
pub(crate) fn batch() -> impl Strategy<Value = Batch> {
    let shown =
        (any::<u8>(), 1_u32..3, any::<bool>()).prop_map(|(value, revision, is_monthly)| ShownPresence {
            value: [value; 16],
            revision,
            every: if is_monthly { PublishEvery::Month } else { PublishEvery::Quarter },
        });
    let reason = prop_oneof![Just(DropReason::SpoolFull), Just(DropReason::TooOld)];
    let left = prop_oneof![Just(u64::MAX), 0_u64..40_000];
    let drops = vec((reason, 0_u64..40_000, left), 0..3);
    let numbers = (0_u64..9, 0_u64..9, 0_u64..9, 1_u64..4);
    let identity = (order(0), 0_u8..20, 0_i64..2, 0_i64..3, 0_u64..20);
    let rest = (any::<bool>(), option::of(shown), vec(event(), 0..6));
    (identity, context(), numbers, drops, rest).prop_map(|(identity, context, numbers, drops, rest)| {
        let (order, key, events_hash, late, sequence) = identity;
        let (sent, refused, unplaced, max_reports) = numbers;
        let (publishes, presence, events) = rest;
        Batch {
            product: "quarry".into(),
            order,
            installation: InstallationKey(7),
            key: BatchKey::from_bytes([key; 16]),
            events_hash,
            received_at: order.at - late * SECONDS_A_DAY,
            sequence,
            sent_version: context.version,
            context: Arc::new(context),
            sent,
            refused,
            unplaced,
            drops,
            max_reports,
            publishes,
            presence,
            events,
        }
    })
}

/// A removal, with the day of receipt of what asked for it.
pub(crate) fn removal() -> impl Strategy<Value = (Order, RemovalKind, Day)> {
    let kind = prop_oneof![
        Just(RemovalKind::Erasure),
        Just(RemovalKind::Amendment),
        Just(RemovalKind::Clearing),
        Just(RemovalKind::Retirement)
    ];
    (order(1), kind).prop_map(|(order, kind)| (order, kind, order.day()))
}

/// What applies to the whole product.
pub(crate) fn terms() -> impl Strategy<Value = Terms> {
    fn sorted<T>(mut all: Vec<(Order, T)>) -> Vec<(Order, T)> {
        all.sort_by_key(|(order, _)| *order);
        all
    }
    let day = |more| vec((order(more), FIRST - 2..FIRST + DAYS), 0..3);
    let orders = || vec(order(3), 0..2);
    (day(2), day(2), vec((order(2), text()), 0..2), orders(), orders()).prop_map(
        |(retired, ids_forgotten, items_erased, mut clearings, mut amendments)| {
            clearings.sort_unstable();
            amendments.sort_unstable();
            Terms {
                retired: sorted(retired),
                ids_forgotten: sorted(ids_forgotten),
                items_erased: sorted(items_erased),
                clearings,
                amendments,
            }
        },
    )
}
