//! Makes tables add up: the partitions of the headline all count the active installations, so together they say more of their
//! number than the one figure that was drawn for it.
//!
//! The total is the weighted mean of all its estimates, the least-squares solution in closed form; each table then shares out
//! what it is off by among its cells. Nothing is set to 0 where it is below: that would make totals too large. What comes out
//! uneven is given out one by one, from a cell that was drawn for it, so no cell is favoured.

use aboveboard_published::ratio::Ratio;
use aboveboard_store::contributions::{Layout, TableForm};

use super::draw::{DrawError, Drawn, DrawnGroup, DrawnTable};

/// What was drawn, made to add up, in the order of the draw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// All tables of all groups.
    pub tables: Vec<SettledTable>,
}

/// A table whose cells add up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettledTable {
    /// Its cells, in the order of the layout.
    pub cells: Vec<i64>,
    /// Their sum, where they are a partition.
    pub total: Option<i64>,
    accuracy: Accuracy,
}

/// What the variance of a sum of cells follows from.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Accuracy {
    /// Each cell has noise of its own.
    Independent { variance: u64 },
    /// The cells were made to add up to a total.
    Settled { variance: u64, cells: u64, total: Ratio },
}

impl SettledTable {
    /// The variance of the sum of this many of its cells.
    ///
    /// # Errors
    /// Where it does not fit.
    pub fn variance(&self, of_cells: usize) -> Result<Ratio, DrawError> {
        self.accuracy.of_sum(of_cells).ok_or(DrawError::TooLarge)
    }
}

impl Accuracy {
    fn of_sum(&self, of_cells: usize) -> Option<Ratio> {
        let summed = u64::try_from(of_cells).ok()?;
        match *self {
            Self::Independent { variance } => Some(Ratio::whole(summed.checked_mul(variance)?)),
            // v · m · (k − m) ÷ k of the cells against each other, and (m ÷ k)² of the total's.
            Self::Settled { variance, cells, total } => {
                let apart = Ratio::new(summed.checked_mul(cells.checked_sub(summed)?)?, cells)?;
                let part = Ratio::new(summed, cells)?;
                apart.times(Ratio::whole(variance))?.plus(part.times(part)?.times(total)?)
            }
        }
    }
}

/// Makes what was drawn of a layout add up.
///
/// # Errors
/// Where a number does not fit.
pub fn settle(layout: &Layout, drawn: &Drawn) -> Result<Settled, DrawError> {
    let mut settled = Settled::default();
    for (position, group) in drawn.groups.iter().enumerate() {
        let forms = layout.groups.iter().find(|of| of.name == group.name).map(|of| &of.tables);
        let form = |table: &DrawnTable| {
            let found = forms.into_iter().flatten().find(|of| of.name == table.name);
            found.map_or(TableForm::Several, |of| of.form)
        };
        if position == 0 {
            settled.tables.extend(settle_headline(group, &form)?);
        } else {
            settled
                .tables
                .extend(group.tables.iter().map(|table| independent(table, group.variance, form(table))));
        }
    }
    Ok(settled)
}

fn independent(table: &DrawnTable, variance: u64, form: TableForm) -> SettledTable {
    let sum = table.cells.iter().fold(0_i64, |sum, cell| sum.saturating_add(*cell));
    SettledTable {
        cells: table.cells.clone(),
        total: (form == TableForm::Partition).then_some(sum),
        accuracy: Accuracy::Independent { variance },
    }
}

