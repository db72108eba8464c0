//! The requests that a server answered since its start, summed up as its agent would.

use std::collections::BTreeMap;

use aboveboard_types::declaration::{Declaration, TimingDeclaration};
use aboveboard_types::event::{Timing, TimingCell, Timings};
use aboveboard_types::id::Id;

use super::random::Random;

/// The share of days on which a server restarts, and its sums with it.
const RESTARTS: f64 = 0.04;

/// The sums of one server.
#[derive(Clone, Debug, Default)]
pub(super) struct RequestSums {
    run: Option<Id>,
    /// By timing, kind and edge, each by its index.
    sums: BTreeMap<(usize, usize, usize), Sum>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    count: u64,
    total: u64,
}

impl RequestSums {
    /// Adds the requests of a day of a server of this size.
    pub(super) fn day(&mut self, declaration: &Declaration, size: f64, random: &mut Random) {
        if declaration.timings.is_empty() {
            return;
        }
        if self.run.is_none() || random.chance(RESTARTS) {
            *self = Self { run: Some(Id::from_random(random.bytes())), ..Self::default() };
        }
        for (index, timing) in declaration.timings.iter().enumerate() {
            for kind in 0..timing.kinds() {
                // The first kinds are the usual ones; most requests are quick.
                for edge in 0..=timing.edges.len() {
                    let typical = 900.0 * size / f64::powi(2.5, i32::try_from(kind + edge).unwrap_or(0));
                    let count = random.size(typical);
                    if count > 0 {
                        let each = from(timing, edge) + from(timing, edge) / 3 + 1;
                        let sum = self.sums.entry((index, kind, edge)).or_default();
                        sum.count += count;
                        sum.total += count * each;
                    }
                }
            }
        }
    }

    /// What a report holds of it; none before the first request.
    pub(super) fn timings<'d>(&self, declaration: &'d Declaration) -> Option<Timings<'d>> {
        let of: Vec<Timing<'d>> = declaration
            .timings
            .iter()
            .enumerate()
            .map(|(index, timing)| {
                let sums = self.sums.range((index, 0, 0)..(index + 1, 0, 0));
                let cells = sums.map(|((_, kind, edge), sum)| cell(timing, *kind, *edge, *sum));
                Timing { name: &timing.name, cells: cells.collect() }
            })
            .filter(|timing| !timing.cells.is_empty())
            .collect();
        self.run.filter(|_| !of.is_empty()).map(|run| Timings { run, of })
    }
}

/// The edge at or below, in milliseconds; below the first one it is 0.
fn from(timing: &TimingDeclaration, edge: usize) -> u64 {
    edge.checked_sub(1).and_then(|index| timing.edges.get(index)).copied().unwrap_or(0)
}

fn cell(timing: &TimingDeclaration, kind: usize, edge: usize, sum: Sum) -> TimingCell<'_> {
    let names = timing.by.iter().map(|split| &*split.name);
    let parts = timing.parts.iter().map(|part| (&**part, sum.total / 2));
    TimingCell {
        kind: names.zip(timing.kind(kind)).collect(),
        from: from(timing, edge),
        count: sum.count,
        total: sum.total,
        parts: parts.collect(),
    }
}
