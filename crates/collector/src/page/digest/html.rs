//! The digest as HTML for mail: one document with its style in place, plain tables, and nothing that is fetched.

use askama::Template;

use super::content::{Digest, Tone};
use super::text::products;

#[derive(Template)]
#[template(path = "digest.html")]
struct Mail<'d> {
    title: String,
    digest: &'d Digest,
}

/// The whole digest.
pub(super) fn render(digest: &Digest) -> askama::Result<String> {
    Mail { title: format!("What {} came to, up to {}", products(digest), digest.until), digest }.render()
}
