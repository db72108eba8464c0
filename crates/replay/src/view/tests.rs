//! Days that are closed answer as if they were open.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use aboveboard_store::calendar::{Day, SECONDS_A_DAY};
use aboveboard_store::context::ContextFilter;
use aboveboard_store::entry::Position;
use aboveboard_store::facts::BatchKey;
use aboveboard_store::read::{ContributorPiece, Days, InstallationKey, Selection, Snapshot};
use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::Marks;
use aboveboard_types::event::Ending;
use aboveboard_types::value::{Channel, Version};
use proptest::prelude::*;

use super::View;
use crate::backend::Backend;
use crate::batch::{Batch, Naming, SentContext, SentEvent, SentKind};
use crate::book::Book;
use crate::journal::{JournalEntry, RemovalKind};
use crate::memory::{MemoryBackend, MemoryCluster};
use crate::open_days::OpenDays;
use crate::order::{NodeId, Order};
use crate::sample::{DAYS, FIRST};
use crate::sample_history::{History, INSTALLATIONS, PRODUCT, cluster_key, history, id};

const SHARDS: u32 = 2;

impl History {
    fn has_items(&self) -> bool {
        self.journal.iter().any(|(_, entry)| matches!(entry, JournalEntry::ItemErased { .. }))
    }

    /// Whether an installation reported on a day.
    fn has_reported(&self, installation: &str, day: &str) -> bool {
        let own = self.batches.iter().filter(|batch| batch.installation.0.to_string() == installation);
        own.flat_map(|batch| &batch.events)
            .any(|event| event.day.to_string() == day && matches!(event.what, SentKind::Report { .. }))
    }

    /// Whether retention passed over something.
    fn has_retired(&self) -> bool {
        self.journal.iter().any(|(_, entry)| match entry {
            JournalEntry::Removal { kind, .. } => *kind == RemovalKind::Retirement,
            entry => matches!(entry, JournalEntry::Retired { .. }),
        })
    }

    /// Every answer where the days up to one are closed, those before `seen_late` by somebody who had not seen anything of the journal
    /// that stands behind the day.
    fn answers(&self, closed: Option<Day>, seen_late: Day) -> Vec<String> {
        let cluster = MemoryCluster::new(SHARDS);
        let backend = MemoryBackend::open(&cluster, NodeId(1));
        let mut last = None;
        for day in FIRST..=closed.unwrap_or(FIRST - 1) {
            let of_day = |batch: &&Batch| batch.order.day() >= day;
            if !self.batches.iter().any(|batch| batch.order.day() == day) {
                continue;
            }
            let book = self.book(if day < seen_late { day } else { Day::MAX });
            let mut open = OpenDays::new(last);
            let journal = backend.journal().unwrap();
            open.take_in(
                self.batches.iter().filter(of_day).cloned(),
                &book,
                &*backend.closed(&journal).unwrap(),
            )
            .unwrap();
            for shard in 0..SHARDS {
                backend.close(shard, day, &open.close(day, shard, SHARDS)).unwrap();
            }
            last = Some(day);
        }
        let mut journal = (*backend.journal().unwrap()).clone();
        let moment = backend.closed(&journal).unwrap();
        journal.extend(self.journal.iter().cloned());
        let book = Arc::new(Book::new(Arc::new(journal)));
        let mut open = OpenDays::new(last);
        // Half by half, and the second half first.
        let (first, second) = self.batches.split_at(self.batches.len() / 2);
        for half in [second, first, second] {
            open.take_in(half.iter().cloned(), &book, &*moment).unwrap();
        }
        let view = View::new(&open, moment, book, cluster_key(), Position(0));
        self.ask(&view)
    }

