//! What a host measured of its requests: sums in memory that only grow, of the cells that a manifest declares.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use aboveboard_types::declaration::{Declaration, TimingDeclaration};
use aboveboard_types::typed::{MeterSums, Timings};

use crate::relay::json::{Object, Text};

/// The longest time of one request, in milliseconds: a year. A longer one is a mistake, and would hide all others.
const MAX_TIME: f64 = 366.0 * 86_400.0 * 1_000.0;

/// The sums of every timing of a product. They live as long as the process.
pub(in crate::relay) struct Meters(&'static [Meter]);

/// The sums of one timing: for each cell how many requests, and the whole time and its parts in nanoseconds.
struct Meter {
    declaration: &'static TimingDeclaration,
    sums: Box<[AtomicU64]>,
}

impl Meters {
    /// Nothing was measured yet.
    pub(in crate::relay) fn new(declaration: &'static Declaration) -> Self {
        let meters: Vec<Meter> = declaration.timings.iter().map(Meter::new).collect();
        Self(Box::leak(meters.into_boxed_slice()))
    }

    /// The sums, for the agent that reports them.
    pub(super) fn timings(&self, declaration: &'static Declaration) -> &'static Timings {
        let of = |meter: &'static Meter| (&*meter.declaration.name, meter as &'static dyn MeterSums);
        let meters: Vec<_> = self.0.iter().map(of).collect();
        Box::leak(Box::new(Timings::new(declaration, Box::leak(meters.into_boxed_slice()))))
    }

    /// Adds a request, with times in milliseconds. `None` where it is not what the manifest declares, and then nothing
    /// is added.
    pub(in crate::relay) fn record(
        &self,
        name: &str,
        kind: &Object<'_, Text<'_>>,
        took: f64,
        parts: &Object<'_, f64>,
    ) -> Option<()> {
        let meter = self.0.iter().find(|meter| meter.declaration.name == name)?;
        let mut times = vec![nanoseconds(took)?];
        times.extend(meter.parts(parts)?);
        meter.add(meter.kind(kind)?, &times)
    }
}

impl Meter {
    fn new(declaration: &'static TimingDeclaration) -> Self {
        let numbers = declaration.cells().saturating_mul(declaration.parts.len() + 2);
        Self { declaration, sums: std::iter::repeat_with(AtomicU64::default).take(numbers).collect() }
    }

    /// The number of the kind that names one entry of each declared list.
    fn kind(&self, given: &Object<'_, Text<'_>>) -> Option<usize> {
        let entry = |name: &str| given.get(name).map(AsRef::as_ref);
        let entries: Vec<&str> =
            self.declaration.by.iter().map(|split| entry(&split.name)).collect::<Option<_>>()?;
        (given.0.len() == entries.len()).then(|| self.declaration.number(&entries)).flatten()
    }

    /// The time of each declared part; a part that the host left out took none.
    fn parts(&self, given: &Object<'_, f64>) -> Option<Vec<u64>> {
        let parts = &self.declaration.parts;
        let known = parts.iter().filter(|part| given.get(part).is_some()).count();
        let time = |part: &str| given.get(part).map_or(Some(0), |time| nanoseconds(*time));
        (known == given.0.len()).then(|| parts.iter().map(|part| time(part)).collect()).flatten()
    }

    fn add(&self, kind: usize, times: &[u64]) -> Option<()> {
        let edges = &self.declaration.edges;
        let took = *times.first()?;
        let edge = edges.iter().take_while(|edge| **edge * 1_000_000 <= took).count();
        let width = times.len() + 1;
        let cell = (kind * (edges.len() + 1) + edge) * width;
        let (count, sums) = self.sums.get(cell..cell + width)?.split_first()?;
        count.fetch_add(1, Relaxed);
        for (sum, time) in sums.iter().zip(times) {
            sum.fetch_add(*time, Relaxed);
        }
        Some(())
    }
}

impl MeterSums for Meter {
    fn read(&self) -> Vec<u64> {
        self.sums.iter().map(|sum| sum.load(Relaxed)).collect()
    }
}

/// A time in milliseconds, fractions allowed.
fn nanoseconds(milliseconds: f64) -> Option<u64> {
    if !(0.0..=MAX_TIME).contains(&milliseconds) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and a year")]
    Some((milliseconds * 1_000_000.0).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relay::line::Line;
    use crate::relay::server::sample::declaration;
    use aboveboard_types::event;
    use aboveboard_types::id::Id;

    fn record(meters: &Meters, line: &str) -> Option<()> {
        match Line::read(line.as_bytes()) {
            Ok(Line::Timing { name, kind, took, parts }) => meters.record(name.as_ref(), &kind, took, &parts),
            _ => None,
        }
    }

    const QUERY: &str = r#"{"operation":"query","transport":"http"}"#;

    #[test]
    fn requests_are_summed_by_kind_and_edge_from_when_the_run_began() {
        let declaration = declaration();
        let meters = Meters::new(declaration);
        let line = |took: &str| {
            format!(r#"{{"timing":"requests","kind":{QUERY},"took":{took},"parts":{{"database":1.75}}}}"#)
        };
        record(&meters, &line("4000")).unwrap();
        let run = meters.timings(declaration).begin(Id::from_random([7; 16]));
        assert_eq!(run.timings(), None, "what was measured before is not reported");
        record(&meters, &line("12.5")).unwrap();
        record(&meters, &line("12.5")).unwrap();
        let websocket = r#"{"operation":"mutation","transport":"websocket"}"#;
        record(&meters, &format!(r#"{{"timing":"requests","kind":{websocket},"took":0}}"#)).unwrap();
        let timings = run.timings().unwrap();
        assert_eq!(timings.run, Id::from_random([7; 16]));
        let cell = |kind: [&'static str; 2], from, count, total, database| event::TimingCell {
            kind: vec![("operation", kind[0]), ("transport", kind[1])],
            from,
            count,
            total,
            parts: vec![("database", database)],
        };
        assert_eq!(
            timings.of[0].cells,
            [cell(["query", "http"], 5, 2, 25, 3), cell(["mutation", "websocket"], 0, 1, 0, 0)],
            "sums in whole milliseconds"
        );
    }

    #[test]
    fn what_the_manifest_does_not_declare_so_is_added_nowhere() {
        let declaration = declaration();
        let meters = Meters::new(declaration);
        let run = meters.timings(declaration).begin(Id::NIL);
        let of = |rest: &str| format!(r#"{{"timing":"requests",{rest}}}"#);
        for line in [
            format!(r#"{{"timing":"replies","kind":{QUERY},"took":1}}"#),
            of(r#""took":1"#),
            of(r#""kind":{"operation":"query"},"took":1"#),
            of(r#""kind":{"operation":"drop","transport":"http"},"took":1"#),
            of(r#""kind":{"operation":"query","transport":"http","user":"me"},"took":1"#),
            of(&format!(r#""kind":{QUERY}"#)),
            of(&format!(r#""kind":{QUERY},"took":-1"#)),
            of(&format!(r#""kind":{QUERY},"took":1e300"#)),
            of(&format!(r#""kind":{QUERY},"took":"1ms""#)),
            of(&format!(r#""kind":{QUERY},"took":1,"parts":{{"disk":1}}"#)),
            of(&format!(r#""kind":{QUERY},"took":1,"parts":{{"database":-1}}"#)),
            of(&format!(r#""kind":{QUERY},"took":1,"parts":1"#)),
        ] {
            assert_eq!(record(&meters, &line), None, "{line}");
        }
        assert_eq!(run.timings(), None);
    }
}
