//! From when to when there is data: what is to be said of a window in which there is none.

use super::super::context::{ContextFilter, MarksFilter};
use super::super::read::{Days, ReadResult, Selection, Snapshot};
use super::question::Question;
use crate::calendar::Day;

/// Where the data of a product lies beside a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// The first and the last day of any data, whatever its marks; none where there is no day.
    pub all: Option<Days>,
    /// The last day with data before the window.
    pub before: Option<Day>,
    /// Whether any day of the window has data, whatever its context.
    pub is_in_window: bool,
    /// Whether what is asked for would be there with other marks.
    pub has_other_marks: bool,
}

impl Reach {
    pub(super) fn gather(snapshot: &dyn Snapshot, question: &Question) -> ReadResult<Self> {
        let mut days = snapshot.row_days(&question.product, Days::ALL)?;
        days.extend(snapshot.retired_days(&question.product, Days::ALL)?);
        let first = days.iter().min().copied();
        let last = days.iter().max().copied();
        let window = question.days;
        let with_any_marks = ContextFilter { marks: MarksFilter::All, ..question.contexts.clone() };
        let wanted = Selection { contexts: &with_any_marks, ..question.selection() };
        let mut has_other_marks = false;
        snapshot.active(&wanted, &mut |_, _, set| has_other_marks |= !set.is_empty())?;
        Ok(Self {
            all: first.zip(last).map(|(first, last)| Days { first, last }),
            before: days.iter().filter(|day| **day < window.first).max().copied(),
            is_in_window: days.iter().any(|day| (window.first..=window.last).contains(day)),
            has_other_marks,
        })
    }
}
