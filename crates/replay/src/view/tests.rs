//! Days that are closed answer as if they were open.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use aboveboard_store::calendar::Day;
use aboveboard_store::context::ContextFilter;
use aboveboard_store::entry::Position;
use aboveboard_store::read::{ContributorPiece, Days, InstallationKey, Selection, Snapshot};
use proptest::prelude::*;

use super::View;
use crate::backend::Backend;
use crate::batch::{Batch, SentKind};
use crate::book::Book;
use crate::ledger::{LedgerEntry, RemovalKind};
use crate::memory::{MemoryBackend, MemoryCluster};
use crate::numbers::Numbers;
use crate::open_days::OpenDays;
use crate::order::NodeId;
use crate::sample::{DAYS, FIRST};
use crate::sample_history::{History, INSTALLATIONS, PRODUCT, cluster_key, history, id};

const SHARDS: u32 = 2;

impl History {
    fn has_items(&self) -> bool {
        self.ledger.iter().any(|(_, entry)| matches!(entry, LedgerEntry::ItemErased { .. }))
    }

    /// Whether an installation reported on a day.
    fn has_reported(&self, installation: &str, day: &str) -> bool {
        let own = self.batches.iter().filter(|batch| batch.installation.0.to_string() == installation);
        own.flat_map(|batch| &batch.events)
            .any(|event| event.day.to_string() == day && matches!(event.what, SentKind::Report { .. }))
    }

    /// Whether retention passed over something.
    fn has_retired(&self) -> bool {
        self.ledger.iter().any(|(_, entry)| match entry {
            LedgerEntry::Removal { kind, .. } => *kind == RemovalKind::Retirement,
            entry => matches!(entry, LedgerEntry::Retired { .. }),
        })
    }

    /// Every answer where the days up to one are closed, those before `seen_late` by somebody who had not seen anything of the ledger
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
            let ledger = backend.ledger().unwrap();
            open.take_in(
                self.batches.iter().filter(of_day).cloned(),
                &book,
                &*backend.closed(&ledger).unwrap(),
            )
            .unwrap();
            for shard in 0..SHARDS {
                backend.close(shard, day, &open.close(day, shard, SHARDS)).unwrap();
            }
            last = Some(day);
        }
        let mut ledger = (*backend.ledger().unwrap()).clone();
        let moment = backend.closed(&ledger).unwrap();
        ledger.extend(self.ledger.iter().cloned());
        let book = Arc::new(Book::new(Arc::new(ledger)));
        let mut open = OpenDays::new(last);
        // Half by half, and the second half first.
        let (first, second) = self.batches.split_at(self.batches.len() / 2);
        for half in [second, first, second] {
            open.take_in(half.iter().cloned(), &book, &*moment).unwrap();
        }
        let numbers = Arc::new(Numbers::default());
        let view = |closed| {
            let book = Arc::clone(&book);
            View::new(&open, closed, book, Arc::clone(&numbers), cluster_key(), Position(0))
        };
        let answers = self.ask(&view(moment));
        // What the first moment found out for those behind it changes nothing.
        let again = view(backend.closed(book.entries()).unwrap());
        assert_eq!(self.ask(&again), answers);
        answers
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
            let mut own: Vec<String> = Vec::new();
            view.rows_of(PRODUCT, id(number), Days::ALL, u64::MAX, &mut |day, row| {
                own.push(format!("{day} {row:?}"));
                ControlFlow::Continue(())
            })
            .unwrap();
            answers.push(format!("{number} {own:?}"));
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
