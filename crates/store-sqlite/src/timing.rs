//! The sums that server processes report: a report holds sums since the start of its process, and what is counted is by
//! how much they have grown.
//!
//! The last processes of an installation are remembered, since replicas of a server take turns, and a batch that was kept
//! back may come after the next start. A sum never shrinks, so a report that comes late adds nothing twice.
//!
//! How many requests there were, how long they took together and between which edges each took say the same thing three
//! times. Of a cell only what fits together is counted; where a timing grew by more than a server can serve, or strangers may
//! add, all of its numbers are cut by one ratio. So no figure contradicts another.

use std::collections::BTreeMap;

use aboveboard_store::calendar::{HourOfDay, SECONDS_A_DAY};
use aboveboard_store::facts::Facts;
use aboveboard_store::growth::GrowthAllowance;
use aboveboard_types::event::Timings;
use aboveboard_types::id::Id;
use rusqlite::{Result, Transaction};

use super::names::Names;
use super::processes::{Processes, SumKey};
use super::weight::Weights;
use crate::row::{NameNumber, TimingSum};

/// The timings of one report.
#[derive(Debug)]
pub(super) struct ReportedSums {
    pub(super) at: HourOfDay,
    /// The restart tag of the process.
    process: Id,
    timings: Vec<ReportedTiming>,
}

#[derive(Debug)]
struct ReportedTiming {
    name: String,
    /// The most requests that one server answers in a second, and the most milliseconds that they take.
    a_second: [u64; 2],
    cells: Vec<ReportedCell>,
}

/// The requests of one kind that took about the same time: how many, and their times, since the process began.
#[derive(Debug)]
struct ReportedCell {
    from: u64,
    /// The edge above their times, where there is one and it is known.
    below: Option<u64>,
    count: (NameNumber, u64),
    /// The whole time, then its parts.
    times: Vec<(NameNumber, u64)>,
}

/// By how much the sums of a process have grown.
#[derive(Debug, Default)]
pub(super) struct GrownSums {
    pub(super) sums: Vec<TimingSum>,
    /// They grew by more than a server can serve, or than strangers may add; what is above is left out.
    pub(super) is_cut: bool,
}

/// The timings of a report in numbers.
pub(super) fn reported(
    transaction: &Transaction<'_>,
    names: &mut Names,
    at: HourOfDay,
    timings: &Timings<'_>,
    facts: &Facts<'_>,
) -> Result<ReportedSums> {
    let mut all = Vec::new();
    for timing in &timings.of {
        let rate = facts.terms.rate(timing.name);
        let edges = facts.edges(timing.name);
        let mut cells = Vec::new();
        for cell in &timing.cells {
            let kind: Vec<_> = cell.kind.iter().map(|(_, entry)| *entry).collect();
            let kind = kind.join("/");
            let name = names.name(transaction, &format!("{} {kind}", timing.name))?;
            let mut times = vec![(name, cell.total)];
            for (part, n) in &cell.parts {
                times.push((names.name(transaction, &format!("{}.{part} {kind}", timing.name))?, *n));
            }
            let below = edges.iter().find(|edge| **edge > cell.from).copied();
            cells.push(ReportedCell { from: cell.from, below, count: (name, cell.count), times });
        }
        // A server that answers a hundred requests a second has one of them at work at a time, one that answers a
        // thousand ten.
        let a_second = [rate, 1_000 * rate.div_ceil(100)];
        all.push(ReportedTiming { name: timing.name.to_owned(), a_second, cells });
    }
    Ok(ReportedSums { at, process: timings.run, timings: all })
}

/// By how much the sums of a process have grown since its last report; remembers them.
pub(super) fn grown(
    processes: &mut Processes,
    report: &ReportedSums,
    weights: &Weights<'_>,
    allowance: &mut GrowthAllowance,
) -> Result<GrownSums> {
    let known = processes.sums(report.process, report.at.day);
    let seconds = allowance.seconds();
    let mut grown = GrownSums::default();
    let mut spent = 0;
    for timing in &report.timings {
        let mut cells: Vec<_> = timing.cells.iter().map(|cell| GrownCell::since(known, cell)).collect();
        let all = totals(&cells);
        let mut ratio = Ratio { counted: 1, of: 1 };
        let what = ["requests", "milliseconds"].map(|of| format!("{of} of {}", timing.name));
        for at in 0..2 {
            let a_day = timing.a_second[at].saturating_mul(SECONDS_A_DAY.unsigned_abs());
            let own = timing.a_second[at].saturating_mul(seconds);
            ratio = ratio.min(Ratio {
                counted: own.min(weights.left(&what[at], |weight| weight.left(a_day))?),
                of: all[at],
            });
        }
        if ratio.counted < ratio.of {
            grown.is_cut = true;
            cells.iter_mut().for_each(|cell| cell.cut(ratio));
        }
        for (at, counted) in totals(&cells).into_iter().enumerate() {
            weights.add(&what[at], counted)?;
            spent = spent.max(counted.div_ceil(timing.a_second[at].max(1)));
        }
        cells.iter().for_each(|cell| cell.push(&mut grown.sums));
    }
    allowance.spend(spent);
    Ok(grown)
}

