//! What is said of one product, from the same figures and in the same words as on its page.

use aboveboard_store::calendar::Day;
use aboveboard_store::figures::changes::{Change, Since};
use aboveboard_store::figures::headline::{Compared, Headline};
use aboveboard_store::figures::{Share, ratio};
use aboveboard_store::read::{ReadResult, Snapshot};

use super::content::{Line, ProductDigest, Rows, Section, Tone};
use crate::page::format::{change, count, counted, long_day, share};
use crate::page::health;
use crate::page::left_out::left_out;
use crate::page::panel::ChangeView;
use crate::page::panels::{none, panel_named, sentence};
use crate::page::state::PageState;
use crate::page::table::{CellValue, Table, TableRow};
use crate::page::window::Window;

/// The digest of the product of this window. `page` is the address of the page, where the asker knows it.
pub(super) fn of_product(
    state: &PageState,
    snapshot: &dyn Snapshot,
    window: &Window<'_>,
    page: Option<&str>,
) -> ReadResult<ProductDigest> {
    let id = &window.scope.question.product;
    let name = window.scope.title();
    let mut numbers = numbers(&window.answers.headline()?);
    let left_out = left_out(window.scope, &snapshot.totals(id)?);
    numbers.lines.extend(left_out.map(|(words, _)| plain(words)));
    let mut sections = vec![health(state, window)?, numbers, changes(window)?];
    sections.extend(release(window)?);
    sections.extend(funnels(window)?);
    Ok(ProductDigest {
        title: if name == id { name.to_owned() } else { format!("{name} ({id})") },
        sections,
        links: page.map_or_else(Vec::new, |page| links(window, page)),
    })
}

/// The last day that is told of.
pub(super) fn until(window: &Window<'_>) -> ReadResult<Day> {
    Ok(window.answers.headline()?.last)
}

fn health(state: &PageState, window: &Window<'_>) -> ReadResult<Section> {
    let health = window.answers.health((state.now)(), &state.outages.list())?;
    let messages = health::of_product(state, window.scope, &health);
    let lines = messages.iter().map(Line::of_health).collect();
    Ok(Section { title: "Health".to_owned(), lines, table: None })
}

fn numbers(headline: &Headline) -> Section {
    let Headline { active_28, active_7, new_28, failing_7, running, .. } = headline;
    let row = |title: &str, Compared { now, before }: Compared| {
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
        let change = now.zip(before).map(|(now, before)| change(now, before));
        vec![title.to_owned(), or_dash(now.map(count)), or_dash(before.map(count)), or_dash(change)]
    };
    let failing = failing_7.now.map(|now| plain(failing(now, failing_7.before)));
    let mut lines: Vec<Line> = failing.into_iter().collect();
    lines.extend(running.map(|running| {
        let so_far = format!(
            "Today until {:02}:00 UTC: {}",
            running.hour,
            counted(running.active, "installation", "installations")
        );
        match running.same_hours_last_week {
            Some(before) => plain(format!("{so_far}; {} in the same hours a week ago.", count(before))),
            None => plain(format!("{so_far}.")),
        }
    }));
    let rows = vec![
        row("Active installations, 28 days", *active_28),
        row("Active installations, 7 days", *active_7),
        row("New installations, 28 days", *new_28),
    ];
    let columns = ["Whole days", "Now", "Before", "Change"].map(str::to_owned).to_vec();
    Section { title: "Numbers".to_owned(), lines, table: Some(Rows { columns, rows }) }
}

/// `Commands failed for 12 of 340 installations that ran any in 7 days: 3.5 % (2.0 % to 6.1 %), after 3.1 % in the 7 days
/// before.`
fn failing(now: Share, before: Option<Share>) -> String {
    if now.of == 0 {
        return "No installation ran a command in 7 days.".to_owned();
    }
    let (low, high) = now.interval();
    let after = before.filter(|before| before.of > 0).map_or_else(String::new, |before| {
        format!(", after {} in the 7 days before", share(ratio(before.hits, before.of)))
    });
    format!(
        "Commands failed for {} of {} that ran any in 7 days: {} ({} to {}){after}.",
        count(now.hits),
        counted(now.of, "installation", "installations"),
        share(ratio(now.hits, now.of)),
        share(low),
        share(high)
    )
}

