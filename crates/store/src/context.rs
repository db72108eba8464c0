//! What recorded some data, and which of it counts.

use std::sync::Arc;

use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::{CodingAgents, Mark, Marks};
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarksFilter {
    /// What belongs into headline figures: see [`is_headline`].
    Headline(CodingAgents),
    /// Everything.
    All,
    /// Only what carries this mark.
    Only(Mark),
}

impl Default for MarksFilter {
    fn default() -> Self {
        Self::Headline(CodingAgents::default())
    }
}

impl MarksFilter {
    /// The same filter for a product whose headline figures count coding agents so.
    #[must_use]
    pub fn of_product(self, agents: CodingAgents) -> Self {
        if matches!(self, Self::Headline(_)) { Self::Headline(agents) } else { self }
    }

    /// Whether data with these marks counts.
    #[must_use]
    pub fn keeps(self, marks: Marks) -> bool {
        match self {
            Self::Headline(agents) => is_headline(marks, agents),
            Self::All => true,
            Self::Only(mark) => marks.has(mark),
        }
    }
}

/// The marks that keep data out of headline figures of every product. A container is an ordinary place for a server.
const NOT_HEADLINE: [Mark; 5] = [Mark::Ci, Mark::Dev, Mark::Test, Mark::Unstable, Mark::Synthetic];

/// Whether data with these marks belongs into headline figures: not synthetic, test, CI, development or of an unstable
/// id, nor of a coding agent where the product keeps those apart.
#[must_use]
pub fn is_headline(marks: Marks, agents: CodingAgents) -> bool {
    let is_apart = agents == CodingAgents::Apart && marks.has(Mark::Agent);
    !is_apart && NOT_HEADLINE.iter().all(|mark| !marks.has(*mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headline_figures_leave_out_every_mark_but_container_and_coding_agents_as_the_product_says() {
        for (mark, name) in Mark::ALL {
            let marks = Marks::default().with(mark);
            for (agents, _) in CodingAgents::ALL {
                let counts = match mark {
                    Mark::Container => true,
                    Mark::Agent => agents == CodingAgents::Counted,
                    _ => false,
                };
                assert_eq!(is_headline(marks, agents), counts, "{name}");
                assert_eq!(MarksFilter::default().of_product(agents).keeps(marks), counts, "{name}");
            }
            assert!(MarksFilter::All.keeps(marks));
            assert!(MarksFilter::Only(mark).keeps(marks));
            assert!(!MarksFilter::Only(mark).keeps(Marks::default()));
        }
        assert_eq!(MarksFilter::All.of_product(CodingAgents::Apart), MarksFilter::All);
    }
}
