//! What recorded some data, and which of it counts.

use std::sync::Arc;

use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::{Mark, Marks};
use aboveboard_types::value::Version;

/// What recorded some data.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Context {
    /// Recording component.
    pub component: Component,
    /// The product's version.
    pub version: Version,
    /// Operating system.
    pub os: Arc<str>,
    /// Architecture.
    pub arch: Arc<str>,
    /// Marks.
    pub marks: Marks,
}

/// Which contexts count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContextFilter {
    /// Only this component.
    pub component: Option<Component>,
    /// Only this version.
    pub version: Option<Version>,
    /// Only this operating system.
    pub os: Option<&'static str>,
    /// Only this architecture.
    pub arch: Option<&'static str>,
    /// Only data with such marks.
    pub marks: MarksFilter,
}

impl ContextFilter {
    /// The filter that keeps every context.
    #[must_use]
    pub fn everything() -> Self {
        Self { marks: MarksFilter::All, ..Self::default() }
    }

    /// Whether data of this context counts.
    #[must_use]
    pub fn keeps(&self, context: &Context) -> bool {
        self.marks.keeps(context.marks)
            && self.component.is_none_or(|component| component == context.component)
            && self.version.is_none_or(|version| version == context.version)
            && self.os.is_none_or(|os| os == &*context.os)
            && self.arch.is_none_or(|arch| arch == &*context.arch)
    }
}

/// Which data counts, by its marks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MarksFilter {
    /// What belongs into headline figures: see [`is_headline`].
    #[default]
    Headline,
    /// Everything.
    All,
    /// Only what carries this mark.
    Only(Mark),
}

impl MarksFilter {
    /// Whether data with these marks counts.
    #[must_use]
    pub fn keeps(self, marks: Marks) -> bool {
        match self {
            Self::Headline => is_headline(marks),
            Self::All => true,
            Self::Only(mark) => marks.has(mark),
        }
    }
}

/// The marks that keep data out of headline figures. A container is an ordinary place for a server.
const NOT_HEADLINE: [Mark; 5] = [Mark::Ci, Mark::Dev, Mark::Test, Mark::Unstable, Mark::Synthetic];

/// Whether data with these marks belongs into headline figures: not synthetic, test, CI, development or of an unstable
/// id.
#[must_use]
pub fn is_headline(marks: Marks) -> bool {
    NOT_HEADLINE.iter().all(|mark| !marks.has(*mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headline_figures_leave_out_every_mark_but_container() {
        for (mark, name) in Mark::ALL {
            let marks = Marks::default().with(mark);
            assert_eq!(is_headline(marks), mark == Mark::Container, "{name}");
            assert!(MarksFilter::All.keeps(marks));
            assert!(MarksFilter::Only(mark).keeps(marks));
            assert!(!MarksFilter::Only(mark).keeps(Marks::default()));
        }
    }
}