fn changes(window: &Window<'_>) -> ReadResult<Section> {
    let changes = window.answers.changes()?;
    let line = |change: &Change| {
        let ChangeView { tone, what, .. } = sentence(change, changes);
        let when = match change.since {
            Since::Yesterday => long_day(changes.last),
            Since::LastWeek => format!("Seven days up to {}", long_day(changes.last)),
        };
        Line { tone: if tone == "bad" { Tone::Bad } else { Tone::Plain }, text: format!("{when}: {what}") }
    };
    let mut lines: Vec<Line> = changes.found.iter().map(line).collect();
    if lines.is_empty() {
        lines.push(plain(none(changes)));
    }
    Ok(Section { title: "What changed".to_owned(), lines, table: None })
}

/// The newest release beside the one before it; none where too few run one.
fn release(window: &Window<'_>) -> ReadResult<Option<Section>> {
    let Some(table) = table("releases", window)?.filter(|table| !table.rows.is_empty()) else {
        return Ok(None);
    };
    let rows = picked(&table, &table.rows, ["what", "newest", "before", "verdict"]);
    Ok(Some(Section { title: table.title.to_owned(), lines: Vec::new(), table: Some(rows) }))
}

/// Each funnel that the manifest declares.
fn funnels(window: &Window<'_>) -> ReadResult<Vec<Section>> {
    let Some(table) = table("funnels", window)? else { return Ok(Vec::new()) };
    let name = |row: &TableRow| row.cells.first().map(CellValue::shown).unwrap_or_default();
    let mut sections = Vec::new();
    for steps in table.rows.chunk_by(|one, other| name(one) == name(other)) {
        let title = format!("Funnel: {}", steps.first().map(name).unwrap_or_default());
        // A share of the first step is there where somebody took that.
        let is_begun =
            steps.iter().flat_map(|row| &row.cells).any(|cell| matches!(cell, CellValue::Estimate(_)));
        sections.push(if is_begun {
            let rows = picked(&table, steps, ["what", "installations", "of_first", "stopped"]);
            Section { title, lines: Vec::new(), table: Some(rows) }
        } else {
            let days = window.scope.query.window();
            let lines = vec![plain(format!("No installation began it in the last {days} days."))];
            Section { title, lines, table: None }
        });
    }
    Ok(sections)
}

/// The table of a panel, as the page has it.
fn table(name: &str, window: &Window<'_>) -> ReadResult<Option<Table>> {
    panel_named(name).map(|(_, panel)| panel.table(window)).transpose()
}

/// These columns of some rows.
fn picked<const N: usize>(table: &Table, rows: &[TableRow], keys: [&str; N]) -> Rows {
    let at: Vec<usize> =
        keys.iter().filter_map(|key| table.columns.iter().position(|column| column.key == *key)).collect();
    let cell = |row: &TableRow, at: &usize| row.cells.get(*at).map(CellValue::shown).unwrap_or_default();
    Rows {
        columns: at.iter().map(|at| table.columns[*at].title.clone()).collect(),
        rows: rows.iter().map(|row| at.iter().map(|at| cell(row, at)).collect()).collect(),
    }
}

/// The page of the product, and its parts that this digest tells of.
fn links(window: &Window<'_>, page: &str) -> Vec<(String, String)> {
    let of = |table: Option<&str>| {
        let address = window.scope.query.with(|query| query.table = table.map(str::to_owned));
        format!("{page}/{}", address.trim_start_matches("./"))
    };
    vec![
        ("The page".to_owned(), of(None)),
        ("Commands and how often they fail".to_owned(), of(Some("commands"))),
        ("How good the data is".to_owned(), of(Some("quality"))),
    ]
}

fn plain(text: String) -> Line {
    Line { tone: Tone::Plain, text }
}
