//! How sharp the figures of a manifest would be, before anything is drawn: what a maker decides by, who asks which tables to
//! publish and whether a month is enough.
//!
//! The number of installations is typed, or is the last published one. It is never taken from the store: what is published must
//! not depend on data.

use aboveboard_published::figures::{figure, is_shown};
use aboveboard_published::parameters::{HEADLINE_VARIANCE, THRESHOLD};
use aboveboard_published::ratio::Ratio;
use aboveboard_store::contributions::{Layout, LayoutGroup};
use serde::Serialize;

use super::crowd::Crowd;
use super::draw::{DrawError, TrueCounts, draw};
use super::noise::ExactNoise;
use super::randomness::SeededRandomness;
use super::rest::rest_row;
use super::settle::{SettledTable, settle};
use super::variance::group_variance;

/// The sizes of products that a plan tells of besides the one that was named.
const SIZES: [u64; 6] = [100, 300, 1_000, 3_000, 10_000, 100_000];

/// How often each size is simulated: shares of what is shown are then right to a few percent.
const RUNS: u64 = 60;

/// So that a plan says the same each time.
const SEED: u64 = 16;

/// How sharp figures would be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The groups of tables, the headline first.
    pub groups: Vec<PlannedGroup>,
    /// What a product of so many installations would see, by a simulation of one that is made up.
    pub sizes: Vec<PlannedSize>,
}

/// Tables that share their noise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedGroup {
    /// Its name.
    pub name: String,
    /// How many tables it has.
    pub tables: usize,
    /// How many cells they have.
    pub cells: usize,
    /// How many ones an installation adds, at most.
    pub at_most: u32,
    /// The variance of each cell.
    pub variance: u64,
    /// In 95 of 100 cases a figure is off by no more than this, whatever it is.
    pub off_by: i64,
    /// The same if it were the only group besides the headline.
    pub off_by_alone: i64,
    /// No figure below this is shown.
    pub shown_from: i64,
}

/// What a product of a size would see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedSize {
    /// How many installations it has.
    pub installations: u64,
    /// In how many of 100 cases there is more than the sentence that there are few.
    pub published: u64,
    /// By how many hundred-thousandths the number of active installations is off at most, in 95 of 100 cases.
    pub active_off_by: u64,
    /// The tables, in the order of the publication.
    pub tables: Vec<PlannedTable>,
}

/// What would be seen of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedTable {
    /// Its name.
    pub name: String,
    /// How many hundredths of what it counts stand in figures of their own, and neither in the rest row nor below the threshold,
    /// where more is published than that there are few.
    pub shown: u64,
    /// How many of the five largest cells are among the five largest figures, in hundredths; none of a table of five cells or fewer.
    pub largest: Option<u64>,
}

impl Plan {
    /// The plan for these cells. `about` is a number of installations that is of interest besides the usual ones.
    ///
    /// # Errors
    /// Where a number does not fit.
    pub fn of(layout: &Layout, about: Option<u64>) -> Result<Self, DrawError> {
        let mut sizes: Vec<u64> = SIZES.into_iter().chain(about).collect();
        sizes.sort_unstable();
        sizes.dedup();
        let sizes = sizes.into_iter().map(|installations| simulate(layout, installations));
        Ok(Self {
            groups: layout.groups.iter().map(|group| PlannedGroup::of(layout, group)).collect(),
            sizes: sizes.collect::<Result<_, _>>()?,
        })
    }
}

impl PlannedGroup {
    fn of(layout: &Layout, group: &LayoutGroup) -> Self {
        let variance = group_variance(layout, group);
        let headline = layout.groups.iter().filter(|of| of.is_headline() && !group.is_headline());
        let alone = Layout { groups: headline.chain([group]).cloned().collect() };
        Self {
            name: group.name.clone(),
            tables: group.tables.len(),
            cells: group.tables.iter().map(|table| table.cells.len()).sum(),
            at_most: group.at_most,
            variance,
            off_by: half_width(variance),
            off_by_alone: half_width(group_variance(&alone, group)),
            shown_from: shown_from(variance),
        }
    }
}

/// Half of the interval of a figure of this variance.
fn half_width(variance: u64) -> i64 {
    figure(0, Ratio::whole(variance)).high
}

fn shown_from(variance: u64) -> i64 {
    let first = i64::from(THRESHOLD);
    (first..).find(|value| is_shown(&figure(*value, Ratio::whole(variance)), THRESHOLD)).unwrap_or(first)
}

/// What was seen in all runs.
#[derive(Clone, Copy, Default)]
struct Seen {
    shown: u64,
    counted: u64,
    largest: u64,
}

fn simulate(layout: &Layout, installations: u64) -> Result<PlannedSize, DrawError> {
    let crowd = Crowd::of(layout, installations);
    let counts = TrueCounts::made_up(crowd.cells);
    let mut noise = ExactNoise::new(SeededRandomness::new(SEED));
    let mut seen = vec![Seen::default(); layout.tables().count()];
    let mut published = 0;
    for _ in 0..RUNS {
        let drawn = draw(layout, &counts, &mut noise)?;
        if drawn.is_small {
            continue;
        }
        published += 1;
        let settled = settle(layout, &drawn)?;
        for ((settled, (_, _, first)), seen) in settled.tables.iter().zip(layout.tables()).zip(&mut seen) {
            let first = usize::try_from(first).map_err(|_| DrawError::TooLarge)?;
            let exact = counts.cells().get(first..first + settled.cells.len()).unwrap_or_default();
            seen.add(settled, exact);
        }
    }
    let tables = layout.tables().zip(seen).map(|((_, table, _), seen)| PlannedTable {
        name: table.name.clone(),
        shown: (seen.shown * 100).checked_div(seen.counted).unwrap_or(0),
        largest: (table.cells.len() > 5).then(|| (seen.largest * 20).checked_div(published).unwrap_or(0)),
    });
    let off = u64::try_from(half_width(HEADLINE_VARIANCE)).unwrap_or(0);
    Ok(PlannedSize {
        installations,
        published: published * 100 / RUNS,
        active_off_by: (off * 100_000).checked_div(installations).unwrap_or(100_000),
        tables: tables.collect(),
    })
}

impl Seen {
    fn add(&mut self, settled: &SettledTable, exact: &[u64]) {
        let is_shown = |sum: i64, cells: usize| {
            settled.variance(cells).is_ok_and(|variance| is_shown(&figure(sum, variance), THRESHOLD))
        };
        let hidden: Vec<usize> = match settled.total {
            Some(_) => rest_row(&settled.cells, &is_shown).members,
            None => (0..settled.cells.len())
                .filter(|cell| settled.cells.get(*cell).is_none_or(|cell| !is_shown(*cell, 1)))
                .collect(),
        };
        for (index, count) in exact.iter().enumerate() {
            self.counted += count;
            if !hidden.contains(&index) {
                self.shown += count;
            }
        }
        let largest = |numbers: &mut dyn Iterator<Item = i64>| {
            let mut order: Vec<(usize, i64)> = numbers.enumerate().collect();
            order.sort_by_key(|(index, number)| (std::cmp::Reverse(*number), *index));
            order.into_iter().take(5).map(|(index, _)| index).collect::<Vec<_>>()
        };
        let drawn = largest(&mut settled.cells.iter().copied());
        let exact = largest(&mut exact.iter().map(|count| i64::try_from(*count).unwrap_or(i64::MAX)));
        self.largest += exact.iter().filter(|index| drawn.contains(index)).count() as u64;
    }
}
