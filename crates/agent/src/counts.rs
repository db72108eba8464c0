//! What a server counted as it was handed over, and what the manifest makes of it.

use aboveboard_types::declaration::{CountDeclaration, Declaration};
use aboveboard_types::event::{Cells, Count, Report};

/// The number or the numbers of a count as they were handed over.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Numbers<N> {
    /// One number.
    One(u64),
    /// One for each entry of a list, by its name.
    By(Vec<(N, u64)>),
}

/// The report of these counts, whose names differ. A count that is left out is not reported; of one that is split, every
/// entry is there. `None` where a name or a number is not what the manifest declares.
pub(crate) fn report<N: AsRef<str>>(
    declaration: &'static Declaration,
    given: &[(N, Numbers<N>)],
) -> Option<Report<'static>> {
    let count = |known: &'static CountDeclaration| {
        let numbers = find(given, &known.name)?;
        Some(cells(numbers, known).map(|cells| Count { name: &known.name, cells }))
    };
    let counts: Vec<_> = declaration.counts.iter().filter_map(count).collect::<Option<_>>()?;
    (counts.len() == given.len()).then_some(Report { counts, timings: None })
}

fn cells<N: AsRef<str>>(numbers: &Numbers<N>, known: &'static CountDeclaration) -> Option<Cells<'static>> {
    match numbers {
        Numbers::One(number) => known.by.is_empty().then(|| Cells::One(known.recorded(*number))),
        Numbers::By(given) => {
            let cell = |entry: &'static str| Some((entry, known.recorded(*find(given, entry)?)));
            let cells: Vec<_> = known.by.iter().map(|entry| cell(entry)).collect::<Option<_>>()?;
            (!cells.is_empty() && cells.len() == given.len()).then_some(Cells::By(cells))
        }
    }
}

fn find<'g, N: AsRef<str>, T>(given: &'g [(N, T)], name: &str) -> Option<&'g T> {
    given.iter().find(|(known, _)| known.as_ref() == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use Numbers::{By, One};

    use super::*;

    fn declaration() -> &'static Declaration {
        let text = include_str!("../../../tests/vectors/telemetry.toml");
        let manifest = aboveboard_manifest::parse(text, "telemetry.toml").unwrap();
        Box::leak(Box::new(manifest.declaration()))
    }

    #[test]
    fn numbers_stand_in_declared_order_and_travel_as_their_edges() {
        let origins = By(vec![("automatic", 0), ("manual", 2)]);
        let given = [("roles", One(24)), ("tables", One(3)), ("relationships", origins)];
        let report = report(declaration(), &given).unwrap();
        let split = Cells::By(vec![("manual", 2), ("automatic", 0)]);
        let cells = |name| &report.counts.iter().find(|count| count.name == name).unwrap().cells;
        assert_eq!((cells("tables"), cells("relationships")), (&Cells::One(3), &split));
        assert_eq!(cells("roles"), &Cells::One(5), "the edge below");
        assert_eq!(report.counts.len(), 3, "what was left out is not reported");
    }

    #[test]
    fn what_the_manifest_does_not_declare_so_is_refused_as_a_whole() {
        assert_eq!(report::<&str>(declaration(), &[]).unwrap().counts, []);
        for given in [
            vec![("tables", One(3)), ("secrets", One(1))],
            vec![("tables", By(vec![("one", 3)]))],
            vec![("tables", By(vec![]))],
            vec![("relationships", One(2))],
            vec![("relationships", By(vec![("manual", 2)]))],
            vec![("relationships", By(vec![("manual", 2), ("automatic", 0), ("guessed", 1)]))],
            vec![("relationships", By(vec![("manual", 2), ("guessed", 1)]))],
        ] {
            assert_eq!(report(declaration(), &given), None, "{given:?}");
        }
    }
}
