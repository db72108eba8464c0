//! Boxes of several things: each count and each event in the form that its manifest asks for.

use aboveboard_manifest::{Chart, Event};

use super::answer::Answers;
use super::charts;
use super::format::capital;
use super::panels::{Group, Part, RowView, row_view};
use super::scope::Scope;
use super::table::{Row, Table, Value};
use super::words::Words;

/// The table of counts, by count.
pub(crate) fn counts(table: &Table, scope: &Scope) -> Vec<Part> {
    let counts = scope.manifest.as_ref().map_or(&[] as &[_], |manifest| &manifest.counts);
    let mut parts = Vec::new();
    for count in counts {
        let of = table.rows.iter().filter(|row| is(row, 0, &count.name));
        let (whole, bands): (Vec<&Row>, Vec<&Row>) =
            of.partition(|row| count.by.is_empty() && is(row, 1, "all"));
        let quantiles = whole.first().map(|row| {
            let [total, half, most] = [4, 5, 6].map(|at| row.cells[at].shown());
            (total, format!("half have at most {half}, nine in ten {most}"))
        });
        let number = quantiles.as_ref().filter(|_| count.info.chart == Chart::Number);
        let summary = match &quantiles {
            _ if !count.by.is_empty() => "installations with at least one".to_owned(),
            Some((_, words)) if number.is_some() => format!("in all; {words}"),
            Some((total, words)) => format!("{total} in all; {words}"),
            None => String::new(),
        };
        let rows = bands.into_iter().map(|row| shortened(row, 1)).collect();
        parts.push(Part {
            title: capital(&count.info.what),
            words: Words::of(&count.info),
            summary,
            chart: None,
            number: number.map(|(total, _)| (total.clone(), None)),
            groups: vec![Group { title: String::new(), rows }],
        });
    }
    parts
}

/// The table of events, by event; what is no longer declared is in the table alone.
pub(crate) fn events(table: &Table, answers: &Answers<'_>) -> rusqlite::Result<Vec<Part>> {
    let events = answers.scope.manifest.as_ref().map_or(&[] as &[_], |manifest| &manifest.events);
    events.iter().map(|event| self::event(event, table, answers)).collect()
}

fn event(event: &Event, table: &Table, answers: &Answers<'_>) -> rusqlite::Result<Part> {
    let rows: Vec<&Row> = table.rows.iter().filter(|row| is(row, 0, &event.name)).collect();
    let all = rows.iter().find(|row| row.cells[1] == Value::None);
    let times = all.map_or_else(|| "0".to_owned(), |row| row.cells[3].shown());
    let chart = event.info.chart;
    let mut groups = Vec::new();
    // A number and a trend say how often; their fields are in the table.
    for field in event.fields.iter().filter(|_| !matches!(chart, Chart::Number | Chart::Trend)) {
        let mut of: Vec<&Row> = rows.iter().copied().filter(|row| is(row, 1, &field.name)).collect();
        if chart == Chart::Share {
            of.sort_by_key(|row| std::cmp::Reverse(if let Value::Count(n) = row.cells[3] { n } else { 0 }));
        }
        let unit = field.unit.as_ref().map_or_else(String::new, |unit| format!(", {unit}"));
        let title = format!("{}{unit}", capital(field.what.as_deref().unwrap_or(&field.name)));
        let mut rows: Vec<RowView> = of.into_iter().map(|row| shortened(row, 2)).collect();
        if chart == Chart::Table {
            rows.iter_mut().for_each(|row| row.bar = None);
        }
        groups.push(Group { title, rows });
    }
    Ok(Part {
        title: capital(&event.info.what),
        words: Words::of(&event.info),
        summary: if times == "1" { "time".to_owned() } else { "times".to_owned() },
        chart: if chart == Chart::Trend {
            charts::event(answers.events()?, &event.name, answers.scope)
        } else {
            None
        },
        number: Some((times, all.and_then(|row| row.link.clone()))),
        groups,
    })
}

fn is(row: &Row, at: usize, text: &str) -> bool {
    matches!(&row.cells[at], Value::Text(cell) if cell == text)
}

/// Three cells of a row: its name, which stands at `from`, how many, which share.
fn shortened(row: &Row, from: usize) -> RowView {
    let whole = row_view(row, &[], false);
    RowView { cells: whole.cells.into_iter().skip(from).take(3).collect(), ..whole }
}
