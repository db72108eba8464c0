//! `aboveboard simulate`: made-up history for any manifest: installations that come, stay, update and go, every
//! batch marked synthetic.
//!
//! The same plan gives the same batches. Nothing here is drawn from real data. The shapes (a weekly rhythm, many
//! installations that stay a day, few that stay long, updates that spread over a week) only make charts look realistic.

mod events;
mod history;
mod installation;
mod random;
mod requests;
mod verb;

pub(crate) use history::Plan;
pub(crate) use verb::{Options, into, run};