/// Some of a whole.
#[derive(Clone, Copy, Debug)]
struct Ratio {
    counted: u64,
    of: u64,
}

impl Ratio {
    fn min(self, other: Self) -> Self {
        let product = |a: u64, b: u64| u128::from(a) * u128::from(b);
        if product(other.counted, self.of) < product(self.counted, other.of) { other } else { self }
    }

    fn cut(self, n: u64) -> u64 {
        let n = u128::from(n) * u128::from(self.counted) / u128::from(self.of.max(1));
        u64::try_from(n).unwrap_or(u64::MAX)
    }
}

/// The growth of a cell.
struct GrownCell<'a> {
    of: &'a ReportedCell,
    count: u64,
    /// At the places of the times of the cell.
    times: Vec<u64>,
}

impl<'a> GrownCell<'a> {
    /// The growth since what is known, as far as number and times fit together. A server that is read while it counts may
    /// tell a request without its time: the rest is taken with the next report.
    fn since(known: &mut BTreeMap<SumKey, u64>, of: &'a ReportedCell) -> Self {
        let grown = |key: SumKey, n: u64| n.saturating_sub(known.get(&key).copied().unwrap_or(0));
        let mut count = grown((of.count.0, false, of.from), of.count.1);
        let mut times: Vec<_> = of.times.iter().map(|(name, n)| grown((*name, true, of.from), *n)).collect();
        if let Some(whole) = times.first_mut() {
            count = count.min(whole.checked_div(of.from).unwrap_or(u64::MAX));
            *whole = of.below.map_or(*whole, |below| (*whole).min(count.saturating_mul(below)));
        }
        fit_parts(count, &mut times);
        for (key, n) in of.keys().zip([count].into_iter().chain(times.iter().copied())) {
            *known.entry(key).or_default() += n;
        }
        Self { of, count, times }
    }

    fn cut(&mut self, ratio: Ratio) {
        self.count = ratio.cut(self.count);
        self.times.iter_mut().for_each(|n| *n = ratio.cut(*n));
        if let (Some(whole), Some(below)) = (self.times.first_mut(), self.of.below) {
            *whole = (*whole).min(self.count.saturating_mul(below));
        }
        fit_parts(self.count, &mut self.times);
    }

    fn push(&self, sums: &mut Vec<TimingSum>) {
        let all = [self.count].into_iter().chain(self.times.iter().copied());
        for ((name, is_time, from), n) in self.of.keys().zip(all) {
            if n > 0 {
                sums.push(TimingSum { name, is_time, from, n });
            }
        }
    }
}

/// Leaves no part of a time longer than the whole, which stands first, and no time without a request.
fn fit_parts(count: u64, times: &mut [u64]) {
    if count == 0 {
        times.fill(0);
    }
    if let Some((whole, parts)) = times.split_first_mut() {
        parts.iter_mut().for_each(|part| *part = (*part).min(*whole));
    }
}

impl ReportedCell {
    /// The keys of the number and of the times, in order.
    fn keys(&self) -> impl Iterator<Item = SumKey> {
        let times = self.times.iter().map(|(name, _)| (*name, true, self.from));
        [(self.count.0, false, self.from)].into_iter().chain(times)
    }
}

/// The requests of all cells, and the longest of their times.
fn totals(cells: &[GrownCell<'_>]) -> [u64; 2] {
    let sum = |of: &dyn Fn(&GrownCell<'_>) -> u64| {
        cells.iter().fold(0_u64, |sum, cell| sum.saturating_add(of(cell)))
    };
    let times = cells.first().map_or(0, |cell| cell.times.len());
    let longest = (0..times).map(|at| sum(&|cell| cell.times.get(at).copied().unwrap_or(0))).max();
    [sum(&|cell| cell.count), longest.unwrap_or(0)]
}
