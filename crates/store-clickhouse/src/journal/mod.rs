//! The journal of a cluster: its entries as rows of a table that every server holds, and what this collector has seen of them.

mod entry;
mod rows;
mod seen;

pub(crate) use self::rows::{NumberedEntry, rows_of};
pub(crate) use self::seen::{SeenJournal, marks_before, retired_replicas, retirement};
