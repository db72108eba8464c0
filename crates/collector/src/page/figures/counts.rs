//! How large installations are: distributions over their last reports, not means.

use std::collections::BTreeMap;

use aboveboard_manifest::{Chart, Count, Manifest};

use crate::page::format::{self, ratio};
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
            snapshot.last_reports(product, (scope.from, scope.until), |context, cells| {
                if scope.keeps(context) {
                    installations += 1;
                    for cell in cells {
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
    pub(crate) fn table(&self, manifest: Option<&Manifest>) -> Table {
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
        for count in manifest.map_or(&[] as &[Count], |manifest| &manifest.counts) {
            self.rows(count, &mut table);
        }
        table
    }

    fn rows(&self, count: &Count, table: &mut Table) {
        let empty = Vec::new();
        let numbers = |cell: &str| self.numbers.get(&(count.name.clone(), cell.to_owned())).unwrap_or(&empty);
        let mut push = |band: String, part: &[u64], of: usize| {
            let (n, of) = (part.len() as u64, of as u64);
            let share = ratio(n, of);
            let row = table.push(vec![
                Value::Text(count.name.clone()),
                Value::Text(band),
                Value::Count(n),
                Value::Share(share),
                Value::Count(part.iter().fold(0, |sum: u64, number| sum.saturating_add(*number))),
                quantile(part, 0.5),
                quantile(part, 0.9),
            ]);
            row.bar = Some(share);
        };
        if count.by.is_empty() {
            let all = numbers("");
            if !count.edges.is_empty() && count.about.chart == Chart::Distribution {
                for (band, part) in bands(&count.edges, all) {
                    push(band, part, all.len());
                }
            }
            push("all".to_owned(), all, all.len());
        } else {
            for cell in &count.by {
                let all = numbers(cell);
                let some = &all[all.partition_point(|number| *number == 0)..];
                push(cell.clone(), some, all.len());
            }
        }
    }
}

/// Sorted numbers cut at the edges: `0`, `1–9`, `10–99`, `100+`.
pub(crate) fn bands<'n>(edges: &[u64], sorted: &'n [u64]) -> Vec<(String, &'n [u64])> {
    let mut edges: Vec<u64> = edges.iter().copied().filter(|edge| *edge > 0).collect();
    edges.insert(0, 0);
    let mut bands = Vec::with_capacity(edges.len());
    for (index, edge) in edges.iter().enumerate() {
        let start = sorted.partition_point(|number| number < edge);
        match edges.get(index + 1) {
            Some(next) => {
                let end = sorted.partition_point(|number| number < next);
                let name = if next - edge == 1 {
                    format::count(*edge)
                } else {
                    format!("{}–{}", format::count(*edge), format::count(next - 1))
                };
                bands.push((name, &sorted[start..end]));
            }
            None => bands.push((format!("{}+", format::count(*edge)), &sorted[start..])),
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
        let cut: Vec<(String, usize)> =
            bands(&[1, 10, 100], &sorted).into_iter().map(|(name, part)| (name, part.len())).collect();
        let expected = [("0", 2), ("1–9", 2), ("10–99", 2), ("100+", 2)];
        assert_eq!(cut, expected.map(|(name, n)| (name.to_owned(), n)));
        assert_eq!(quantile(&sorted, 0.5), Value::Count(9));
        assert_eq!(quantile(&sorted, 0.9), Value::Count(5000));
        assert_eq!(quantile(&[], 0.5), Value::None);
    }
}
