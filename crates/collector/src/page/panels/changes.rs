//! What changed: the few sentences that a maintainer would want to hear in the morning.

use aboveboard_store::figures::changes::{Change, Changes, Finding, Since, Tone};
use aboveboard_store::figures::{Share, ratio};
use aboveboard_store::read::ReadResult;
use aboveboard_types::event::Ending;

use crate::page::format::{count, counted, long_day, share, short_day};
use crate::page::panel::{ChangeView, ChangesView, Panel, PanelBody, PanelLayout};
use crate::page::table::{CellValue, Table, column};
use crate::page::window::{Window, Windows};

pub(super) struct ChangesPanel;

impl Panel for ChangesPanel {
    /// `kind` is one of `good`, `bad`, `plain`; `since` is `yesterday` or `last week`.
    fn table(&self, window: &Window<'_>) -> ReadResult<Table> {
        let columns = [
            column("kind", "Kind"),
            column("since", "Since"),
            column("what", "What changed"),
            column("until", "Until"),
            column("now", "Installations"),
            column("of", "Of"),
            column("before", "Before"),
            column("of_before", "Of before"),
        ];
        let mut table = Table::new("What changed", "installations", columns);
        let changes = window.answers.changes()?;
        for change in &changes.found {
            let ChangeView { tone, what, .. } = sentence(change, changes);
            let since = match change.since {
                Since::Yesterday => "yesterday",
                Since::LastWeek => "last week",
            };
            let [now, of, before, of_before] =
                numbers(&change.finding).map(|number| CellValue::or_none(number, CellValue::Count));
            table.push([
                CellValue::text(tone),
                CellValue::text(since),
                CellValue::Text(what),
                CellValue::Day(changes.last),
                now,
                of,
                before,
                of_before,
            ]);
        }
        table.n = changes.active;
        table.note = format!(
            "{} Whatever window is chosen. A change is told where chance explains it in no more than one look of forty, all \
             comparisons together, and where it concerns twenty installations or more. An installation counts from two days, or two \
             report intervals of a server, after its first receipt on.",
            if changes.is_ready() { compared(changes) } else { none(changes) }
        );
        Ok(table)
    }

    fn why(&self) -> &'static str {
        "Made of what the panels below show; nothing is collected for it."
    }

    fn layout(&self, windows: &Windows<'_>, _table: &Table) -> ReadResult<Option<PanelLayout>> {
        let changes = windows.shown.answers.changes()?;
        let list = changes.found.iter().map(|change| sentence(change, changes)).collect();
        let body = PanelBody::Changes(ChangesView { list, none: none(changes) });
        Ok(Some(PanelLayout { body, has_all_rows: true, ..PanelLayout::default() }))
    }
}

/// What is compared.
fn compared(changes: &Changes) -> String {
    let weeks = weeks(changes);
    format!(
        "Installations by the day on which something of them was received: {} beside the same weekday of {weeks}, and the seven \
         days up to it beside {weeks}.",
        long_day(changes.last)
    )
}

fn weeks(changes: &Changes) -> &'static str {
    match changes.weeks {
        2 => "the two weeks before",
        3 => "the three weeks before",
        _ => "the four weeks before",
    }
}

/// What is said where nothing is.
pub(crate) fn none(changes: &Changes) -> String {
    match changes.ready {
        _ if changes.is_ready() => {
            let last = long_day(changes.last);
            let weeks = weeks(changes);
            format!(
                "Nothing left its usual range: neither {last}, beside the same weekday of {weeks}, nor the seven days up to it, \
                 beside {weeks}."
            )
        }
        Some(ready) => format!(
            "There is not enough history yet: what changed is told from {} on, when there are three whole weeks.",
            long_day(ready)
        ),
        None => "There is no history yet: what changed is told after three whole weeks.".to_owned(),
    }
}

/// A change in words; `changes` say when it was compared, and with how many weeks.
pub(crate) fn sentence(change: &Change, changes: &Changes) -> ChangeView {
    ChangeView {
        tone: match change.tone {
            Tone::Good => "good",
            Tone::Bad => "bad",
            Tone::Plain => "plain",
        },
        since: match change.since {
            Since::Yesterday => format!("on {}", long_day(changes.last)),
            Since::LastWeek => format!("in the seven days up to {}", long_day(changes.last)),
        },
        what: words(change, weeks(changes)),
    }
}

fn words(change: &Change, weeks: &str) -> String {
    let earlier = match change.since {
        Since::Yesterday => format!("on the same weekday of {weeks}"),
        Since::LastWeek => format!("in {weeks}"),
    };
    match &change.finding {
        Finding::Nobody => "Nothing was received under these filters in five weeks.".to_owned(),
        Finding::Active { now, before } => format!(
            "{}{} sent something; {} {earlier}, on average.",
            if now < before { "Only " } else { "" },
            counted(*now, "installation", "installations"),
            count(*before)
        ),
        Finding::VersionArrived { version, day, now } => {
            format!("Version {version}, first seen on {}, is run by {}.", short_day(*day), some_of(*now))
        }
        Finding::Ending { command, ending, is_more, now, before } => format!(
            "“{command}” {} {}{}; {} {earlier}.",
            fate(*ending),
            if *is_more { "" } else { "only " },
            some_of(*now),
            share(ratio(before.hits, before.of))
        ),
        Finding::CohortLost { now, before } => format!(
            "Only {} that were new two weeks ago came back within seven days; {} of those of the three weeks before.",
            some_of(*now),
            share(ratio(before.hits, before.of))
        ),
        Finding::ReleaseWorse { newest, previous, ending, now, before } => format!(
            "With {newest} a command {} {}; with {previous}, {} of {} ({}).",
            fate(*ending),
            some_of(*now),
            count(before.hits),
            count(before.of),
            share(ratio(before.hits, before.of))
        ),
    }
}

fn fate(ending: Ending) -> &'static str {
    if ending == Ending::Unfinished { "is left unfinished for" } else { "fails for" }
}

/// `61 of 300 installations (20.3 %)`
fn some_of(some: Share) -> String {
    format!(
        "{} of {} ({})",
        count(some.hits),
        counted(some.of, "installation", "installations"),
        share(ratio(some.hits, some.of))
    )
}

/// Now, of how many, before, of how many.
fn numbers(finding: &Finding) -> [Option<u64>; 4] {
    match finding {
        Finding::Nobody => [None; 4],
        Finding::Active { now, before } => [Some(*now), None, Some(*before), None],
        Finding::VersionArrived { now, .. } => [Some(now.hits), Some(now.of), None, None],
        Finding::Ending { now, before, .. }
        | Finding::CohortLost { now, before }
        | Finding::ReleaseWorse { now, before, .. } => {
            [Some(now.hits), Some(now.of), Some(before.hits), Some(before.of)]
        }
    }
}
