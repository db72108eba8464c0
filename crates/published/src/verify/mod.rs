//! How anybody checks a site: its signed head, its log, every document and every file with figures.
//!
//! Nothing that a site says is believed but what follows from a key that was known before. Everything that does not fit is a
//! [`Finding`] with the file, what is wrong with it, and what to do.

mod bounds;
mod checked;
mod counted;
mod csv;
mod document;
mod files;
mod finding;
mod head;
mod json;
mod log;
mod rules;
mod site;
mod tables;
mod trust;

pub use checked::{Newest, Report, newest, verify};
pub use finding::{Finding, Findings, Outcome};
pub use site::{Fetched, SiteFiles};
pub use trust::{RememberedHead, Trust};
