//! From true counts to figures with noise, once.

use aboveboard_published::counted::{PADDING, Value};
use aboveboard_published::parameters::SMALL;
use aboveboard_store::StoreError;
use aboveboard_store::contributions::{
    Contribution, ContributionRequest, ContributionSource, Layout, TableForm,
};
use serde::{Deserialize, Serialize};

use super::noise::{Noise, NoiseError};
use super::variance::group_variance;

/// The bytes of one line of the list of counted installations.
pub type CountedLine = Value;

/// What installations add up to: exact, and so never written anywhere.
#[derive(Default)]
pub struct TrueCounts {
    pub(super) cells: Vec<u64>,
    pub(super) counted: Vec<[u8; 16]>,
}

/// Why there is no draw.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DrawError {
    /// The store cannot be read.
    #[error("store: {0}")]
    Store(#[from] StoreError),
    /// There is no noise.
    #[error(transparent)]
    Noise(#[from] NoiseError),
    /// The store broke a bound: with it, the loss would be more than is said.
    #[error(
        "the store gives of an installation what no installation can add to `{0}`: nothing is drawn; please report this"
    )]
    Bound(String),
    /// A draw and a layout do not belong together.
    #[error("the figures were drawn for other tables than the manifest has now")]
    OtherLayout,
    /// There is no `[publish]`.
    #[error("the manifest publishes nothing: it has no [publish]")]
    NothingPublished,
    /// A number is too large.
    #[error("a figure does not fit 64 bits")]
    TooLarge,
}

impl TrueCounts {
    /// Adds up what a store gives, and checks of each installation that it adds no more than the layout allows. `has_lines`
    /// says that each must be in the list of counted installations.
    ///
    /// # Errors
    /// Where the store cannot be read, or an installation adds too much.
    pub fn gather(
        source: &dyn ContributionSource,
        request: &ContributionRequest<'_>,
        has_lines: bool,
    ) -> Result<Self, DrawError> {
        let mut counts = Self { cells: vec![0; request.layout.cells()], counted: Vec::new() };
        let bounds = Bounds::of(request.layout);
        let mut broken = None;
        source.contributions(request, &mut |contribution| {
            if broken.is_some() {
                return;
            }
            broken = bounds.broken(contribution);
            if has_lines && contribution.counted.is_none() {
                broken = Some("counted.txt".to_owned());
            }
            for cell in &contribution.cells {
                if let Some(count) = usize::try_from(*cell).ok().and_then(|cell| counts.cells.get_mut(cell)) {
                    *count += 1;
                }
            }
            counts.counted.extend(contribution.counted.filter(|_| has_lines));
        })?;
        broken.map_or(Ok(counts), |table| Err(DrawError::Bound(table)))
    }

    /// Counts of a product that is made up.
    pub(super) fn made_up(cells: Vec<u64>) -> Self {
        Self { cells, counted: Vec::new() }
    }

    /// The count of each cell of the layout, for an audit and for tests.
    #[must_use]
    pub fn cells(&self) -> &[u64] {
        &self.cells
    }
}

/// What an installation adds at most, to each cell's group and table.
struct Bounds<'a> {
    layout: &'a Layout,
}

impl<'a> Bounds<'a> {
    fn of(layout: &'a Layout) -> Self {
        Self { layout }
    }

    /// The first table or group whose bound a contribution breaks.
    fn broken(&self, of: &Contribution) -> Option<String> {
        if !of.cells.is_sorted_by(|one, next| one < next) {
            return Some("cells".to_owned());
        }
        let mut rest = &*of.cells;
        let mut group_name = "";
        let mut in_group = 0;
        for (group, table, first) in self.layout.tables() {
            if group.name != group_name {
                group_name = &group.name;
                in_group = 0;
            }
            let end = first.saturating_add(u32::try_from(table.cells.len()).unwrap_or(u32::MAX));
            let here = rest.iter().take_while(|cell| **cell < end).count();
            rest = rest.get(here..).unwrap_or_default();
            in_group += here;
            let is_too_much = match table.form {
                TableForm::Number | TableForm::Partition => here > 1,
                TableForm::Several => false,
            };
            let is_foreign = here > 0 && !group.components.contains(&of.component);
            if is_too_much || is_foreign || u32::try_from(in_group).is_ok_and(|all| all > group.at_most) {
                return Some(table.name.clone());
            }
        }
        (!rest.is_empty()).then(|| "cells".to_owned())
    }
}

