//! How large installations are: distributions over their last reports, not means.

use std::collections::BTreeMap;

use aboveboard_manifest::{Chart, Count};

use crate::page::format::ratio;
use crate::page::installation_filter::{Size, band};
use crate::page::scope::Scope;
use crate::page::table::{Table, Value};
use crate::store::sqlite::Snapshot;

/// The numbers of every count, one for each installation: by count and cell.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    numbers: BTreeMap<(String, String), Vec<u64>>,
    installations: u64,
}

impl Counts {
    pub(crate) fn gather(snapshot: &Snapshot<'_>, scope: &Scope) -> rusqlite::Result<Self> {
        let mut by_number: BTreeMap<(u32, u32), Vec<u64>> = BTreeMap::new();
        let mut installations = 0;
        if let Some(product) = scope.product {
            snapshot.last_reports(product, (scope.from, scope.until), |report| {
                if scope.keeps(report.context) && scope.narrow.has(report.installation) {
                    installations += 1;
                    for cell in report.counts {
                        by_number.entry((cell.name, cell.cell)).or_default().push(cell.number);
                    }
                }
            })?;
        }
        let mut numbers: BTreeMap<_, Vec<u64>> = BTreeMap::new();
        for ((name, cell), mut all) in by_number {
            all.sort_unstable();
            numbers.insert((scope.name(name), scope.name(cell)), all);
        }
        Ok(Self { numbers, installations })
    }

    /// One table with every count: what it comes to in each band or cell.
    pub(crate) fn table(&self, scope: &Scope) -> Table {
        let columns = [
            ("count", "Count"),
            ("band", "Band"),
            ("installations", "Installations"),
            ("share", "Share"),
            ("total", "Total"),
            ("median", "Median"),
            ("p90", "90 %"),
        ];
        let mut table = Table::new("counts", "How large installations are", &columns);
        (table.n, table.of) = (self.installations, "installations that reported");
        table.note =
            "The last report of each installation in the window. Median and 90 % are over installations: \
                      half, and nine in ten, have at most this many."
                .to_owned();
        if scope.until < scope.today {
            table.note.push_str(
                " Only the last report is kept: who has reported since the end of the window is not counted here.",
            );
        }
        for count in scope.manifest.as_deref().map_or(&[] as &[Count], |manifest| &manifest.counts) {
            self.rows(count, scope, &mut table);
        }
        table
    }

    fn rows(&self, count: &Count, scope: &Scope, table: &mut Table) {
        let empty = Vec::new();
        let numbers = |cell: &str| self.numbers.get(&(count.name.clone(), cell.to_owned())).unwrap_or(&empty);
        let mut push = |name: String, size: Option<Size>, part: &[u64], of: usize| {
            let (n, of) = (part.len() as u64, of as u64);
            let share = ratio(n, of);
            let row = table.push(vec![
                Value::Text(count.name.clone()),
                Value::Text(name),
                Value::Count(n),
                Value::Share(share),
                Value::Count(part.iter().fold(0, |sum: u64, number| sum.saturating_add(*number))),
                quantile(part, 0.5),
                quantile(part, 0.9),
            ]);
            row.bar = Some(share);
            row.link = size.map(|size| scope.sized(size));
        };
        let size = |cell: &str, from: u64, to: Option<u64>| {
            let (count, cell) = (count.name.clone(), cell.to_owned());
            Size { count, cell, from, to }
        };
        if count.by.is_empty() {
            let all = numbers("");
            if !count.edges.is_empty() && count.info.chart == Chart::Distribution {
                for ((from, to), part) in bands(&count.edges, all) {
                    push(band(from, to), Some(size("", from, to)), part, all.len());
                }
            }
            push("all".to_owned(), None, all, all.len());
        } else {
            for cell in &count.by {
                let all = numbers(cell);
                let some = &all[all.partition_point(|number| *number == 0)..];
                push(cell.clone(), Some(size(cell, 1, None)), some, all.len());
            }
        }
    }
}

/// The first and last number of a band; the last band has no last.
type Band = (u64, Option<u64>);

/// Sorted numbers cut at the edges: 0, 1 to 9, 10 to 99, 100 and more.
fn bands<'n>(edges: &[u64], sorted: &'n [u64]) -> Vec<(Band, &'n [u64])> {
    let mut edges: Vec<u64> = edges.iter().copied().filter(|edge| *edge > 0).collect();
    edges.insert(0, 0);
    let mut bands = Vec::with_capacity(edges.len());
    for (index, edge) in edges.iter().enumerate() {
        let start = sorted.partition_point(|number| number < edge);
        match edges.get(index + 1) {
            Some(next) => {
                let end = sorted.partition_point(|number| number < next);
                bands.push(((*edge, Some(next - 1)), &sorted[start..end]));
            }
            None => bands.push(((*edge, None), &sorted[start..])),
        }
    }
    bands
}

/// The number that at least this share of the sorted numbers does not exceed.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the rank of a quantile lies within the list"
)]
fn quantile(sorted: &[u64], share: f64) -> Value {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).map_or(Value::None, |number| Value::Count(*number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_hold_every_number_once() {
        let sorted = [0, 0, 1, 9, 10, 99, 100, 5000];
        let cut: Vec<(String, usize)> = bands(&[1, 10, 100], &sorted)
            .into_iter()
            .map(|((from, to), part)| (band(from, to), part.len()))
            .collect();
        let expected = [("0", 2), ("1–9", 2), ("10–99", 2), ("100+", 2)];
        assert_eq!(cut, expected.map(|(name, n)| (name.to_owned(), n)));
        assert_eq!(quantile(&sorted, 0.5), Value::Count(9));
        assert_eq!(quantile(&sorted, 0.9), Value::Count(5000));
        assert_eq!(quantile(&[], 0.5), Value::None);
    }
}
