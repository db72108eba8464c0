//! The line of health as the templates see it.

use super::message::{HealthMessage, sorted};
use crate::page::query::PageQuery;

/// What is said above the figures: what is bad or to be noted has a line of its own, the rest shares one.
pub(crate) struct HealthLine {
    pub(crate) messages: Vec<HealthMessage>,
    /// Where the same stands as a table, as CSV and as JSON; of one product alone.
    pub(crate) links: Option<[String; 3]>,
}

impl HealthLine {
    pub(crate) fn of_collector(messages: Vec<HealthMessage>) -> Self {
        Self { messages: sorted(messages), links: None }
    }

    pub(crate) fn of_product(messages: &[HealthMessage], query: &PageQuery) -> Self {
        let table = query.with(|query| query.table = Some("health".to_owned()));
        let links = [table, query.api("health", "csv"), query.api("health", "json")];
        Self { messages: messages.to_vec(), links: Some(links) }
    }

    /// Whether nothing is to be said.
    pub(crate) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }
}
