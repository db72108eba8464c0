//! Every problem found on the way through a file.

use std::cell::RefCell;
use std::ops::Range;

use crate::problem::{Explanation, Problem, SourceText, explain};

/// Bytes of the file, from its start.
pub(super) type Span = Range<usize>;

/// Collects the problems of one file, so that reading goes on after each.
pub(super) struct Diagnostics<'s> {
    pub(super) source: &'s SourceText,
    problems: RefCell<Vec<Problem>>,
}

impl<'s> Diagnostics<'s> {
    pub(super) fn new(source: &'s SourceText) -> Self {
        Self { source, problems: RefCell::default() }
    }

    pub(super) fn error(&self, span: &Span, explanation: Explanation) {
        self.problems.borrow_mut().push(self.source.error(span, explanation));
    }

    /// The same from its three sentences.
    pub(super) fn report(
        &self,
        span: &Span,
        what: impl Into<String>,
        why: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.error(span, explain(what, why, remedy));
    }

    /// Every problem in the order of the file.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|problem| (problem.line, problem.column));
        problems
    }
}
