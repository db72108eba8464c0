//! The document.

use askama::Template;

use super::entry::Entry;
use crate::page::query::PageQuery;

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

/// The address of the feed of a product, seen from the page.
pub(in crate::page) fn address(product: &str) -> String {
    let query = PageQuery { product: Some(product.to_owned()), ..PageQuery::default() };
    format!("feed.atom{}", query.address().trim_start_matches("./"))
}
