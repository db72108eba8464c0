//! The site of published figures: documents in, files out.
//!
//! Everything here is a pure function of the documents of the log. It knows no clock, no store and no disk, so the same
//! documents give the same bytes, and a site can be written anew at any time. What a document says is text everywhere: in
//! HTML, SVG, XML, JSON, CSV and in the names of files.

mod badge;
mod bar;
mod chart;
mod clean;
mod data;
mod dictionary;
mod feed;
mod frame;
mod history;
mod how;
mod input;
mod interval;

mod ledger;
mod licence;
mod listing;
mod newest;
mod package;
mod panel;
mod publication_page;
mod sentences;
mod words;
mod write;

#[cfg(test)]
mod check_tests;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod tests;

pub use data::data_files;
pub use input::{SiteDocument, SiteInput};
pub use write::{SiteError, SiteFile, pages};
