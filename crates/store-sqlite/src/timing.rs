//! The sums that server processes report, in numbers of this store's dictionary. By how much they have grown is a rule of all stores.

use aboveboard_store::calendar::HourOfDay;
use aboveboard_store::facts::Facts;
use aboveboard_store::growth::GrowthAllowance;
use aboveboard_store::sums::{
    GrownSums, GrowthBounds, ReportedSums, SumCell, Summed, most_a_second, name_of, name_of_part,
};
use aboveboard_types::event::Timings;
use aboveboard_types::id::Id;
use rusqlite::{Error, Result, Transaction};

use super::names::Names;
use super::processes::Processes;
use super::weight::Weights;
use crate::row::{NameNumber, TimingSum};

/// The timings of one report.
#[derive(Debug)]
pub(super) struct ReportedTimings {
    pub(super) at: HourOfDay,
    /// The restart tag of the process.
    process: Id,
    names: Vec<String>,
    /// At the places of their names.
    sums: Vec<ReportedSums<NameNumber>>,
}

/// The timings of a report in numbers.
pub(super) fn reported(
    transaction: &Transaction<'_>,
    names: &mut Names,
    at: HourOfDay,
    timings: &Timings<'_>,
    facts: &Facts<'_>,
) -> Result<ReportedTimings> {
    let mut all = ReportedTimings { at, process: timings.run, names: Vec::new(), sums: Vec::new() };
    for timing in &timings.of {
        let edges = facts.edges(timing.name);
        let mut cells = Vec::new();
        for cell in &timing.cells {
            let kind: Vec<_> = cell.kind.iter().map(|(_, entry)| *entry).collect();
            let kind = kind.join("/");
            let name = names.name(transaction, &name_of(timing.name, &kind))?;
            let mut times = vec![(name, cell.total)];
            for (part, n) in &cell.parts {
                times.push((names.name(transaction, &name_of_part(timing.name, part, &kind))?, *n));
            }
            let below = edges.iter().find(|edge| **edge > cell.from).copied();
            cells.push(SumCell { from: cell.from, below, count: (name, cell.count), times });
        }
        all.names.push(timing.name.to_owned());
        all.sums.push(ReportedSums { a_second: most_a_second(facts.terms.rate(timing.name)), cells });
    }
    Ok(all)
}

/// By how much the sums of a process have grown since its last report, and whether more than that was told; remembers them.
pub(super) fn grown(
    processes: &mut Processes,
    report: &ReportedTimings,
    weights: &Weights<'_>,
    allowance: &mut GrowthAllowance,
) -> Result<(Vec<TimingSum>, bool)> {
    let known = processes.sums(report.process, report.at.day);
    let mut bounds = Bounds { names: &report.names, weights };
    let grown = GrownSums::since(known, &report.sums, &mut bounds, allowance)?;
    let sums = grown.sums.into_iter().map(|((name, is_time, from), n)| TimingSum { name, is_time, from, n });
    Ok((sums.collect(), grown.is_cut))
}

/// What bounds the sums of the timings with these names.
struct Bounds<'b> {
    names: &'b [String],
    weights: &'b Weights<'b>,
}

impl Bounds<'_> {
    /// Under what the weight of a sum is kept.
    fn what(&self, timing: usize, of: Summed) -> String {
        let of = match of {
            Summed::Requests => "requests",
            Summed::Milliseconds => "milliseconds",
        };
        format!("{of} of {}", self.names.get(timing).map_or("", |name| name))
    }
}

impl GrowthBounds for Bounds<'_> {
    type Error = Error;

    fn left(&mut self, timing: usize, of: Summed, least: u64) -> Result<u64> {
        self.weights.left(&self.what(timing, of), |weight| weight.left(least))
    }

    fn add(&mut self, timing: usize, of: Summed, n: u64) -> Result<()> {
        self.weights.add(&self.what(timing, of), n)
    }
}