/// What was drawn: for each cell its count with noise, before anything else is done to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drawn {
    /// Whether the drawn number of active installations is so small that nothing else was drawn.
    pub is_small: bool,
    /// In the order of the layout; of a small product the number of active installations alone.
    pub groups: Vec<DrawnGroup>,
}

/// What was drawn of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawnGroup {
    /// Its name.
    pub name: String,
    /// The variance of the noise in each cell.
    pub variance: u64,
    /// Its tables.
    pub tables: Vec<DrawnTable>,
}

/// What was drawn of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawnTable {
    /// Its name.
    pub name: String,
    /// A cell, each as likely as the others: whole numbers that do not come out even are given out from here on.
    pub turn: u32,
    /// The cells in the order of the layout.
    pub cells: Vec<i64>,
}

impl Drawn {
    /// The drawn number of active installations.
    #[must_use]
    pub fn active(&self) -> Option<i64> {
        self.groups.first()?.tables.first()?.cells.first().copied()
    }

    /// A table by its name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&DrawnTable> {
        self.groups.iter().flat_map(|group| &group.tables).find(|table| table.name == name)
    }
}

/// Draws every figure of a layout: first the number of active installations, and where that is small nothing else.
///
/// # Errors
/// Where there is no noise.
pub fn draw(layout: &Layout, counts: &TrueCounts, noise: &mut dyn Noise) -> Result<Drawn, DrawError> {
    let mut drawn = Drawn::default();
    for (group, table, first) in layout.tables() {
        let variance = group_variance(layout, group);
        let first = usize::try_from(first).map_err(|_| DrawError::TooLarge)?;
        let mut cells = Vec::with_capacity(table.cells.len());
        for index in first..first + table.cells.len() {
            let count = counts.cells.get(index).copied().unwrap_or(0);
            let count = i64::try_from(count).map_err(|_| DrawError::TooLarge)?;
            cells.push(count.checked_add(noise.gaussian(variance)?).ok_or(DrawError::TooLarge)?);
        }
        let turn = noise.below(u32::try_from(cells.len()).map_err(|_| DrawError::TooLarge)?)?;
        let is_first = drawn.groups.is_empty();
        if drawn.groups.last().is_none_or(|last| last.name != group.name) {
            drawn.groups.push(DrawnGroup { name: group.name.clone(), variance, tables: Vec::new() });
        }
        if let Some(last) = drawn.groups.last_mut() {
            last.tables.push(DrawnTable { name: table.name.clone(), turn, cells });
        }
        drawn.is_small = is_first && drawn.active().is_none_or(|active| active < i64::from(SMALL));
        if drawn.is_small {
            break;
        }
    }
    Ok(drawn)
}

/// The list of counted installations, in order, among lines of random bytes that look the same. How many there are is the
/// drawn number of active installations and [`PADDING`], so the list tells nothing new. `line` makes the line of an installation
/// of what it alone can compute; several that sent with the same value have one line together. A small product has no list.
///
/// # Errors
/// Where there is no randomness.
pub fn counted_lines(
    counts: &TrueCounts,
    drawn: &Drawn,
    line: &dyn Fn(&[u8; 16]) -> CountedLine,
    noise: &mut dyn Noise,
) -> Result<Vec<CountedLine>, DrawError> {
    let Some(active) = drawn.active().filter(|_| !drawn.is_small) else { return Ok(Vec::new()) };
    let mut lines: Vec<_> = counts.counted.iter().map(line).collect();
    // The same value can stand under any number of made-up ids, and no list fits that has a line twice.
    lines.sort_unstable();
    lines.dedup();
    let counted = i64::try_from(lines.len()).map_err(|_| DrawError::TooLarge)?;
    for _ in counted..active.saturating_add(PADDING.into()) {
        lines.push(noise.bytes()?);
    }
    lines.sort_unstable();
    Ok(lines)
}
