//! Declared events and what their fields held, each in the form that its manifest asks for.

use std::cmp::Reverse;

use aboveboard_manifest::{Chart, Event, Field, Manifest};
use aboveboard_store::figures::ratio;
use aboveboard_store::read::{ReadResult, Usage};
use aboveboard_types::declaration::FieldKind;

use super::field_value;
use crate::page::chart::{Bars, ChartView, layer};
use crate::page::fold::folded;
use crate::page::format::{capital, count, counted};
use crate::page::panel::{GroupView, Panel, PanelBody, PanelLayout, PanelWidth, PartView};
use crate::page::reasons::CollectionReason;
use crate::page::scope::Scope;
use crate::page::table::{CellValue, Comparison, Table, TableRow, column};
use crate::page::window::{Window, Windows};

/// The value of a field that an event was recorded without.
const NOT_STATED: &str = "not stated";

/// Most events that the panel shows; the table has every one.
const MAX_PARTS: usize = 8;

pub(super) struct EventsPanel;

impl Panel for EventsPanel {
    fn table(&self, window: &Window<'_>) -> ReadResult<Table> {
        let columns = [
            column("event", "Event"),
            column("field", "Field"),
            column("value", "Value"),
            column("times", "Times").compared(Comparison::Count),
            column("share", "Share"),
            column("unit", "Unit"),
        ];
        let mut table = Table::of_events("Events", "events", columns);
        for line in lines(window)? {
            if line.field.is_none() {
                table.n += line.times;
            }
            let row = table.push([
                CellValue::Text(line.event),
                CellValue::or_none(line.field, CellValue::Text),
                CellValue::or_none(line.value, CellValue::Text),
                CellValue::Count(line.times),
                CellValue::or_none(line.share, CellValue::Share),
                CellValue::or_none(line.unit, CellValue::Text),
            ]);
            row.bar = line.share;
            row.link = line.link;
        }
        table.note = "A share is of the times its event happened. Counts are shown in steps of 1, 2, 5 … up to their \
                      bound; buckets and durations by the edges that the manifest declares. Not stated: recorded \
                      without this field."
            .to_owned();
        Ok(table)
    }

    /// What a manifest does not declare has no panel; an event that is no longer declared is in the table alone.
    fn layout(&self, windows: &Windows<'_>, table: &Table) -> ReadResult<Option<PanelLayout>> {
        let manifest = windows.shown.scope.manifest.as_deref();
        let declared = manifest.map_or(&[] as &[_], |manifest| &manifest.events);
        if declared.is_empty() && table.rows.is_empty() {
            return Ok(None);
        }
        let lines = compared_lines(windows)?;
        let happened = |event: &&Event| lines.iter().any(|line| line.event == event.name);
        let (mut events, never): (Vec<&Event>, Vec<&Event>) = declared.iter().partition(happened);
        events.sort_by_key(|event| Reverse(times(event, &lines)));
        let parts = events.iter().take(MAX_PARTS).map(|event| part(event, &lines, &windows.shown));
        let parts = parts.collect::<ReadResult<_>>()?;
        let summary = summary(&never, events.get(MAX_PARTS..).unwrap_or_default(), &lines);
        let body = PanelBody::Parts { parts, titles: ["Field", "Times", "Share"] };
        Ok(Some(PanelLayout { width: PanelWidth::TwoThirds, body, summary, ..PanelLayout::default() }))
    }

    fn reasons(&self, manifest: &Manifest) -> Vec<CollectionReason> {
        let reason = |event: &Event| CollectionReason::of_item(&event.info).about(&capital(&event.info.what));
        manifest.events.iter().map(reason).collect()
    }
}

/// How often an event happened, or a value of a field of it.
#[derive(Clone)]
struct Line {
    event: String,
    /// None for the event itself.
    field: Option<String>,
    value: Option<String>,
    times: u64,
    /// Of the times that the event happened; none for what happened only in the previous window.
    share: Option<f64>,
    unit: Option<String>,
    link: Option<String>,
}

/// One line an event, then one for each value of each of its fields, numbers ascending.
fn lines(window: &Window<'_>) -> ReadResult<Vec<Line>> {
    let scope = window.scope;
    let mut lines = Vec::new();
    for (event, figures) in &window.answers.events()?.by_event {
        let times = figures.times();
        lines.push(Line {
            event: event.clone(),
            field: None,
            value: None,
            times,
            share: Some(1.0),
            unit: None,
            link: Some(scope.using(&Usage::Event(event.clone()))),
        });
        for (field, values) in &figures.fields {
            let declared = declared(scope, event, field);
            let line = |value: String, n: u64| Line {
                event: event.clone(),
                field: Some(field.clone()),
                value: Some(value),
                times: n,
                share: Some(ratio(n, times)),
                unit: declared.and_then(|field| field.unit.clone()),
                link: None,
            };
            lines.extend(values.iter().map(|(value, n)| line(field_value::shown(declared, value), *n)));
            // Of a set every member is one line, so nothing is known of those without any.
            let stated = values.values().fold(0_u64, |sum, n| sum.saturating_add(*n));
            if declared.is_some_and(|field| !is_set(field)) && stated < times {
                lines.push(line(NOT_STATED.to_owned(), times - stated));
            }
        }
    }
    Ok(lines)
}