    fn ask(&self, view: &View<'_, &OpenDays>) -> Vec<String> {
        let mut answers: Vec<String> = Vec::new();
        for (line, number) in view.dump(&|_, key| key.0.to_string()).unwrap() {
            // What an erased count of a report told is not known any more of a closed day; nor which pages an action was on.
            let words: Vec<&str> = line.split(' ').collect();
            let is_unknown = self.has_items()
                && match words[..] {
                    ["success", id, day] => self.has_reported(id, day),
                    ["used", .., "2", _, _] => true,
                    _ => false,
                };
            // Nor whether what was received of a removed installation was of days that retention had passed over before; and what is
            // kept of such days is not kept here.
            let is_retired = line.starts_with("heard-") || line.starts_with("since ");
            if !(is_unknown || self.has_retired() && is_retired) {
                answers.push(format!("{line} = {number}"));
            }
        }
        let mut totals: Vec<String> =
            view.totals(PRODUCT).unwrap().iter().map(|total| format!("{total:?}")).collect();
        totals.sort();
        answers.extend(totals);
        let days = view.row_days(PRODUCT, Days::ALL).unwrap();
        let mut rows: BTreeMap<(Day, InstallationKey), Vec<String>> = BTreeMap::new();
        for day in days {
            view.rows(PRODUCT, day, &|_, _| true, &mut |row| {
                rows.entry((day, row.installation)).or_default().push(format!("{row:?}"));
            })
            .unwrap();
        }
        answers.extend(rows.iter().map(|rows| format!("{rows:?}")));
        for number in 0..INSTALLATIONS {
            answers.push(format!("{number} {:?}", view.life(PRODUCT, id(number)).unwrap()));
            answers.push(format!("{number} {:?}", view.first_receipt(PRODUCT, id(number)).unwrap()));
            answers.push(format!("{number} {:?}", view.presences(PRODUCT, id(number)).unwrap()));
            let mut own: BTreeMap<(Day, InstallationKey), Vec<String>> = BTreeMap::new();
            view.rows_of(PRODUCT, id(number), Days::ALL, u64::MAX, &mut |day, row| {
                own.entry((day, row.installation)).or_default().push(format!("{row:?}"));
                ControlFlow::Continue(())
            })
            .unwrap();
            let key = cluster_key().of_installation(PRODUCT, id(number));
            let mut all = rows.clone();
            all.retain(|(_, of), _| *of == key);
            assert_eq!(own, all, "they are given their own rows, with the same links");
        }
        answers.extend(contributors(view));
        let everything = ContextFilter::everything();
        let of = Selection { product: PRODUCT, days: Days::ALL, contexts: &everything };
        let mut last = Vec::new();
        view.last_reports(&of, &mut |report| last.push(format!("{:?}", report.counts))).unwrap();
        last.sort();
        answers.extend(last);
        answers
    }
}

