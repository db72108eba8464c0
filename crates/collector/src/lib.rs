//! The collector: it receives batches, acknowledges what is on disk, and shows figures.
//!
//! The way of a batch: `server` (connections and their deadlines) → `ingest` (admit, decode, validate, respond) →
//! `log` (one write and one fdatasync for many requests, then the receipts) → `apply` (log to store, exactly once) →
//! the store (crates `aboveboard-store` and `aboveboard-store-sqlite`) → `page`.
//!
//! [`run`] is a collector as a process of its own, [`Collector::start`] one inside a runtime. [`upkeep`] works on the data
//! directory of a collector that does not run.
#![forbid(unsafe_code)]

mod access;
mod amendments;
mod apply;
mod audit;
mod awaited;
mod clock;
pub mod config;
mod csv;
mod data;
mod database;
mod dates;
mod disk;
mod error;
pub mod export;
mod exposition;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod import;
mod ingest;
mod live;
mod lock;
mod log;
mod manifests;
mod markup;
mod memory;
mod metrics;
pub mod migrate;
mod names;
mod nodes;
mod outages;
mod page;
pub mod paused;
mod place;
mod process;
pub mod publish;
mod readiness;
mod refusal;
mod refusals;
mod routes;
mod running;
mod scale;
mod server;
mod settling;
mod shared;
mod socket;
mod streamed;
mod tokens;
pub mod upkeep;

pub use access::Scope;
pub use audit::AuditLine;
pub use config::{Config, ConfigError};
pub use error::StartError;
pub use import::import;
pub use log::LogError;
pub use manifests::ManifestsError;
pub use nodes::ClusterNode;
pub use place::DataPlace;
pub use process::run;
pub use running::{Collector, Running};
pub use tokens::{StoredToken, TokenChange, TokensError};
