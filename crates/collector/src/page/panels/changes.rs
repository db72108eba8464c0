//! What changed: the few sentences that a maintainer would want to hear in the morning.

use aboveboard_store::figures::changes::{Finding, Since, Tone};
use aboveboard_store::figures::{Answers, ratio};
use aboveboard_store::read::ReadResult;
use aboveboard_types::event::Ending;

use super::quality;
use crate::page::format::{change, count, counted, share, short_day};
use crate::page::panel::{ChangeView, Panel, PanelBody, PanelLayout};
use crate::page::table::{CellValue, Table, column};
use crate::page::window::{Window, Windows};

pub(super) struct ChangesPanel;

impl Panel for ChangesPanel {
    /// `kind` is one of `good`, `bad`, `plain`; `since` is `yesterday` or `last week`.
    fn table(&self, window: &Window<'_>) -> ReadResult<Table> {
        let columns = [column("kind", "Kind"), column("since", "Since"), column("what", "What changed")];
        let mut table = Table::new("What changed", "installations", columns);
        for change in sentences(&window.answers)? {
            table.push([
                CellValue::text(change.tone),
                CellValue::text(change.since),
                CellValue::Text(change.what),
            ]);
        }
        table.n = window.answers.activity()?.intervals[1].active;
        table.note =
            "Since yesterday is yesterday and today; since last week is the last 7 days. Shares are said to \
                      differ where their 95 % intervals do not meet; fewer than 20 of anything are not spoken of."
                .to_owned();
        Ok(table)
    }

    fn why(&self) -> &'static str {
        "Made of the panels below; nothing is collected for it."
    }

    fn layout(&self, windows: &Windows<'_>, _table: &Table) -> ReadResult<Option<PanelLayout>> {
        let body = PanelBody::Changes(sentences(&windows.shown.answers)?);
        Ok(Some(PanelLayout { body, has_all_rows: true, ..PanelLayout::default() }))
    }
}

fn sentences(answers: &Answers<'_>) -> ReadResult<Vec<ChangeView>> {
    let sentence = |change: &aboveboard_store::figures::changes::Change| ChangeView {
        tone: match change.tone {
            Tone::Good => "good",
            Tone::Bad => "bad",
            Tone::Plain => "plain",
        },
        since: match change.since {
            Since::Yesterday => "yesterday",
            Since::LastWeek => "last week",
        },
        what: words(&change.finding),
    };
    Ok(answers.changes()?.iter().map(sentence).collect())
}

fn words(finding: &Finding) -> String {
    match finding {
        Finding::Nobody => "No installation was active under these filters.".to_owned(),
        Finding::Active(week) => format!(
            "{} active, {} on the week before: {} new, {} not seen again.",
            counted(week.active, "installation", "installations"),
            change(week.active, week.before.unwrap_or(0)),
            count(week.new),
            count(week.gone.unwrap_or(0))
        ),
        Finding::VersionArrived { version, day, share: of_installations } => format!(
            "Version {version} arrived on {}: {} of installations run it.",
            short_day(*day),
            share(*of_installations)
        ),
        Finding::Ending { command, ending, is_more, now, before } => format!(
            "“{command}” {} {} often: {} of {} runs, after {} in the four weeks before.",
            if *ending == Ending::Unfinished { "is left unfinished" } else { "fails" },
            if *is_more { "more" } else { "less" },
            share(ratio(now.0, now.1)),
            count(now.1),
            share(ratio(before.0, before.1))
        ),
        Finding::CohortLost { week, now, before } => format!(
            "Of {} first seen in the week of {}, {} came back the week after; of those before them, {}.",
            counted(now.1, "installation", "installations"),
            short_day(*week),
            share(ratio(now.0, now.1)),
            share(ratio(before.0, before.1))
        ),
        Finding::Noted(note, times) => {
            format!("{}: {} in the window.", quality::title(*note), count(*times))
        }
    }
}
