//! What is wrong with a manifest, with its place, its reason and its remedy.

use std::fmt;
use std::ops::Range;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The manifest is refused everywhere.
    Error,
    /// `manifest check` fails; it compiles, and can be silenced in place with a reason.
    Lint,
}

/// One problem at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// The lint that found it; `None` for an error of the grammar.
    pub lint: Option<&'static str>,
    /// The file as the caller named it.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub what: String,
    /// Why that matters.
    pub why: String,
    /// What to do.
    pub remedy: String,
    source: String,
    width: usize,
}

/// What a problem says: what is wrong, why it matters, what to do about it.
pub(crate) struct Explanation {
    pub(crate) what: String,
    pub(crate) why: String,
    pub(crate) remedy: String,
}

/// An explanation from its three sentences.
pub(crate) fn explain(
    what: impl Into<String>,
    why: impl Into<String>,
    remedy: impl Into<String>,
) -> Explanation {
    Explanation { what: what.into(), why: why.into(), remedy: remedy.into() }
}

/// A file's name and text, in which problems have their places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SourceText {
    pub(crate) file: String,
    pub(crate) text: String,
}

impl SourceText {
    pub(crate) fn error(&self, span: &Range<usize>, explanation: Explanation) -> Problem {
        self.problem(None, span, explanation)
    }

    pub(crate) fn problem(
        &self,
        lint: Option<&'static str>,
        span: &Range<usize>,
        explanation: Explanation,
    ) -> Problem {
        let start = floor(&self.text, span.start);
        let begin = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let end = self.text[start..].find('\n').map_or(self.text.len(), |at| start + at);
        let stop = floor(&self.text, span.end).clamp(start, end.max(start));
        Problem {
            severity: if lint.is_some() { Severity::Lint } else { Severity::Error },
            lint,
            file: self.file.clone(),
            line: self.text[..start].matches('\n').count() + 1,
            column: self.text[begin..start].chars().count() + 1,
            what: explanation.what,
            why: explanation.why,
            remedy: explanation.remedy,
            source: self.text[begin..end].trim_end().to_owned(),
            width: self.text[start..stop].chars().count().max(1),
        }
    }
}

/// The nearest border of a character at or below `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let margin = " ".repeat(self.line.to_string().len());
        match self.lint {
            None => writeln!(f, "error: {}", self.what)?,
            Some(lint) => writeln!(f, "lint[{lint}]: {}", self.what)?,
        }
        writeln!(f, "{margin}--> {}:{}:{}", self.file, self.line, self.column)?;
        writeln!(f, "{margin} |")?;
        writeln!(f, "{} | {}", self.line, self.source)?;
        let indent = " ".repeat(self.column - 1);
        writeln!(f, "{margin} | {indent}{}", "^".repeat(self.width))?;
        writeln!(f, "{margin} = why: {}", self.why)?;
        write!(f, "{margin} = remedy: {}", self.remedy)
    }
}

impl std::error::Error for Problem {}
