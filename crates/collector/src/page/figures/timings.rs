//! How long the requests that servers answered took, by their kind.

use std::collections::BTreeMap;

use crate::page::format::ratio;
use crate::page::scope::Scope;
use crate::page::table::{Figure, Table, Value};
use crate::rollup::delta::Axis;
use crate::store::sqlite::Snapshot;

/// What is known of one kind of request.
#[derive(Default)]
struct Kind {
    /// How many, by the edge at or below their times in milliseconds.
    count: BTreeMap<i64, u64>,
    /// Milliseconds together, of the whole (an empty name) and of each part.
    times: BTreeMap<String, u64>,
}

impl Kind {
    fn all(&self) -> u64 {
        self.count.values().sum()
    }

    /// The edge that so many of every hundred requests reach or exceed.
    fn reached_by(&self, percent: u64) -> i64 {
        let enough = self.all().saturating_mul(percent).div_ceil(100);
        let mut above = 0;
        let edges = self.count.iter().rev();
        edges
            .map(|(from, n)| {
                above += n;
                (*from, above)
            })
            .find(|(_, above)| *above >= enough)
            .map_or(0, |(from, _)| from)
    }
}

/// One row a kind of request, the most frequent of each timing first.
pub(crate) fn table(snapshot: &Snapshot<'_>, scope: &Scope) -> rusqlite::Result<Table> {
    let columns = [
        ("timing", "Timing"),
        ("kind", "Kind"),
        ("requests", "Requests"),
        ("share", "Share"),
        ("mean_ms", "Mean, ms"),
        ("half_from_ms", "Half took at least, ms"),
        ("tenth_from_ms", "One in ten took at least, ms"),
        ("parts_ms", "Of the mean, ms"),
    ];
    let mut table = Table::new("timings", "Requests served", &columns);
    table.of = "requests";
    table.figures = vec![Figure::Count(2)];
    table.whole = true;
    table.note =
        "Servers tell sums since their start; a restart begins a new sum and loses none. Times are those of \
                  the requests of the window together, divided by their number."
            .to_owned();
    let Some(product) = scope.product else { return Ok(table) };
    let mut timings: BTreeMap<String, BTreeMap<String, Kind>> = BTreeMap::new();
    for axis in [Axis::TimingCount, Axis::TimingTime] {
        snapshot.cube(product, axis, (scope.from, scope.until), |cell| {
            let name = scope.name(cell.name);
            let Some((timing, kind)) = name.split_once(' ').filter(|_| scope.keeps(cell.context)) else {
                return;
            };
            let (timing, part) = timing.split_once('.').unwrap_or((timing, ""));
            let known = timings.entry(timing.to_owned()).or_default().entry(kind.to_owned()).or_default();
            if axis == Axis::TimingCount {
                *known.count.entry(cell.detail).or_default() += cell.n;
            } else {
                *known.times.entry(part.to_owned()).or_default() += cell.n;
            }
        })?;
    }
    for (timing, kinds) in timings {
        let all: u64 = kinds.values().map(Kind::all).sum();
        let mut kinds: Vec<_> = kinds.into_iter().filter(|(_, kind)| kind.all() > 0).collect();
        kinds.sort_by(|a, b| b.1.all().cmp(&a.1.all()).then(a.0.cmp(&b.0)));
        for (name, kind) in kinds {
            push(&mut table, &timing, name, &kind, all);
        }
        table.n += all;
    }
    Ok(table)
}

fn push(table: &mut Table, timing: &str, name: String, kind: &Kind, all: u64) {
    let n = kind.all();
    let mean = |sum: u64| sum / n.max(1);
    let edge = |percent| Value::Count(u64::try_from(kind.reached_by(percent)).unwrap_or(0));
    let parts: Vec<_> = kind
        .times
        .iter()
        .filter(|(part, _)| !part.is_empty())
        .map(|(part, sum)| format!("{part} {}", mean(*sum)))
        .collect();
    let whole = mean(kind.times.get("").copied().unwrap_or(0));
    let share = ratio(n, all);
    let row = table.push(vec![
        Value::Text(timing.to_owned()),
        Value::Text(name),
        Value::Count(n),
        Value::Share(share),
        Value::Count(whole),
        edge(50),
        edge(10),
        if parts.is_empty() { Value::None } else { Value::Text(parts.join(", ")) },
    ]);
    row.bar = Some(share);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_is_told_that_so_many_reach() {
        let count = BTreeMap::from([(0, 50), (5, 39), (100, 10), (1_000, 1)]);
        let kind = Kind { count, times: BTreeMap::new() };
        assert_eq!((kind.reached_by(50), kind.reached_by(10), kind.reached_by(1)), (5, 100, 1_000));
        assert_eq!((kind.reached_by(100), Kind::default().reached_by(50)), (0, 0));
    }
}
