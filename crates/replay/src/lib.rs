//! One history out of the ingest logs of several collectors.
//!
//! Each collector of a cluster writes what its log says as [`Batch`]es and [`JournalEntry`]s, each with its place in one
//! [`Order`]. What is true follows from all of them by pure functions, so every collector that reads them comes to the same:
//!
//! entry of a log → names and bounds, given once by the collector that received it → [`Batch`] → all that one installation sent, in
//! order: what repeats, what is capped, what is left after a removal → [`Outcome`] → cells, sets, tallies.
//!
//! Days of the order that no entry can join any more are closed: their outcomes are kept by a database ([`ClosedDays`]). What
//! came since is replayed in memory. A view answers questions from both.
#![forbid(unsafe_code)]

mod admission;
mod backend;
mod batch;
mod book;
mod closed;
pub mod encode;
mod imported;
mod installation;
pub mod items;
mod journal;
mod key;
mod measure;
#[cfg(any(test, feature = "testing"))]
pub mod memory;
mod numbers;
mod open_days;
mod order;
mod outcome;
mod product_book;
mod rollup;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod sample_history;
mod state;
mod store;
mod terms;
mod view;

pub use admission::{Admission, Sender};
pub use backend::{Backend, Block, BlockName, ClosedDay};
pub use batch::{
    Batch, Naming, ReportedCell, ReportedTiming, ReportedTimings, SentContext, SentEvent, SentKind, SentValue,
};
pub use book::{Book, ClosedShardDay, TakenOut};
pub use closed::{
    CellKey, ClosedDays, ClosedRow, EachPart, EachRow, MemberKey, Periods, SeenBatch, SetAxis, TallyKey,
    TallyKind,
};
pub use imported::{ImportedTombstones, ImportedWeight, MOVE_BEGUN, MOVE_COMPARED, is_move_unfinished};
pub use installation::{Installation, Replayed};
pub use journal::{JournalEntry, RemovalKind};
pub use key::ClusterKey;
pub use numbers::{Numbers, ProductNumbers};
pub use open_days::OpenDays;
pub use order::{NodeId, Order};
pub use outcome::{Fate, Outcome, OutcomeRow};
pub use product_book::{ProductBook, Removal};
pub use rollup::{BatchContexts, ProductRollup, Rollup, each_cell, ending_of, number_of};
pub use state::{CountedDrops, DayTally, InstallationState, LatestReport, Process};
pub use store::{ClusterReader, ClusterStore, OpenDaysHeld};
pub use terms::Terms;
pub use view::View;
