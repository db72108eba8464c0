//! A window in which nobody is left: one sentence with what to do, instead of panels full of zeros.

use aboveboard_store::context::{ContextFilter, MarksFilter};
use aboveboard_store::figures::Answers;
use aboveboard_store::figures::InstallationFilter;
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
    pub(crate) fn of(scope: &Scope, answers: &Answers<'_>, is_left_out: bool) -> ReadResult<Option<Self>> {
        let activity = answers.activity()?;
        if activity.installations > 0 || activity.days.values().any(|counted| counted.active > Some(0)) {
            return Ok(None);
        }
        let days = scope.question.days;
        let words = format!(
            "No installation was active {}{}.",
            if days.first == days.last {
                format!("on {}", format::long_day(days.last))
            } else {
                format!("from {} to {}", format::long_day(days.first), format::long_day(days.last))
            },
            if is_filtered(&scope.query) { " under these filters" } else { "" }
        );
        Ok(Some(Self { words, ways: ways(&scope.query, is_left_out) }))
    }
}

/// The same days of the product with nothing kept out that is not kept out without a filter, or nothing at all.
fn unfiltered(query: &PageQuery) -> PageQuery {
    let marks =
        if query.contexts.marks == MarksFilter::All { MarksFilter::All } else { MarksFilter::default() };
    let contexts = ContextFilter { marks, ..ContextFilter::default() };
    PageQuery { contexts, installations: InstallationFilter::default(), ..query.clone() }
}

fn is_filtered(query: &PageQuery) -> bool {
    unfiltered(query) != *query
}

/// Fewer filters, a longer window, the newest days, everything: each only where it asks for more.
fn ways(query: &PageQuery, is_left_out: bool) -> Vec<FilterChoice> {
    let way = |title: &str, address: String| FilterChoice {
        title: title.to_owned(),
        address,
        current: false,
        hint: String::new(),
    };
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
