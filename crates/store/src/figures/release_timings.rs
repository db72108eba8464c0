//! How long requests took on each day.

use std::collections::BTreeMap;

use super::super::context::ContextFilter;
use super::super::read::{Days, ReadResult, RequestSum, Selection, Snapshot};
use crate::calendar::Day;

/// The most days that are read: each is a question of its own.
const MAX_DAYS: Day = 28;

/// A mean of fewer requests says little of its day.
const ENOUGH: u64 = 20;

/// The means of the days that have enough requests, in milliseconds, of the most frequent kind of each timing.
pub(super) fn by_day(
    snapshot: &dyn Snapshot,
    product: &str,
    contexts: &ContextFilter,
    days: Days,
) -> ReadResult<BTreeMap<(String, String), Vec<f64>>> {
    let mut all: BTreeMap<(String, String), Kind> = BTreeMap::new();
    for day in days.first.max(days.last - MAX_DAYS + 1)..=days.last {
        let of_day = Selection { product, days: Days { first: day, last: day }, contexts };
        let mut sums: BTreeMap<(String, String), Sums> = BTreeMap::new();
        snapshot.requests(&of_day, &mut |cell| {
            if cell.part.is_some() {
                return;
            }
            let sums = sums.entry((cell.timing.to_owned(), cell.kind.to_owned())).or_default();
            match cell.sum {
                RequestSum::Requests(n) => sums.requests += n,
                RequestSum::Milliseconds(n) => sums.milliseconds += n,
            }
        })?;
        for (kind, sums) in sums {
            let of_kind = all.entry(kind).or_default();
            of_kind.requests += sums.requests;
            of_kind.means.extend(sums.mean());
        }
    }
    let mut most: BTreeMap<String, (u64, String)> = BTreeMap::new();
    for ((timing, kind), Kind { requests, .. }) in &all {
        let known = most.entry(timing.clone()).or_default();
        if *requests > known.0 {
            *known = (*requests, kind.clone());
        }
    }
    all.retain(|(timing, kind), _| most.get(timing).is_some_and(|(_, most)| most == kind));
    Ok(all.into_iter().map(|(kind, of_kind)| (kind, of_kind.means)).collect())
}

/// One kind of request over all days.
#[derive(Default)]
struct Kind {
    requests: u64,
    means: Vec<f64>,
}

/// One kind of request on one day.
#[derive(Default)]
struct Sums {
    requests: u64,
    milliseconds: u64,
}

impl Sums {
    #[allow(clippy::cast_precision_loss, reason = "counts beyond 2^53 do not occur")]
    fn mean(&self) -> Option<f64> {
        (self.requests >= ENOUGH).then(|| self.milliseconds as f64 / self.requests as f64)
    }
}
