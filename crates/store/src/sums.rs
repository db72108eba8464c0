//! The sums that server processes report: a report holds sums since the start of its process, and what is counted is by
//! how much they have grown.
//!
//! The last processes of an installation are remembered, since replicas of a server take turns, and a batch that was kept
//! back may come after the next start. A sum never shrinks, so a report that comes late adds nothing twice.
//!
//! How many requests there were, how long they took together and between which edges each took say the same thing three
//! times. Of a cell only what fits together is counted; where a timing grew by more than a server can serve, or strangers may
//! add, all of its numbers are cut by one ratio. So no figure contradicts another.
//!
//! A store names sums by what it likes: a number of its dictionary, a text.

use std::collections::BTreeMap;

use aboveboard_types::id::Id;

use super::calendar::{Day, SECONDS_A_DAY};
use super::growth::GrowthAllowance;
use super::limits::MAX_PROCESSES;

/// What a sum is of: name, whether it is a time, and the edge at or below the times.
pub type SumKey<N> = (N, bool, u64);

/// What a process told last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process<N> {
    /// Its restart tag.
    pub run: Id,
    /// The day of its last report.
    pub day: Day,
    /// Its sums.
    pub sums: BTreeMap<SumKey<N>, u64>,
}

impl<N> Process<N> {
    /// The sums that a process told until now, to be changed by what it tells on a day. Of those that are known, the one that reported last
    /// stands at the end; the one that has said nothing for longest makes room for a new one.
    pub fn sums_of(known: &mut Vec<Self>, run: Id, day: Day) -> &mut BTreeMap<SumKey<N>, u64> {
        let at = known.iter().position(|known| known.run == run);
        let process = at.map(|at| known.remove(at));
        let mut process = process.unwrap_or_else(|| Self { run, day, sums: BTreeMap::new() });
        process.day = process.day.max(day);
        if known.len() >= MAX_PROCESSES {
            known.remove(0);
        }
        known.push(process);
        let newest = known.len() - 1;
        &mut known[newest].sums
    }
}

/// What a report says of one timing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedSums<N> {
    /// The most requests that one server answers in a second, and the most milliseconds that they take.
    pub a_second: [u64; 2],
    /// Its cells.
    pub cells: Vec<SumCell<N>>,
}

/// The most requests that one server answers in a second, and the most milliseconds that they take, where it answers so many at
/// most.
#[must_use]
pub fn most_a_second(rate: u64) -> [u64; 2] {
    // A server that answers a hundred requests a second has one of them at work at a time, one that answers a
    // thousand ten.
    [rate, 1_000_u64.saturating_mul(rate.div_ceil(100))]
}

/// The name of the sums of a kind of requests, and of the whole time that they took.
#[must_use]
pub fn name_of(timing: &str, kind: &str) -> String {
    format!("{timing} {kind}")
}

/// The name of a part of that time.
#[must_use]
pub fn name_of_part(timing: &str, part: &str, kind: &str) -> String {
    format!("{timing}.{part} {kind}")
}

/// The requests of one kind that took about the same time: how many, and their times, since the process began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SumCell<N> {
    /// The edge at or below their times, in milliseconds.
    pub from: u64,
    /// The edge above their times, where there is one and it is known.
    pub below: Option<u64>,
    /// How many.
    pub count: (N, u64),
    /// The whole time, then its parts.
    pub times: Vec<(N, u64)>,
}

/// What is summed of a timing, at its place in what a server can do in a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Summed {
    /// Requests.
    Requests = 0,
    /// The milliseconds that they took.
    Milliseconds = 1,
}

impl Summed {
    /// Both, in the order of their places.
    pub const ALL: [Self; 2] = [Self::Requests, Self::Milliseconds];
}

/// What bounds growth besides time: how much all who are not verified may add together.
pub trait GrowthBounds {
    /// Why a bound cannot be told.
    type Error;

    /// How much of a sum of the timing at this place of the report the sender may still add. `least` is always left to strangers.
    ///
    /// # Errors
    /// Where the bound cannot be told.
    fn left(&mut self, timing: usize, of: Summed, least: u64) -> Result<u64, Self::Error>;

