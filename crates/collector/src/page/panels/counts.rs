//! How large installations are: each count in the form that its manifest asks for.

use aboveboard_manifest::{Chart, Count, Manifest};
use aboveboard_store::figures::counts::{CountGroup, CountSizes, SizeGroup, bands};
use aboveboard_store::figures::{SizeFilter, ratio};
use aboveboard_store::read::ReadResult;

use crate::page::filter_text::band;
use crate::page::format::{self, capital};
use crate::page::panel::{GroupView, Panel, PanelBody, PanelLayout, PanelWidth, PartView};
use crate::page::query::PageQuery;
use crate::page::reasons::CollectionReason;
use crate::page::scope::Scope;
use crate::page::table::{CellValue, Table, TableRow, column};
use crate::page::window::{Window, Windows};

pub(super) struct CountsPanel;

impl Panel for CountsPanel {
    /// Every count: what it comes to in each band or entry.
    fn table(&self, window: &Window<'_>) -> ReadResult<Table> {
        let columns = [
            column("count", "Count"),
            column("band", "Band"),
            column("installations", "Installations"),
            column("share", "Share"),
            column("total", "Total"),
            column("median", "Median"),
            column("p90", "90 %"),
        ];
        let mut table = Table::new("How large installations are", "installations that reported", columns);
        let counts = window.answers.counts()?;
        for sizes in &counts.counts {
            for group in &sizes.groups {
                let row = table.push([
                    CellValue::text(&sizes.count),
                    CellValue::Text(name(&group.group)),
                    CellValue::Count(group.installations),
                    CellValue::Share(share(group)),
                    CellValue::or_none(group.total, CellValue::Count),
                    CellValue::or_none(group.median, CellValue::Count),
                    CellValue::or_none(group.p90, CellValue::Count),
                ]);
                row.bar = Some(share(group));
                row.link = link(&sizes.count, &group.group, window.scope);
            }
        }
        table.n = counts.installations;
        table.note =
            "The last report of each installation in the window. Median and 90 % are over installations: \
                      half, and nine in ten, have at most this many. In a total the hundredth with the largest numbers, \
                      and at least as many as the square root of their number, weighs as much as the next one below, so \
                      that no few senders decide it; where one alone of several has any, there is none. A count that is rounded down to an \
                      edge before it is recorded has no total, and its median and 90 % are edges: the least number of a \
                      band."
                .to_owned();
        let question = window.answers.question();
        if question.days.last < question.today {
            table.note.push_str(
                " Only the last report is kept: who has reported since the end of the window is not counted here.",
            );
        }
        Ok(table)
    }

    fn layout(&self, windows: &Windows<'_>, _table: &Table) -> ReadResult<Option<PanelLayout>> {
        let scope = windows.shown.scope;
        let counts = windows.shown.answers.counts()?;
        let declared = scope.manifest.as_deref().map_or(&[] as &[_], |manifest| &manifest.counts);
        let is_reported = |sizes: &CountSizes| sizes.groups.iter().any(|group| group.of > 0);
        let (reported, silent): (Vec<_>, Vec<_>) =
            declared.iter().zip(&counts.counts).partition(|(_, sizes)| is_reported(sizes));
        let parts: Vec<_> = reported.into_iter().map(|(count, sizes)| part(count, sizes, scope)).collect();
        let width = if parts.len() <= 2 { PanelWidth::Half } else { PanelWidth::Whole };
        let silent: Vec<_> = silent.into_iter().map(|(count, _)| count.info.what.as_str()).collect();
        let summary = if silent.is_empty() {
            String::new()
        } else {
            format!("Reported by nobody in this window: {}.", silent.join("; "))
        };
        let body = PanelBody::Parts { parts, titles: ["Band", "Installations", "Share"] };
        Ok(Some(PanelLayout { width, body, summary, ..PanelLayout::default() }))
    }

    fn reasons(&self, manifest: &Manifest) -> Vec<CollectionReason> {
        let reason = |count: &Count| CollectionReason::of_item(&count.info).about(&capital(&count.info.what));
        manifest.counts.iter().map(reason).collect()
    }

    fn unreached(&self, query: &PageQuery) -> &'static str {
        if query.is_compared {
            "Not compared: only the last report of each installation is kept, so there is no previous window to compare with."
        } else {
            ""
        }
    }
}

fn part(count: &Count, sizes: &CountSizes, scope: &Scope) -> PartView {
    let is_number = count.info.chart == Chart::Number;
    let all = sizes.groups.iter().find(|group| group.group == CountGroup::All);
    let is_rounded = count.travels_as_edge();
    let shown = |part: &str, rest: &str, number: Option<u64>| match number
        .map(|number| (number, end_of_band(count, number)))
    {
        Some((from, None)) if is_rounded => format!("{rest} {} or more", format::count(from)),
        Some((_, Some(to))) if is_rounded => format!("{part} {} or fewer", format::count(to)),
        _ => format!("{part} at most {}", CellValue::or_none(number, CellValue::Count).shown()),
    };
    let total = all.and_then(|all| all.total).map(|total| CellValue::Count(total).shown());
    let quantiles = all.map(|all| {
        let half = shown("half have", "at least half have", all.median);
        format!("{half}, {}", shown("nine in ten have", "at least one in ten has", all.p90))
    });
    let summary = match (&total, quantiles) {
        (Some(total), Some(quantiles)) if !is_number => format!("at least {total} in all; {quantiles}"),
        (Some(_), Some(quantiles)) => format!("at least, in all; {quantiles}"),
        (None, Some(quantiles)) => quantiles,
        (_, None) => String::new(),
    };
    let groups = sizes.groups.iter().filter(|group| group.group != CountGroup::All);
    let rows: Vec<_> = groups.map(|group| row(&sizes.count, group, scope)).collect();
    let caveat = if count.by.is_empty() { "" } else { "One may have several: shares do not make 100 %." };
    PartView {
        title: capital(&count.info.what),
        summary,
        chart: None,
        number: total.filter(|_| is_number).map(|total| (total, None)),
        groups: vec![GroupView { title: String::new(), rows, caveat }],
    }
}

/// The end of the band that a number is in; none of the last. It need not be an edge: an older revision may have had others, or
/// none.
fn end_of_band(count: &Count, number: u64) -> Option<u64> {
    bands(&count.edges).take_while(|(from, _)| *from <= number).last().and_then(|(_, to)| to)
}

fn row(count: &str, group: &SizeGroup, scope: &Scope) -> TableRow {
    let share = share(group);
    let cells =
        [CellValue::Text(name(&group.group)), CellValue::Count(group.installations), CellValue::Share(share)];
    let link = link(count, &group.group, scope);
    TableRow { cells: cells.into(), link, bar: Some(share), ..TableRow::default() }
}

fn share(group: &SizeGroup) -> f64 {
    ratio(group.installations, group.of)
}

fn name(group: &CountGroup) -> String {
    match group {
        CountGroup::All => "all".to_owned(),
        CountGroup::Band(from, to) => band(*from, *to),
        CountGroup::Entry(entry) => entry.clone(),
    }
}

/// The page of the installations of a group.
fn link(count: &str, group: &CountGroup, scope: &Scope) -> Option<String> {
    let (entry, from, to) = match group {
        CountGroup::All => return None,
        CountGroup::Band(from, to) => (None, *from, *to),
        CountGroup::Entry(entry) => (Some(entry.clone()), 1, None),
    };
    Some(scope.sized(&SizeFilter { count: count.to_owned(), entry, from, to }))
}
