//! What an export is asked for.

use aboveboard_store::calendar::Day;
use aboveboard_store::context::{ContextFilter, MarksFilter};
use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::CodingAgents;

use crate::dates;

/// Which rows are exported.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ExportRequest {
    /// Product id.
    pub product: String,
    /// First day, in days since 1970; from the beginning if none is named.
    pub from: Option<Day>,
    /// Last day; to the newest if none is named.
    pub until: Option<Day>,
    /// Only what this component recorded.
    pub component: Option<Component>,
    /// Also what is kept out of headline figures: data marked synthetic, test, ci, dev or unstable, and
    /// that of coding agents where the manifest keeps them apart.
    pub everything: bool,
    /// CSV or lines of JSON.
    pub format: ExportFormat,
}

/// How an export is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// RFC 4180, every field in quotes, the first line the columns; `values` is a JSON object.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

impl ExportRequest {
    /// Headline rows of a product, of all days and components.
    #[must_use]
    pub fn of(product: &str, format: ExportFormat) -> Self {
        Self {
            product: product.to_owned(),
            from: None,
            until: None,
            component: None,
            everything: false,
            format,
        }
    }

    /// The contexts whose rows are exported, of a product whose headline figures count coding agents so.
    pub(super) fn contexts(&self, agents: CodingAgents) -> ContextFilter {
        let marks = if self.everything { MarksFilter::All } else { MarksFilter::Headline(agents) };
        ContextFilter { component: self.component, marks, ..ContextFilter::default() }
    }
}

/// Reads a day such as `2026-11-22`.
#[must_use]
pub fn day(text: &str) -> Option<Day> {
    dates::parse_iso(text)
}