/// What installations recorded on some days, each with its rows.
fn contributors(view: &View<'_, &OpenDays>) -> Vec<String> {
    let mut known: BTreeMap<InstallationKey, Vec<String>> = BTreeMap::new();
    let days = Days { first: FIRST - 3, last: FIRST + 3 };
    let mut from = Some(InstallationKey(0));
    while let Some(first) = from {
        from = view
            .contributors(PRODUCT, days, first, &mut |piece| match piece {
                ContributorPiece::Known(key, contributor) => {
                    let before = known.insert(key, vec![format!("{contributor:?}")]);
                    assert!(before.is_none(), "each is given once");
                }
                ContributorPiece::Row(day, row) => {
                    known.get_mut(&row.installation).unwrap().push(format!("{day} {row:?}"));
                }
            })
            .unwrap();
        assert!(from.is_none_or(|next| next > first));
    }
    known.into_iter().map(|(key, lines)| format!("{key:?} {lines:?}")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn days_that_are_closed_answer_as_if_they_were_open(
        history in history(),
        closed in FIRST..FIRST + DAYS,
        seen_late in FIRST..=FIRST + DAYS,
    ) {
        let open = history.answers(None, FIRST);
        let closed = history.answers(Some(closed), seen_late);
        let lines = |of: &[String], other: &[String]| -> Vec<String> {
            of.iter().filter(|line| !other.contains(line)).cloned().collect()
        };
        prop_assert_eq!(lines(&closed, &open), lines(&open, &closed), "closed and open");
        prop_assert_eq!(closed, open);
    }
}

/// A batch of one command, on the first day of the order or the next.
fn command(installation: u64, day: Day) -> Batch {
    let context = SentContext {
        component: Component::Cli,
        version: Version { major: 1, minor: 0, patch: 0, channel: Channel::Stable },
        naming: Naming::Named,
        os: "linux".into(),
        arch: "x86_64".into(),
        marks: Marks::default(),
    };
    let mut key = [0; 16];
    key[..8].copy_from_slice(&installation.to_be_bytes());
    key[8..12].copy_from_slice(&day.to_be_bytes());
    let at = i64::from(day) * SECONDS_A_DAY;
    let what = SentKind::Command {
        command: "status".into(),
        ending: Ending::Success,
        server: None,
        server_version: None,
    };
    let position = Position(installation * 100 + u64::from(day.unsigned_abs()));
    Batch {
        product: PRODUCT.into(),
        order: Order { at, node: NodeId(1), position },
        installation: InstallationKey(installation),
        key: BatchKey::from_bytes(key),
        events_hash: 0,
        received_at: at,
        sequence: 0,
        sent_version: context.version,
        context: Arc::new(context),
        sent: 1,
        refused: 0,
        unplaced: 0,
        drops: Vec::new(),
        max_reports: 1,
        publishes: false,
        presence: None,
        events: vec![SentEvent { day, hour: 0, what }],
    }
}

#[test]
fn those_who_recorded_something_are_given_some_at_a_time_and_each_once() {
    let before: Vec<u64> = (0..9).map(|n| n * 10).collect();
    let now = 1..=4_500_u64;
    let backend = MemoryBackend::open(&MemoryCluster::new(SHARDS), NodeId(1));
    let book = Arc::new(Book::new(Arc::default()));
    let mut open = OpenDays::new(None);
    let of_first = before.iter().map(|installation| command(*installation, FIRST));
    open.take_in(of_first, &book, &*backend.closed(&[]).unwrap()).unwrap();
    for shard in 0..SHARDS {
        backend.close(shard, FIRST, &open.close(FIRST, shard, SHARDS)).unwrap();
    }
    let journal = backend.journal().unwrap();
    let closed = backend.closed(&journal).unwrap();
    let book = Arc::new(Book::new(Arc::clone(&journal)));
    let mut open = OpenDays::new(Some(FIRST));
    open.take_in(now.clone().map(|installation| command(installation, FIRST + 1)), &book, &*closed).unwrap();
    let view = View::new(&open, closed, book, cluster_key(), Position(0));
    let mut rows: BTreeMap<u64, Vec<Day>> = BTreeMap::new();
    let mut pieces = Vec::new();
    let mut from = Some(InstallationKey(0));
    while let Some(first) = from {
        let mut known = 0;
        let days = Days { first: FIRST, last: FIRST + 1 };
        from = view
            .contributors(PRODUCT, days, first, &mut |piece| match piece {
                ContributorPiece::Known(key, _) => {
                    known += 1;
                    assert!(rows.insert(key.0, Vec::new()).is_none());
                }
                ContributorPiece::Row(day, row) => rows.get_mut(&row.installation.0).unwrap().push(day),
            })
            .unwrap();
        pieces.push(known);
    }
    assert!(pieces.iter().all(|known| *known <= 4_096 + 3), "{pieces:?}");
    let expected: BTreeMap<u64, Vec<Day>> = before
        .iter()
        .copied()
        .chain(now.clone())
        .map(|installation| {
            let is_old = before.contains(&installation).then_some(FIRST);
            let is_new = now.contains(&installation).then_some(FIRST + 1);
            (installation, is_old.into_iter().chain(is_new).collect())
        })
        .collect();
    assert_eq!(rows, expected);
}
