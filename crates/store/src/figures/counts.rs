//! How large installations are: distributions over their last reports, not means.

use std::sync::Arc;

use aboveboard_manifest::{Chart, Count};

use super::super::read::{ReadResult, ReportedCount, Snapshot};
use super::kept::KeptInstallations;
use super::question::Question;

/// How large installations are.
#[derive(Debug, Default)]
pub struct Counts {
    /// Installations whose last report was made in the window.
    pub installations: u64,
    /// Every declared count, in the order of the manifest.
    pub counts: Vec<CountSizes>,
}

/// One count over all installations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountSizes {
    /// The count's name.
    pub count: String,
    /// A count of one number: its bands, then all. Another: each entry of its closed list, by the installations that have
    /// at least one.
    pub groups: Vec<SizeGroup>,
}

/// Installations whose numbers lie in one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SizeGroup {
    /// Which numbers.
    pub group: CountGroup,
    /// Installations in it.
    pub installations: u64,
    /// Installations that reported the number at all.
    pub of: u64,
    /// All numbers together, each as it weighs: of the installations that have any, the largest hundredth, and at least as
    /// many as the square root of their number, weigh as much as the next below them, so that no few senders decide it.
    /// `None` where one alone of several has any, and where numbers travel as their edges, which have no sum that means
    /// anything.
    pub total: Option<u64>,
    /// Half of the installations have at most this many; where numbers travel as their edges, the edge of that number.
    pub median: Option<u64>,
    /// Nine in ten have at most this many, likewise.
    pub p90: Option<u64>,
}

/// Which numbers belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CountGroup {
    /// All numbers of a count.
    All,
    /// From one number to another; the last band has no end.
    Band(u64, Option<u64>),
    /// Those of one entry of a closed list, zeros left out.
    Entry(String),
}

impl Counts {
    pub(super) fn gather(
        snapshot: &dyn Snapshot,
        question: &Question,
        kept: &KeptInstallations,
        declared: &[Count],
    ) -> ReadResult<Self> {
        let mut numbers = Numbers::default();
        let mut installations = 0;
        snapshot.last_reports(&question.selection(), &mut |report| {
            if kept.contains(report.installation) {
                installations += 1;
                for (at, reported) in report.counts.iter().enumerate() {
                    numbers.push(at, reported);
                }
            }
        })?;
        numbers.0.iter_mut().for_each(|column| column.numbers.sort_unstable());
        let counts = declared.iter().map(|count| CountSizes::of(count, &numbers)).collect();
        Ok(Self { installations, counts })
    }
}

impl CountSizes {
    fn of(count: &Count, numbers: &Numbers) -> Self {
        let weight = |all: &[u64]| (!count.travels_as_edge()).then(|| max_weight(all)).flatten();
        let mut groups = Vec::new();
        if count.by.is_empty() {
            let all = numbers.of(&count.name, None);
            let weight = weight(all);
            if !count.edges.is_empty() && count.info.chart == Chart::Distribution {
                for (from, to) in bands(&count.edges) {
                    let start = all.partition_point(|number| *number < from);
                    let end = to.map_or(all.len(), |to| all.partition_point(|number| *number <= to));
                    groups.push(SizeGroup::of(CountGroup::Band(from, to), &all[start..end], all, weight));
                }
            }
            groups.push(SizeGroup::of(CountGroup::All, all, all, weight));
        }
        for entry in &count.by {
            let all = numbers.of(&count.name, Some(entry));
            let some = &all[all.partition_point(|number| *number == 0)..];
            groups.push(SizeGroup::of(CountGroup::Entry(entry.clone()), some, all, weight(all)));
        }
        Self { count: count.name.clone(), groups }
    }
}

impl SizeGroup {
    fn of(group: CountGroup, sorted: &[u64], all: &[u64], max_weight: Option<u64>) -> Self {
        let total =
            |most: u64| sorted.iter().fold(0, |sum: u64, number| sum.saturating_add(most.min(*number)));
        Self {
            group,
            installations: sorted.len() as u64,
            of: all.len() as u64,
            total: max_weight.map(total),
            median: quantile(sorted, 0.5),
            p90: quantile(sorted, 0.9),
        }
    }
}