    /// Notes how much it adds.
    ///
    /// # Errors
    /// Where it cannot be noted.
    fn add(&mut self, timing: usize, of: Summed, n: u64) -> Result<(), Self::Error>;
}

/// By how much the sums of a process have grown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrownSums<N> {
    /// Each sum that grew, and by how much.
    pub sums: Vec<(SumKey<N>, u64)>,
    /// They grew by more than a server can serve, or than strangers may add; what is above is left out.
    pub is_cut: bool,
}

impl<N: Ord + Clone> GrownSums<N> {
    /// By how much the sums of a process have grown since its last report; remembers them in what is known of it.
    ///
    /// # Errors
    /// Where a bound cannot be told.
    pub fn since<B: GrowthBounds>(
        known: &mut BTreeMap<SumKey<N>, u64>,
        report: &[ReportedSums<N>],
        bounds: &mut B,
        allowance: &mut GrowthAllowance,
    ) -> Result<Self, B::Error> {
        let seconds = allowance.seconds();
        let mut grown = Self { sums: Vec::new(), is_cut: false };
        let mut spent = 0;
        for (place, timing) in report.iter().enumerate() {
            let mut cells: Vec<_> = timing.cells.iter().map(|cell| GrownCell::since(known, cell)).collect();
            let all = totals(&cells);
            let mut ratio = Ratio { counted: 1, of: 1 };
            for of in Summed::ALL {
                let a_second = timing.a_second[of as usize];
                let a_day = a_second.saturating_mul(SECONDS_A_DAY.unsigned_abs());
                let own = a_second.saturating_mul(seconds);
                let counted = own.min(bounds.left(place, of, a_day)?);
                ratio = ratio.min(Ratio { counted, of: all[of as usize] });
            }
            if ratio.counted < ratio.of {
                grown.is_cut = true;
                cells.iter_mut().for_each(|cell| cell.cut(ratio));
            }
            for (of, counted) in Summed::ALL.into_iter().zip(totals(&cells)) {
                bounds.add(place, of, counted)?;
                spent = spent.max(counted.div_ceil(timing.a_second[of as usize].max(1)));
            }
            cells.iter().for_each(|cell| cell.push(&mut grown.sums));
        }
        allowance.spend(spent);
        Ok(grown)
    }
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
struct GrownCell<'a, N> {
    of: &'a SumCell<N>,
    count: u64,
    /// At the places of the times of the cell.
    times: Vec<u64>,
}

impl<'a, N: Ord + Clone> GrownCell<'a, N> {
    /// The growth since what is known, as far as number and times fit together. A server that is read while it counts may
    /// tell a request without its time: the rest is taken with the next report.
    fn since(known: &mut BTreeMap<SumKey<N>, u64>, of: &'a SumCell<N>) -> Self {
        let grown = |key: SumKey<N>, n: u64| n.saturating_sub(known.get(&key).copied().unwrap_or(0));
        let mut count = grown((of.count.0.clone(), false, of.from), of.count.1);
        let times = of.times.iter().map(|(name, n)| grown((name.clone(), true, of.from), *n));
        let mut times: Vec<_> = times.collect();
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

    fn push(&self, sums: &mut Vec<(SumKey<N>, u64)>) {
        let all = [self.count].into_iter().chain(self.times.iter().copied());
        sums.extend(self.of.keys().zip(all).filter(|(_, n)| *n > 0));
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

impl<N: Clone> SumCell<N> {
    /// The keys of the number and of the times, in order.
    fn keys(&self) -> impl Iterator<Item = SumKey<N>> {
        let times = self.times.iter().map(|(name, _)| (name.clone(), true, self.from));
        [(self.count.0.clone(), false, self.from)].into_iter().chain(times)
    }
}

/// The requests of all cells, and the longest of their times.
fn totals<N>(cells: &[GrownCell<'_, N>]) -> [u64; 2] {
    let sum = |of: &dyn Fn(&GrownCell<'_, N>) -> u64| {
        cells.iter().fold(0_u64, |sum, cell| sum.saturating_add(of(cell)))
    };
    let times = cells.first().map_or(0, |cell| cell.times.len());
    let longest = (0..times).map(|at| sum(&|cell| cell.times.get(at).copied().unwrap_or(0))).max();
    [sum(&|cell| cell.count), longest.unwrap_or(0)]
}
