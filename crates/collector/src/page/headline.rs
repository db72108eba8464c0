//! The head of the page: four large numbers, the running day, and one chart with the window before.

use aboveboard_store::calendar::Day;
use aboveboard_store::figures::activity::IntervalActivity;
use aboveboard_store::figures::headline::{Compared, ComparedShare, Headline, RunningDay};
use aboveboard_store::figures::series::Series;
use aboveboard_store::figures::{Answers, Share, ratio};
use aboveboard_store::read::ReadResult;

use super::format::{self, change, count, counted, share, short_day};
use super::panel::{self, PanelBody, PanelLayout, PanelView};
use super::panels::panel_named;
use super::query::PageQuery;
use super::series_chart::{chart, heading};
use super::window::Windows;

/// What stands above the panels.
pub(crate) struct HeadlineView {
    /// Its words, and the way to its table.
    pub(crate) panel: PanelView,
    pub(crate) numbers: Vec<NumberView>,
    /// The table that tells new, returning and gone apart.
    pub(crate) active: String,
    /// The day that is not over, apart from the numbers of whole days.
    pub(crate) running: Option<String>,
    /// How many are not yet verified.
    pub(crate) unverified: Option<String>,
    pub(crate) chart: PanelView,
}

/// A large number beside what it was before. A click follows it by day.
pub(crate) struct NumberView {
    pub(crate) title: &'static str,
    pub(crate) number: String,
    pub(crate) change: Option<String>,
    /// What it is compared with.
    pub(crate) before: String,
    /// What it is made of.
    pub(crate) summary: String,
    pub(crate) address: String,
    pub(crate) is_current: bool,
}

impl HeadlineView {
    /// None where the page has no such tables, which it always has.
    pub(crate) fn of(windows: &Windows<'_>) -> ReadResult<Option<Self>> {
        let answers = &windows.shown.answers;
        let query = &windows.shown.scope.query;
        let is_default = query.chart == Series::Active;
        let table = if is_default { "activity" } else { "series" };
        let (Some(numbers), Some(followed)) = (panel_named("headline"), panel_named(table)) else {
            return Ok(None);
        };
        let headline = answers.headline()?;
        let mut chart_panel = panel::whole(followed, windows)?;
        let question = answers.question();
        chart_panel.layout = PanelLayout {
            heading: Some(heading(query.chart, question)),
            chart: chart(answers, query.chart)?,
            body: PanelBody::Chart,
            ..PanelLayout::default()
        };
        Ok(Some(Self {
            panel: panel::whole(numbers, windows)?,
            numbers: number_views(&headline, answers, query)?,
            active: query.with(|query| query.table = Some("active".to_owned())),
            running: headline.running.map(running_words),
            unverified: unverified(answers)?,
            chart: chart_panel,
        }))
    }
}

fn number_views(
    headline: &Headline,
    answers: &Answers<'_>,
    query: &PageQuery,
) -> ReadResult<Vec<NumberView>> {
    let [_, week, month] = answers.activity()?.intervals;
    let number = |title, series: Series, number: String, change, before: String, summary: String| {
        let is_current = query.chart == series;
        // A second click leads back to who was active on each day.
        let chart = if is_current { Series::Active } else { series };
        NumberView {
            title,
            number,
            change,
            before,
            summary,
            address: query.with(|query| query.chart = chart),
            is_current,
        }
    };
    let Headline { last, begins, .. } = *headline;
    let compared = |title, series, of: Compared, days: Day, summary| {
        let Compared { now, before } = of;
        let earlier = before.filter(|before| *before > 0);
        let change = now.zip(earlier).map(|(now, before)| change(now, before));
        let words = before.map_or_else(
            || nothing_before(series, begins, last, days),
            |before| format!("{} in the {days} days before", count(before)),
        );
        let now = now.map_or_else(|| "–".to_owned(), count);
        number(title, series, now, change, words, summary)
    };
    let failing = headline.failing_7;
    Ok(vec![
        compared("Active, 28 days", Series::Active28, headline.active_28, 28, made_of(month)),
        compared("Active, 7 days", Series::Active7, headline.active_7, 7, made_of(week)),
        compared("New, 28 days", Series::New, headline.new_28, 28, "seen for the first time".to_owned()),
        number(
            "A command failed, 7 days",
            Series::Failing,
            failing
                .now
                .filter(|now| now.of > 0)
                .map_or_else(|| "–".to_owned(), |now| share(ratio(now.hits, now.of))),
            None,
            failing_before(failing, begins, last),
            failing.now.map_or_else(String::new, failing_summary),
        ),
    ])
}

/// Why there is nothing to compare with.
fn nothing_before(series: Series, begins: Option<Day>, last: Day, days: Day) -> String {
    match begins {
        None => "no data yet".to_owned(),
        Some(day) if series == Series::New && day > last - 3 * days + 1 => {
            format!("not compared: the data begins on {}, and everybody was new", short_day(day))
        }
        Some(day) if day > last - 2 * days + 1 => {
            format!("not compared: the data begins on {}", short_day(day))
        }
        Some(_) => format!("the {days} days before are not known any more"),
    }
}

/// Its parts add up: those there before and not gone are still there.
fn made_of(IntervalActivity { active, before, new, gone, .. }: IntervalActivity) -> String {
    let Some((active, new)) = active.zip(new) else { return "not known any more".to_owned() };
    let returning = active.saturating_sub(new);
    let Some((before, gone)) = before.zip(gone) else {
        return format!("{} new, {} seen before", count(new), count(returning));
    };
    let stayed = before.saturating_sub(gone);
    let back = returning.saturating_sub(stayed);
    format!(
        "{} still there, {} new, {} back after a pause; {} gone",
        count(stayed),
        count(new),
        count(back),
        count(gone)
    )
}

fn failing_before(failing: ComparedShare, begins: Option<Day>, last: Day) -> String {
    match failing.before {
        Some(Share { of: 0, .. }) => "no command ran in the 7 days before".to_owned(),
        Some(Share { hits, of }) => format!("{} in the 7 days before", share(ratio(hits, of))),
        None => nothing_before(Series::Failing, begins, last, 7),
    }
}

fn failing_summary(now: Share) -> String {
    if now.of == 0 {
        return "no command ran".to_owned();
    }
    let (low, high) = now.interval();
    format!(
        "at least one run failed for {} of {}; {} to {} at 95 %",
        count(now.hits),
        count(now.of),
        share(low),
        share(high)
    )
}

fn running_words(running: RunningDay) -> String {
    let RunningDay { active, same_hours_last_week, hour } = running;
    if hour == 0 {
        return "Today has no whole hour yet.".to_owned();
    }
    let before = same_hours_last_week.map_or_else(
        || "how many by then a week ago is not known".to_owned(),
        |before| format!("{} in the same hours a week ago", count(before)),
    );
    format!(
        "Today until {hour:02}:00: {} received, {before}.",
        counted(active, "installation", "installations")
    )
}

/// Said beside the figures and never taken out of them: one sender may be many new installations.
fn unverified(answers: &Answers<'_>) -> ReadResult<Option<String>> {
    let activity = answers.activity()?;
    Ok((activity.unverified > 0).then(|| {
        format!(
            "{} of {} in the window {} new and not yet verified, and counted.",
            count(activity.unverified),
            format::counted(activity.installations, "installation", "installations"),
            if activity.unverified == 1 { "is" } else { "are" },
        )
    }))
}