fn is_set(field: &Field) -> bool {
    matches!(field.kind, FieldKind::Set(_))
}

/// The lines of the window, and those that only the previous one has, if the two are compared.
fn compared_lines(windows: &Windows<'_>) -> ReadResult<Vec<Line>> {
    let mut all = lines(&windows.shown)?;
    if let Some(previous) = &windows.previous {
        let key = |line: &Line| (line.event.clone(), line.field.clone(), line.value.clone());
        let known: std::collections::HashSet<_> = all.iter().map(key).collect();
        let gone = lines(previous)?.into_iter().filter(|line| !known.contains(&key(line)));
        all.extend(gone.map(|line| Line { times: 0, share: None, ..line }));
    }
    Ok(all)
}

fn declared<'m>(scope: &'m Scope, event: &str, field: &str) -> Option<&'m Field> {
    let event = scope.manifest.as_deref()?.events.iter().find(|known| known.name == event)?;
    event.fields.iter().find(|known| known.name == field)
}

fn times(event: &Event, lines: &[Line]) -> u64 {
    let all = lines.iter().find(|line| line.event == event.name && line.field.is_none());
    all.map_or(0, |all| all.times)
}

/// What is said of the events that are not shown: those that never happened, and those beyond the largest.
fn summary(never: &[&Event], others: &[&Event], lines: &[Line]) -> String {
    let mut sentences = Vec::new();
    if !others.is_empty() {
        let sum: u64 = others.iter().map(|event| times(event, lines)).sum();
        let events = counted(others.len() as u64, "other event", "other events");
        sentences.push(format!("{events}: {} in all.", counted(sum, "time", "times")));
    }
    if !never.is_empty() {
        let titles: Vec<_> = never.iter().map(|event| event.info.what.as_str()).take(MAX_PARTS).collect();
        let more = never.len() - titles.len();
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        sentences.push(format!("Not once: {}{more}.", titles.join("; ")));
    }
    sentences.join(" ")
}

fn part(event: &Event, lines: &[Line], window: &Window<'_>) -> ReadResult<PartView> {
    let chart = event.info.chart;
    let lines: Vec<&Line> = lines.iter().filter(|line| line.event == event.name).collect();
    let all = lines.iter().find(|line| line.field.is_none());
    let times = all.map_or(0, |all| all.times);
    // A number and a trend say how often; their fields are in the table.
    let fields: &[Field] = if matches!(chart, Chart::Number | Chart::Trend) { &[] } else { &event.fields };
    Ok(PartView {
        title: capital(&event.info.what),
        summary: if times == 1 { "time".to_owned() } else { "times".to_owned() },
        chart: if chart == Chart::Trend { trend(&event.name, window)? } else { None },
        number: Some((count(times), all.and_then(|all| all.link.clone()))),
        groups: fields.iter().map(|field| group(field, chart, &lines)).collect(),
    })
}

fn group(field: &Field, chart: Chart, lines: &[&Line]) -> GroupView {
    let of_field = lines.iter().copied().filter(|line| line.field.as_ref() == Some(&field.name));
    let mut values: Vec<&Line> = of_field.collect();
    if chart == Chart::Share {
        values.sort_by_key(|line| Reverse(line.times));
    }
    let row = |line: &&Line| {
        let cells = [
            CellValue::or_none(line.value.clone(), CellValue::Text),
            CellValue::Count(line.times),
            CellValue::or_none(line.share, CellValue::Share),
        ];
        let bar = line.share.filter(|_| chart != Chart::Table);
        TableRow { cells: cells.into(), link: line.link.clone(), bar, ..TableRow::default() }
    };
    let times = column("times", "Times").adding();
    let share = column("share", "Share");
    let columns = [column("value", "Value"), times, if is_set(field) { share } else { share.adding() }];
    let caveat = if is_set(field) { "Several can be chosen, so shares do not make 100 %." } else { "" };
    let unit = field.unit.as_ref().map_or_else(String::new, |unit| format!(", {unit}"));
    GroupView {
        title: format!("{}{unit}", capital(field.what.as_deref().unwrap_or(&field.name))),
        rows: folded(values.iter().map(row).collect(), &columns),
        caveat,
    }
}

fn trend(event: &str, window: &Window<'_>) -> ReadResult<Option<ChartView>> {
    let events = window.answers.events()?;
    let bars = Bars::over(window.answers.question());
    let layers = vec![layer("Times", "c1", bars.sums(|day| events.on(event, day)))];
    Ok(Bars { layers, label: event.to_owned(), ..bars }.draw())
}
