//! Somebody who knows all installations but one, and what that one would add.

use aboveboard_published::figures::hundredths;
use aboveboard_published::parameters::{SMALL, THRESHOLD};
use aboveboard_published::publication::{CellState, Figure, Publication, Table};
use aboveboard_store::contributions::{Contribution, Layout, LayoutTable, TableForm};

use crate::publish::{Drawn, TrueCounts, group_variance};

/// He says how much likelier what he sees is with the installation than without it, as a logarithm: he guesses that it is there
/// from 0 on. It is the best test that there is where noise is Gaussian.
pub(super) struct Attacker<'a> {
    layout: &'a Layout,
    without: &'a [u64],
    /// What the installation would add, by cell.
    adds: Vec<f64>,
}

impl<'a> Attacker<'a> {
    /// `times` is how often each one that the installation adds would count.
    pub(super) fn new(layout: &'a Layout, without: &'a TrueCounts, of: &Contribution, times: f64) -> Self {
        let mut adds = vec![0.0; layout.cells()];
        for cell in &of.cells {
            adds[*cell as usize] += times;
        }
        Self { layout, without: without.cells(), adds }
    }

    /// Of the figures with noise, before anything is done to them.
    pub(super) fn of_draw(&self, drawn: &Drawn) -> f64 {
        if drawn.is_small {
            return self.of_small();
        }
        let cells = drawn.groups.iter().flat_map(|group| {
            group.tables.iter().flat_map(|table| &table.cells).map(|cell| (*cell, group.variance as f64))
        });
        let likelier = cells.enumerate().map(|(index, (cell, variance))| {
            shift(cell as f64 - self.without[index] as f64, self.adds[index], variance)
        });
        likelier.sum()
    }

    /// Of what everybody sees.
    pub(super) fn of_publication(&self, publication: &Publication) -> f64 {
        if publication.is_small {
            return self.of_small();
        }
        let tables = publication.groups.iter().flat_map(|group| &group.tables);
        let mut likelier = 0.0;
        let mut total = 0.0;
        let mut added = 0.0;
        for ((group, of, first), table) in self.layout.tables().zip(tables) {
            assert_eq!(of.name, table.name);
            let variance = group_variance(self.layout, group) as f64;
            let cells = first as usize..first as usize + of.cells.len();
            let known = Known { of, table, without: &self.without[cells.clone()], adds: &self.adds[cells] };
            likelier += match (group.is_headline(), of.form) {
                (true, TableForm::Number) => {
                    // What is left of the noise of all its estimates.
                    let figure = table.cells[0].figure.as_ref().unwrap();
                    total = figure.value as f64 - known.without[0] as f64;
                    added = known.adds[0];
                    shift(total, added, sd(figure).powi(2))
                }
                (true, _) => known.of_partition(variance, Some((total, added))),
                (false, TableForm::Partition) => known.of_partition(variance, None),
                (false, _) => known.of_others(variance),
            };
        }
        likelier
    }

    fn of_small(&self) -> f64 {
        let sd = (group_variance(self.layout, &self.layout.groups[0]) as f64).sqrt();
        below(f64::from(SMALL), self.without[0] as f64, self.adds[0], sd)
    }
}

/// A table, and what would be in it.
struct Known<'a> {
    of: &'a LayoutTable,
    table: &'a Table,
    without: &'a [u64],
    adds: &'a [f64],
}