/// The first table is the total of those that are partitions.
fn settle_headline(
    group: &DrawnGroup,
    form: &dyn Fn(&DrawnTable) -> TableForm,
) -> Result<Vec<SettledTable>, DrawError> {
    let variance = group.variance;
    let Some((active, others)) = group.tables.split_first() else { return Ok(Vec::new()) };
    let partitions =
        || others.iter().filter(|table| form(table) == TableForm::Partition && !table.cells.is_empty());
    let mean = Mean::of(active, partitions).ok_or(DrawError::TooLarge)?;
    let total_variance = mean.variance(variance).ok_or(DrawError::TooLarge)?;
    let first = SettledTable {
        cells: vec![mean.whole],
        total: None,
        accuracy: Accuracy::Settled { variance, cells: 1, total: total_variance },
    };
    let others = others.iter().map(|table| {
        if form(table) != TableForm::Partition {
            return Ok(independent(table, variance, form(table)));
        }
        Ok(SettledTable {
            cells: shared_out(table, mean.whole).ok_or(DrawError::TooLarge)?,
            total: Some(mean.whole),
            accuracy: Accuracy::Settled {
                variance,
                cells: u64::try_from(table.cells.len()).map_err(|_| DrawError::TooLarge)?,
                total: total_variance,
            },
        })
    });
    std::iter::once(Ok(first)).chain(others).collect()
}

/// The total as all tables estimate it: (T + Σ Sₜ ÷ kₜ) ÷ (1 + Σ 1 ÷ kₜ).
struct Mean {
    /// To whole numbers.
    whole: i64,
    /// A multiple of every kₜ.
    scale: i128,
    /// 1 + Σ 1 ÷ kₜ, times the scale.
    weight: i128,
}

impl Mean {
    fn of<'a, I: Iterator<Item = &'a DrawnTable>>(
        active: &DrawnTable,
        partitions: impl Fn() -> I,
    ) -> Option<Self> {
        let size = |table: &DrawnTable| i128::try_from(table.cells.len()).ok();
        let mut scale: i128 = 1;
        for table in partitions() {
            scale = least_common_multiple(scale, size(table)?)?;
        }
        let mut weight = scale;
        let mut sum = scale.checked_mul(i128::from(*active.cells.first()?))?;
        for table in partitions() {
            let part = scale / size(table)?;
            weight = weight.checked_add(part)?;
            sum = sum.checked_add(part.checked_mul(sum_of(table)?)?)?;
        }
        Some(Self { whole: i64::try_from(rounded(sum, weight)?).ok()?, scale, weight })
    }

    fn variance(&self, of_one: u64) -> Option<Ratio> {
        let share = Ratio::new(u64::try_from(self.scale).ok()?, u64::try_from(self.weight).ok()?)?;
        share.times(Ratio::whole(of_one))
    }
}

fn sum_of(table: &DrawnTable) -> Option<i128> {
    table.cells.iter().try_fold(0_i128, |sum, cell| sum.checked_add(i128::from(*cell)))
}

fn least_common_multiple(one: i128, other: i128) -> Option<i128> {
    let mut divisor = one;
    let mut rest = other;
    while rest != 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    (one / divisor).checked_mul(other)
}

/// To the nearest whole number, and from the middle to the even one.
fn rounded(numerator: i128, denominator: i128) -> Option<i128> {
    let whole = numerator.checked_div_euclid(denominator)?;
    let twice = numerator.checked_rem_euclid(denominator)?.checked_mul(2)?;
    let is_up = twice > denominator || twice == denominator && whole % 2 != 0;
    whole.checked_add(i128::from(is_up))
}

/// The cells of a table, each with its part of what the table is off from a total. All have the same remainder, so whose is
/// rounded up is a matter of chance: those from the drawn cell on.
fn shared_out(table: &DrawnTable, total: i64) -> Option<Vec<i64>> {
    let size = i128::try_from(table.cells.len()).ok()?;
    let off = i128::from(total).checked_sub(sum_of(table)?)?;
    let each = off.checked_div_euclid(size)?;
    let extra = off.checked_rem_euclid(size)?;
    let cells = table.cells.iter().enumerate().map(|(index, cell)| {
        let turn = (i128::try_from(index).ok()? - i128::from(table.turn)).checked_rem_euclid(size)?;
        let cell = i128::from(*cell).checked_add(each)?.checked_add(i128::from(turn < extra))?;
        i64::try_from(cell).ok()
    });
    cells.collect()
}
