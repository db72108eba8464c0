//! What a server counts of the requests that it serves: numbers in memory that only grow.
//!
//! The numbers are statics of the host, so that counting takes no lock and allocates nothing. Each thread adds to one of
//! a few copies; reading sums the copies up. A report that is read while others count may hold a request's number
//! without its time; the next report has both.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use crate::declaration::{Declaration, TimingDeclaration};
use crate::event::{self, TimingCell};
use crate::id::Id;
use crate::limits::MAX_NUMBER;

/// How many copies there are. Threads beyond it share them, which costs time and loses nothing.
const SHARDS: usize = 8;

/// The numbers of one timing: for each cell how many requests, and their times. Made by `manifest!`; not by hand.
#[derive(Debug)]
pub struct Meter<const CELLS: usize, const TIMES: usize> {
    /// Ascending, in milliseconds.
    edges: &'static [u64],
    shards: [Shard<CELLS, TIMES>; SHARDS],
}

/// A copy, apart from the others in memory, so that two threads do not fight for a line of it.
#[derive(Debug)]
#[repr(align(128))]
struct Shard<const CELLS: usize, const TIMES: usize>([Sums<TIMES>; CELLS]);

#[derive(Debug)]
struct Sums<const TIMES: usize> {
    count: AtomicU64,
    /// In nanoseconds.
    times: [AtomicU64; TIMES],
}

impl<const CELLS: usize, const TIMES: usize> Meter<CELLS, TIMES> {
    /// Nothing was counted yet. A cell stands for each kind and edge; `TIMES` is the whole time and its parts.
    #[must_use]
    pub const fn new(edges: &'static [u64]) -> Self {
        let shards = [const {
            Shard(
                [const { Sums { count: AtomicU64::new(0), times: [const { AtomicU64::new(0) }; TIMES] } };
                    CELLS],
            )
        }; SHARDS];
        Self { edges, shards }
    }

    /// Counts one request of a kind, with the whole time first and then its parts. A kind that does not exist is
    /// counted nowhere.
    pub fn record(&self, kind: usize, times: [Duration; TIMES]) {
        let edge = times.first().map_or(0, |whole| {
            let nanoseconds = nanoseconds(*whole);
            self.edges.iter().take_while(|edge| **edge * 1_000_000 <= nanoseconds).count()
        });
        let Some(sums) = self.shards[shard()].0.get(kind * (self.edges.len() + 1) + edge) else { return };
        sums.count.fetch_add(1, Relaxed);
        for (sum, time) in sums.times.iter().zip(times) {
            sum.fetch_add(nanoseconds(time), Relaxed);
        }
    }
}

/// Centuries are cut off.
fn nanoseconds(time: Duration) -> u64 {
    time.as_secs().saturating_mul(1_000_000_000).saturating_add(u64::from(time.subsec_nanos()))
}

/// The copy of this thread.
fn shard() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static MINE: Cell<usize> = const { Cell::new(usize::MAX) };
    }
    // A thread that is ending takes any.
    MINE.try_with(|mine| {
        if mine.get() == usize::MAX {
            mine.set(NEXT.fetch_add(1, Relaxed) % SHARDS);
        }
        mine.get()
    })
    .unwrap_or(0)
}

/// The numbers of a timing, whatever its size.
pub trait MeterSums: Sync {
    /// The sums of every cell: how many, then each time in nanoseconds.
    fn read(&self) -> Vec<u64>;
}

impl<const CELLS: usize, const TIMES: usize> MeterSums for Meter<CELLS, TIMES> {
    fn read(&self) -> Vec<u64> {
        let mut sums = Vec::with_capacity(CELLS * (TIMES + 1));
        for cell in 0..CELLS {
            let sum = |of: &dyn Fn(&Sums<TIMES>) -> u64| {
                self.shards.iter().fold(0_u64, |sum, shard| sum.wrapping_add(of(&shard.0[cell])))
            };
            sums.push(sum(&|sums| sums.count.load(Relaxed)));
            sums.extend((0..TIMES).map(|time| sum(&|sums| sums.times[time].load(Relaxed))));
        }
        sums
    }
}

/// Every timing of a product. Made by `manifest!`; a host hands it to its server's agent.
pub struct Timings {
    declaration: &'static Declaration,
    meters: &'static [(&'static str, &'static dyn MeterSums)],
}

impl std::fmt::Debug for Timings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Timings").field("product", &self.declaration.product).finish_non_exhaustive()
    }
}

impl Timings {
    /// The timings that a declaration has, by name.
    #[must_use]
    pub const fn new(
        declaration: &'static Declaration,
        meters: &'static [(&'static str, &'static dyn MeterSums)],
    ) -> Self {
        Self { declaration, meters }
    }

    /// Begins a run under a random tag: what was counted before it is never reported.
    #[must_use]
    pub fn begin(&'static self, run: Id) -> TimingRun {
        let zero = self.declared().map(|(_, meter)| meter.read()).collect();
        TimingRun { of: self, run, zero }
    }

    fn declared(&self) -> impl Iterator<Item = (&'static TimingDeclaration, &'static dyn MeterSums)> {
        let meter = |timing: &'static TimingDeclaration| {
            let (_, meter) = self.meters.iter().find(|(name, _)| timing.name == *name)?;
            Some((timing, *meter))
        };
        self.declaration.timings.iter().filter_map(meter)
    }
}

/// The time from which on an agent reports what is counted, under one restart tag.
#[derive(Debug)]
pub struct TimingRun {
    of: &'static Timings,
    run: Id,
    zero: Vec<Vec<u64>>,
}

impl TimingRun {
    /// What was counted since it began; `None` where nothing was.
    #[must_use]
    pub fn timings(&self) -> Option<event::Timings<'static>> {
        let of: Vec<_> = self
            .of
            .declared()
            .zip(&self.zero)
            .map(|((timing, meter), zero)| event::Timing {
                name: &timing.name,
                cells: cells(timing, &meter.read(), zero),
            })
            .filter(|timing| !timing.cells.is_empty())
            .collect();
        (!of.is_empty()).then_some(event::Timings { run: self.run, of })
    }
}

fn cells(timing: &'static TimingDeclaration, sums: &[u64], zero: &[u64]) -> Vec<TimingCell<'static>> {
    let edges = timing.edges.len() + 1;
    let width = timing.parts.len() + 2;
    let grown = sums.iter().zip(zero).map(|(now, then)| now.wrapping_sub(*then)).collect::<Vec<_>>();
    let cell = |(at, sums): (usize, &[u64])| {
        let (count, times) = sums.split_first()?;
        let milliseconds = |nanoseconds: &u64| nanoseconds / 1_000_000;
        let (total, parts) = times.split_first()?;
        let kind = timing.by.iter().zip(timing.kind(at / edges)).map(|(split, entry)| (&*split.name, entry));
        (*count > 0).then(|| TimingCell {
            kind: kind.collect(),
            from: (at % edges).checked_sub(1).and_then(|edge| timing.edges.get(edge)).copied().unwrap_or(0),
            count: (*count).min(MAX_NUMBER),
            total: milliseconds(total),
            parts: timing.parts.iter().map(|part| &**part).zip(parts.iter().map(milliseconds)).collect(),
        })
    };
    grown.chunks_exact(width).enumerate().filter_map(cell).collect()
}
