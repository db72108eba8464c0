//! What every store of a collector owes, without any database.
//!
//! The way of a batch: an [`entry`] of the ingest log → [`facts`] (placed, checked and capped under the manifests
//! [`in_force`]) → [`Store`], the port to write. The way back: [`read`], the port that answers questions of one moment in
//! neutral types → [`figures`]. Every number that all stores owe is in [`limits`].
#![forbid(unsafe_code)]

pub mod amendment;
pub mod axis;
pub mod calendar;
pub mod context;
pub mod contributions;
pub mod entry;
mod error;
pub mod facts;
pub mod figures;
pub mod growth;
pub mod in_force;
pub mod installation_set;
pub mod kept;
pub mod limits;
pub mod new_names;
pub mod packed_set;
pub mod packed_version;
mod placing;
mod quality_note;
pub mod read;
pub mod renamed;
pub mod retention;
pub mod sequence;
pub mod step;
pub mod sums;
pub mod tally;
pub mod verification;
pub mod versions;
pub mod weight;
mod write;

pub use error::{StoreError, StoreFate, StoreProblem};
pub use write::{Applied, EntryRange, RemovalProgress, Retired, Store};
