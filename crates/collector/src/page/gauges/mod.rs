//! What each product comes to, for Prometheus: whole days as the page shows them, so that a graph of them is the page's own.
//!
//! A product is measured once a minute at most, whoever asks how often: its gauges are kept, and a scrape waits for the one
//! before it. Labels are names of products, components, drop reasons and windows, all of them bounded.

mod answer;
mod measure;
mod samples;

pub(super) use answer::gauges;
pub(super) use samples::Gauges;
