//! What a host counted, as a line says it.

use aboveboard_types::declaration::{CountDeclaration, Declaration};
use aboveboard_types::event::{Cells, Count, Report};

use crate::relay::json::{Numbers, Object};

/// Reads the counts of a line: a number for each, or for one that is split a number for each entry of its list. A count
/// that the host left out is not reported. `None` where a name or a number is not what the manifest declares.
pub(super) fn read(
    given: &Object<'_, Numbers<'_>>,
    declaration: &'static Declaration,
) -> Option<Report<'static>> {
    let count = |known: &'static CountDeclaration| {
        let numbers = given.get(&known.name)?;
        Some(cells(numbers, known).map(|cells| Count { name: &known.name, cells }))
    };
    let counts: Vec<_> = declaration.counts.iter().filter_map(count).collect::<Option<_>>()?;
    (counts.len() == given.0.len()).then_some(Report { counts, timings: None })
}

fn cells(numbers: &Numbers<'_>, known: &'static CountDeclaration) -> Option<Cells<'static>> {
    match numbers {
        Numbers::One(number) => known.by.is_empty().then(|| Cells::One(known.recorded(*number))),
        Numbers::By(given) => {
            let cell = |entry: &'static str| Some((entry, known.recorded(*given.get(entry)?)));
            let cells: Vec<_> = known.by.iter().map(|entry| cell(entry)).collect::<Option<_>>()?;
            (!cells.is_empty() && cells.len() == given.0.len()).then_some(Cells::By(cells))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relay::line::Line;
    use crate::relay::server::sample::declaration;

    /// The report of a line with these counts, if it is one.
    fn counted(counts: &str) -> Option<Report<'static>> {
        let line = format!(r#"{{"counts":{counts}}}"#);
        match Line::read(line.as_bytes()) {
            Ok(Line::Counts(given)) => read(&given, declaration()),
            _ => None,
        }
    }

    #[test]
    fn numbers_stand_in_declared_order_and_travel_as_their_edges() {
        let report =
            counted(r#"{"roles":24,"tables":3,"relationships":{"automatic":0,"manual":2}}"#).unwrap();
        let split = Cells::By(vec![("manual", 2), ("automatic", 0)]);
        let cells = |name| &report.counts.iter().find(|count| count.name == name).unwrap().cells;
        assert_eq!((cells("tables"), cells("relationships")), (&Cells::One(3), &split));
        assert_eq!(cells("roles"), &Cells::One(5), "the edge below");
        assert_eq!(report.counts.len(), 3, "what was left out is not reported");
        assert_eq!(counted("{}").unwrap().counts, []);
    }

    #[test]
    fn what_the_manifest_does_not_declare_so_is_refused_as_a_whole() {
        for counts in [
            r#"{"tables":3,"secrets":1}"#,
            r#"{"tables":-3}"#,
            r#"{"tables":3.5}"#,
            r#"{"tables":"3"}"#,
            r#"{"tables":{"one":3}}"#,
            r#"{"tables":{}}"#,
            r#"{"tables":null}"#,
            r#"{"tables":3,"tables":4}"#,
            r#"{"relationships":2}"#,
            r#"{"relationships":{"manual":2}}"#,
            r#"{"relationships":{"manual":2,"automatic":0,"guessed":1}}"#,
            "[3]",
            "3",
        ] {
            assert_eq!(counted(counts), None, "{counts}");
        }
    }
}
