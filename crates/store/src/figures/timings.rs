//! How long the requests that servers answered took, by their kind.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::super::read::{ReadResult, RequestSum, Snapshot};
use super::by_name::update;
use super::question::Question;

/// One timing over all servers, in the window.
#[derive(Debug)]
pub struct TimingFigures {
    /// The timing's name.
    pub timing: String,
    /// Requests.
    pub requests: u64,
    /// By kind, the most frequent first.
    pub kinds: Vec<RequestKind>,
}

/// Requests of one kind.
#[derive(Debug)]
pub struct RequestKind {
    /// The entries of the timing's closed lists.
    pub kind: String,
    /// Requests.
    pub requests: u64,
    /// How long one took on average, in milliseconds.
    pub mean: u64,
    /// The edge that half of them reach or exceed, in milliseconds.
    pub half_from: u64,
    /// The edge that one in ten reaches or exceeds, in milliseconds.
    pub tenth_from: u64,
    /// What each part took on average, in milliseconds.
    pub parts: Vec<(String, u64)>,
}

pub(super) fn gather(snapshot: &dyn Snapshot, question: &Question) -> ReadResult<Vec<TimingFigures>> {
    let mut timings: BTreeMap<String, BTreeMap<String, Sums>> = BTreeMap::new();
    snapshot.requests(&question.selection(), &mut |cell| {
        update(&mut timings, cell.timing, |kinds| {
            update(kinds, cell.kind, |sums: &mut Sums| match (cell.sum, cell.part) {
                (RequestSum::Requests(n), _) => *sums.requests.entry(cell.from).or_default() += n,
                (RequestSum::Milliseconds(n), None) => sums.whole += n,
                (RequestSum::Milliseconds(n), Some(part)) => update(&mut sums.parts, part, |sum| *sum += n),
            });
        });
    })?;
    let timing = |(timing, kinds): (String, BTreeMap<String, Sums>)| {
        let mut kinds: Vec<_> = kinds
            .into_iter()
            .map(|(kind, sums)| sums.figures(kind))
            .filter(|kind| kind.requests > 0)
            .collect();
        kinds.sort_by_key(|kind| Reverse(kind.requests));
        TimingFigures { timing, requests: kinds.iter().map(|kind| kind.requests).sum(), kinds }
    };
    Ok(timings.into_iter().map(timing).collect())
}

/// What is known of one kind of request.
#[derive(Default)]
struct Sums {
    /// How many, by the edge at or below their times in milliseconds.
    requests: BTreeMap<u64, u64>,
    /// Milliseconds together.
    whole: u64,
    /// Milliseconds together, of each part.
    parts: BTreeMap<String, u64>,
}

impl Sums {
    fn figures(self, kind: String) -> RequestKind {
        let requests = self.all();
        let mean = |sum: u64| sum / requests.max(1);
        RequestKind {
            kind,
            requests,
            mean: mean(self.whole),
            half_from: self.reached_by(50),
            tenth_from: self.reached_by(10),
            parts: self.parts.iter().map(|(part, sum)| (part.clone(), mean(*sum))).collect(),
        }
    }

    fn all(&self) -> u64 {
        self.requests.values().sum()
    }

    /// The edge that so many of every hundred requests reach or exceed.
    fn reached_by(&self, percent: u64) -> u64 {
        let enough = self.all().saturating_mul(percent).div_ceil(100);
        let mut above = 0;
        for (from, n) in self.requests.iter().rev() {
            above += n;
            if above >= enough {
                return *from;
            }
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_is_told_that_so_many_reach() {
        let requests = BTreeMap::from([(0, 50), (5, 39), (100, 10), (1_000, 1)]);
        let sums = Sums { requests, ..Sums::default() };
        assert_eq!([50, 10, 1].map(|percent| sums.reached_by(percent)), [5, 100, 1_000]);
        assert_eq!((sums.reached_by(100), Sums::default().reached_by(50)), (0, 0));
    }
}
