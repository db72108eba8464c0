//! The requests that a server has served since its start, as its agent would sum them up.

use std::collections::BTreeMap;

use aboveboard_types::declaration::{Declaration, TimingDeclaration};
use aboveboard_types::event::{Timing, TimingCell, Timings};
use aboveboard_types::id::Id;

use super::random::Random;

/// The share of days on which a server is started anew, and its sums with it.
const RESTARTS: f64 = 0.04;

/// The sums of one server.
#[derive(Clone, Debug, Default)]
pub(super) struct Served {
    run: Option<Id>,
    /// By timing, kind and edge, each by its place.
    sums: BTreeMap<(usize, usize, usize), Sum>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    count: u64,
    total: u64,
}

impl Served {
    /// Adds the requests of a day of a server of this size.
    pub(super) fn day(&mut self, declaration: &Declaration, size: f64, random: &mut Random) {
        if declaration.timings.is_empty() {
            return;
        }
        if self.run.is_none() || random.chance(RESTARTS) {
            *self = Self { run: Some(Id::from_random(random.bytes())), ..Self::default() };
        }
        for (place, timing) in declaration.timings.iter().enumerate() {
            for kind in 0..kinds(timing) {
                // The first kinds are the usual ones; most requests are quick.
                for edge in 0..=timing.edges.len() {
                    let typical = 900.0 * size / f64::powi(2.5, i32::try_from(kind + edge).unwrap_or(0));
                    let count = random.size(typical);
                    if count > 0 {
                        let each = from(timing, edge) + from(timing, edge) / 3 + 1;
                        let sum = self.sums.entry((place, kind, edge)).or_default();
                        sum.count += count;
                        sum.total += count * each;
                    }
                }
            }
        }
    }

    /// What a report tells of it; none before the first request.
    pub(super) fn timings<'d>(&self, declaration: &'d Declaration) -> Option<Timings<'d>> {
        let of: Vec<Timing<'d>> = declaration
            .timings
            .iter()
            .enumerate()
            .map(|(place, timing)| {
                let sums = self.sums.range((place, 0, 0)..(place + 1, 0, 0));
                let cells = sums.map(|((_, kind, edge), sum)| cell(timing, *kind, *edge, *sum));
                Timing { name: &timing.name, cells: cells.collect() }
            })
            .filter(|timing| !timing.cells.is_empty())
            .collect();
        self.run.filter(|_| !of.is_empty()).map(|run| Timings { run, of })
    }
}

fn kinds(timing: &TimingDeclaration) -> usize {
    timing.by.iter().map(|split| split.of.len()).product()
}

/// The edge at or below, in milliseconds; below the first one it is 0.
fn from(timing: &TimingDeclaration, edge: usize) -> u64 {
    edge.checked_sub(1).and_then(|place| timing.edges.get(place)).copied().unwrap_or(0)
}

fn cell(timing: &TimingDeclaration, kind: usize, edge: usize, sum: Sum) -> TimingCell<'_> {
    // The last list turns fastest.
    let mut rest = kind;
    let mut names: Vec<(&str, &str)> = Vec::with_capacity(timing.by.len());
    for split in timing.by.iter().rev() {
        names.push((&*split.name, &*split.of[rest % split.of.len()]));
        rest /= split.of.len();
    }
    names.reverse();
    let parts = timing.parts.iter().map(|part| (&**part, sum.total / 2)).collect();
    TimingCell { kind: names, from: from(timing, edge), count: sum.count, total: sum.total, parts }
}
