//! The document.

use askama::Template;

use super::entry::Entry;

/// A feed as the template sees it. Addresses are seen from its own.
#[derive(Template)]
#[template(path = "feed.xml")]
pub(super) struct Feed {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) author: String,
    /// When the last day was over.
    pub(super) updated: String,
    pub(super) own: String,
    pub(super) page: String,
    pub(super) changes: String,
    /// The newest first.
    pub(super) entries: Vec<Entry>,
}
