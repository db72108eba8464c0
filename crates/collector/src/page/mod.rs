//! The page: one HTML page, every table of it as CSV and JSON, arrivals as they come.
//!
//! Figures come in through [`Answers`](aboveboard_store::figures::Answers), words through the manifests, arrivals through
//! [`Live`](crate::live::Live). Nothing here can see a raw row, and nothing shows an event with its installation.

mod assets;
mod chart;
mod chooser;
mod compare;
mod digest;
mod error;
mod feed;
mod filter_text;
mod filters;
mod fold;
mod format;
mod gauges;
mod headline;
mod health;
mod hints;
mod left_out;
mod live;
mod no_hits;
mod overview;
mod panel;
mod panels;
mod query;
mod reasons;
mod response;
mod router;
mod routes;
mod scope;
mod series_chart;
mod state;
pub(crate) mod table;
mod view;
mod window;

#[cfg(test)]
mod address_tests;
#[cfg(test)]
mod figures_tests;
#[cfg(test)]
mod filter_tests;
#[cfg(test)]
mod funnel_tests;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod tests;

pub(crate) use router::router;
pub(crate) use state::{MAX_QUESTIONS, MAX_WAITING, PageState};
