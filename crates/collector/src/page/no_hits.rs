//! A window in which nobody is left: one sentence with what to do, instead of panels full of zeros.

use aboveboard_store::calendar::Day;
use aboveboard_store::context::{ContextFilter, MarksFilter};
use aboveboard_store::figures::reach::Reach;
use aboveboard_store::figures::{Answers, InstallationFilter, Question};
use aboveboard_store::read::ReadResult;

use super::filters::FilterChoice;
use super::format;
use super::query::{PageQuery, WINDOWS};
use super::scope::Scope;

/// What is said where nobody is left, and the ways on.
pub(crate) struct NoHits {
    pub(crate) words: String,
    pub(crate) ways: Vec<FilterChoice>,
}

impl NoHits {
    /// None where somebody was there in the window.
    pub(crate) fn of(scope: &Scope, answers: &Answers<'_>) -> ReadResult<Option<Self>> {
        let activity = answers.activity()?;
        if activity.installations > 0 || activity.days.values().any(|counted| counted.active > Some(0)) {
            return Ok(None);
        }
        let reach = answers.reach()?;
        let mut ways = ways(&scope.query, reach.has_other_marks);
        ways.splice(0..0, way_to_data(scope, &reach));
        Ok(Some(Self { words: words(scope, &reach), ways }))
    }
}

/// Why nobody is left: the window lies beside the data, all of it is marked, or the filters keep it out.
fn words(scope: &Scope, reach: &Reach) -> String {
    let days = scope.question.days;
    let window = if days.first == days.last {
        format!("on {}", format::long_day(days.last))
    } else {
        format!("from {} to {}", format::long_day(days.first), format::long_day(days.last))
    };
    match (reach.all, reach.before) {
        (Some(all), _) if days.last < all.first => format!(
            "The window ends on {}, and the first day with data is {}.",
            format::long_day(days.last),
            format::long_day(all.first)
        ),
        (Some(all), _) if days.first > all.last => {
            format!("Nothing has been recorded since {}.", format::long_day(all.last))
        }
        (Some(_), Some(before)) if !reach.is_in_window => format!(
            "Nothing was recorded {window}; the last day with data before is {}.",
            format::long_day(before)
        ),
        _ if is_kept_out(&scope.query, reach) => format!(
            "Everything that was recorded {window} is marked as synthetic, test, CI, development or the like, and left out of \
             headline figures."
        ),
        _ => {
            let filters = if is_filtered(&scope.query) { " under these filters" } else { "" };
            format!("No installation was active {window}{filters}.")
        }
    }
}

/// Whether marks alone keep everything out.
fn is_kept_out(query: &PageQuery, reach: &Reach) -> bool {
    reach.has_other_marks && !is_filtered(query)
}

/// The nearest window that has data, where this one lies beside it.
fn way_to_data(scope: &Scope, reach: &Reach) -> Option<FilterChoice> {
    let Question { days, today, .. } = scope.question;
    let all = reach.all?;
    let until = |day: Day| scope.query.with(|query| query.until = Some(day));
    if days.last < all.first {
        let last = (all.first + scope.question.length() - 1).min(today);
        Some(way("Look at the first days with data", until(last)))
    } else if !reach.is_in_window {
        reach.before.map(|before| way("Look at the last days with data", until(before)))
    } else {
        None
    }
}

fn way(title: &str, address: String) -> FilterChoice {
    FilterChoice { title: title.to_owned(), address, current: false, hint: String::new() }
}

/// The same days of the product with nothing kept out that is not kept out without a filter, or nothing at all.
fn unfiltered(query: &PageQuery) -> PageQuery {
    let marks =
        if query.contexts.marks == MarksFilter::All { MarksFilter::All } else { MarksFilter::default() };
    let contexts = ContextFilter { marks, ..ContextFilter::default() };
    PageQuery { contexts, installations: InstallationFilter::default(), ..query.clone() }
}

pub(crate) fn is_filtered(query: &PageQuery) -> bool {
    unfiltered(query) != *query
}

/// Fewer filters, a longer window, the newest days, everything: each only where it asks for more.
fn ways(query: &PageQuery, is_left_out: bool) -> Vec<FilterChoice> {
    let mut ways = Vec::new();
    if is_filtered(query) {
        ways.push(way("Remove every filter", unfiltered(query).address()));
    }
    if is_left_out && query.contexts.marks == MarksFilter::default() {
        ways.push(way("Show everything", query.with(|query| query.contexts.marks = MarksFilter::All)));
    }
    let longest = WINDOWS[WINDOWS.len() - 1];
    if query.window() < longest {
        ways.push(way("Look at a year", query.with(|query| query.days = Some(longest))));
    }
    if query.until.is_some() {
        ways.push(way("Look at the newest days", query.with(|query| query.until = None)));
    }
    ways
}