/// The most that one number adds to a total of these, which are sorted; `None` where nothing tells how much that is.
fn max_weight(all: &[u64]) -> Option<u64> {
    let some = &all[all.partition_point(|number| *number == 0)..];
    match (some, all) {
        // Of nobody else, or of nobody at all.
        ([only], [_]) => Some(*only),
        ([], _) => Some(0),
        (some, _) => {
            some.len().checked_sub(1 + some.len().isqrt().max(some.len() / 100)).map(|next| some[next])
        }
    }
}

/// The numbers of every count and entry, one for each installation.
#[derive(Default)]
struct Numbers(Vec<Column>);

struct Column {
    count: Arc<str>,
    entry: Option<Arc<str>>,
    numbers: Vec<u64>,
}

impl Numbers {
    /// Reports name their counts in the same order for the most part: `at` is where to look first.
    fn push(&mut self, at: usize, reported: &ReportedCount) {
        let is_same = |column: &Column| column.count == reported.count && column.entry == reported.entry;
        let at = match self.0.get(at) {
            Some(column) if is_same(column) => Some(at),
            _ => self.0.iter().position(is_same),
        };
        match at.and_then(|at| self.0.get_mut(at)) {
            Some(column) => column.numbers.push(reported.number),
            None => self.0.push(Column {
                count: Arc::clone(&reported.count),
                entry: reported.entry.clone(),
                numbers: vec![reported.number],
            }),
        }
    }

    fn of(&self, count: &str, entry: Option<&str>) -> &[u64] {
        let column = self.0.iter().find(|column| *column.count == *count && column.entry.as_deref() == entry);
        column.map_or(&[], |column| &column.numbers)
    }
}

/// The first and last number of each band that the edges cut: 0, 1 to 9, 10 to 99, 100 and more.
pub fn bands(edges: &[u64]) -> impl Iterator<Item = (u64, Option<u64>)> {
    let starts = std::iter::once(0).chain(edges.iter().copied().filter(|edge| *edge > 0));
    let mut next = starts.clone().skip(1);
    starts.map(move |start| (start, next.next().map(|next| next - 1)))
}

/// The number that at least this share of the sorted numbers does not exceed.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the rank of a quantile lies within the list"
)]
fn quantile(sorted: &[u64], share: f64) -> Option<u64> {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_single_number_decides_a_total() {
        let total = |all: &[u64]| SizeGroup::of(CountGroup::All, all, all, max_weight(all)).total;
        for (all, expected) in [
            (&[] as &[u64], Some(0)),
            (&[0, 0], Some(0)),
            (&[7], Some(7)),
            (&[0, 7], None),
            (&[3, 1_000_000_000], Some(6)),
            (&[0, 1, 3, 5], Some(7)),
        ] {
            assert_eq!(total(all), expected, "{all:?}");
        }
        // Whatever one more says, it weighs no more than the largest of the others.
        for (honest, made_up) in [(2, 1), (20, 4), (150, 12), (1_000, 31), (20_000, 200)] {
            let all: Vec<u64> = (1..=honest).chain(vec![u64::MAX; made_up]).collect();
            let most = (1..=honest).sum::<u64>() + made_up as u64 * honest;
            assert!(total(&all).unwrap() <= most, "{honest}");
        }
    }

    #[test]
    fn bands_hold_every_number_once() {
        let expected = [(0, Some(0)), (1, Some(9)), (10, Some(99)), (100, None)];
        assert_eq!(bands(&[1, 10, 100]).collect::<Vec<_>>(), expected);
        let sorted = [0, 0, 1, 9, 10, 99, 100, 5000];
        assert_eq!(quantile(&sorted, 0.5), Some(9));
        assert_eq!(quantile(&sorted, 0.9), Some(5000));
        assert_eq!(quantile(&[], 0.5), None);
    }
}