impl Known<'_> {
    /// Rows of a partition. Where it was made to add up to a total, what is left of a row when its part of the total is taken off
    /// has noise of its own.
    fn of_partition(&self, variance: f64, total: Option<(f64, f64)>) -> f64 {
        let all = self.of.cells.len() as f64;
        let of_row = |members: &[usize], figure: &Figure| {
            let count = members.len() as f64;
            let known = members.iter().map(|cell| self.without[*cell] as f64).sum::<f64>();
            let adds = members.iter().map(|cell| self.adds[*cell]).sum::<f64>();
            let off = figure.value as f64 - known;
            match total {
                // The row that holds the installation says all: the others mirror it.
                _ if adds == 0.0 => 0.0,
                None => shift(off, adds, variance * count),
                Some(_) if count == all => 0.0,
                Some((total, total_adds)) => {
                    let part = count / all;
                    let noise = variance * count * (all - count) / all;
                    shift(off - part * total, adds - part * total_adds, noise)
                }
            }
        };
        let hidden = |cell: &usize| !self.table.cells.iter().any(|shown| shown.key == self.of.cells[*cell]);
        let rest: Vec<usize> = (0..self.of.cells.len()).filter(hidden).collect();
        let rows = self.table.cells.iter().filter_map(|row| {
            let figure = row.figure.as_ref()?;
            let place = self.of.cells.iter().position(|key| *key == row.key);
            Some(match (row.state, place) {
                (CellState::Shown, Some(place)) => of_row(&[place], figure),
                _ => of_row(&rest, figure),
            })
        });
        rows.sum()
    }

    /// Cells each by itself: a figure, or that it is below the threshold.
    fn of_others(&self, variance: f64) -> f64 {
        let sd = variance.sqrt();
        let threshold = f64::from(THRESHOLD).max((3.0 * sd).ceil());
        let rows = self.table.cells.iter().enumerate().map(|(index, row)| {
            let known = self.without[index] as f64;
            match &row.figure {
                Some(figure) => shift(figure.value as f64 - known, self.adds[index], variance),
                None => below(threshold, known, self.adds[index], sd),
            }
        });
        rows.sum()
    }
}

/// How much likelier a number is of noise around `adds` than of noise around 0.
fn shift(off: f64, adds: f64, variance: f64) -> f64 {
    adds * (off - adds / 2.0) / variance
}

/// How much likelier it is with the installation that a drawn number is below a bound.
fn below(bound: f64, known: f64, adds: f64, sd: f64) -> f64 {
    let likely = |mean: f64| normal((bound - 0.5 - mean) / sd).max(1e-300).ln();
    if adds == 0.0 { 0.0 } else { likely(known + adds) - likely(known) }
}

pub(super) fn sd(figure: &Figure) -> f64 {
    hundredths(&figure.sd).unwrap() as f64 / 100.0
}

/// The distribution function of the normal distribution, off by less than 10⁻⁷ (Abramowitz and Stegun, 26.2.17).
pub(super) fn normal(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * x.abs());
    let series = [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    let sum = series.iter().rev().fold(0.0, |sum, factor| (sum + factor) * t);
    let tail = sum * (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    if x < 0.0 { tail } else { 1.0 - tail }
}

/// How often the best test is right that sees publications of a privacy loss.
pub(super) fn bound(rho: f64) -> f64 {
    normal((2.0 * rho).sqrt() / 2.0)
}

/// How often guesses were right.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Right {
    right: u32,
    trials: u32,
}

impl Right {
    pub(super) fn guess(&mut self, likelier: f64, is_there: bool) {
        self.trials += 1;
        self.right += u32::from((likelier > 0.0) == is_there);
    }

    pub(super) fn rate(self) -> f64 {
        f64::from(self.right) / f64::from(self.trials)
    }

    /// Three standard deviations of what chance does to the rate.
    fn chance(self) -> f64 {
        3.0 * 0.5 / f64::from(self.trials).sqrt()
    }

    /// Tells a rate for the record, and holds it to its bound.
    #[track_caller]
    pub(super) fn hold(self, attack: &str, bound: f64) {
        self.tell(attack, bound);
        assert!(self.rate() <= bound + self.chance(), "{attack}: {:.4} for {bound:.4}", self.rate());
    }

    /// Tells a rate for the record; the bound must be broken.
    #[track_caller]
    pub(super) fn exceed(self, attack: &str, bound: f64) {
        self.tell(attack, bound);
        assert!(self.rate() > bound + self.chance(), "{attack}: {:.4} for {bound:.4}", self.rate());
    }

    fn tell(self, attack: &str, bound: f64) {
        println!(
            "{{\"test\":\"attack\",\"attack\":\"{attack}\",\"trials\":{},\"bound\":{bound:.4},\"reached\":{:.4}}}",
            self.trials,
            self.rate()
        );
    }
}

/// A slice in every run, the full count in a long one.
pub(super) fn trials(slice: u64, full: u64) -> u64 {
    if std::env::var_os("ABOVEBOARD_TORTURE").is_some() { full } else { slice }
}
