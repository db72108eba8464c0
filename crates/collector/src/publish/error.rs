//! Why nothing is published.

use aboveboard_store::StoreError;
use aboveboard_types::clock::day_stamp;

use super::draw::DrawError;
use super::keep::KeepError;
use super::noise::NoiseError;
use crate::error::StartError;

/// Why nothing is published. The text names the remedy; nothing was drawn, and nothing is lost.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// What is kept of draws does not allow it.
    #[error(transparent)]
    Keep(#[from] KeepError),
    /// There is no draw.
    #[error(transparent)]
    Draw(#[from] DrawError),
    /// The data directory cannot be used.
    #[error(transparent)]
    Data(#[from] StartError),
    /// The store cannot be read.
    #[error("store: {0}")]
    Store(#[from] StoreError),
    /// Nothing is known of the product.
    #[error("no manifest of {0} is here: push it with `aboveboard manifest push`")]
    UnknownProduct(String),
    /// There is no such revision.
    #[error("revision {revision} of {product} is not here: {known} are")]
    UnknownRevision {
        /// Product id.
        product: String,
        /// The revision that was named.
        revision: u32,
        /// Those that are here.
        known: String,
    },
    /// The manifest publishes nothing.
    #[error(
        "revision {revision} of {product} publishes nothing: add [publish] to the manifest, see `aboveboard publish plan`"
    )]
    NothingPublished {
        /// Product id.
        product: String,
        /// The revision.
        revision: u32,
    },
    /// What is published changed.
    #[error(
        "revision {newer} of {product} publishes other tables, or for other periods, than revision {older}: say with \
         `--revision` which of them ruled in {id}"
    )]
    Changed {
        /// Product id.
        product: String,
        /// The publication.
        id: String,
        /// One revision.
        older: u32,
        /// The newest.
        newer: u32,
    },
    /// The manifest publishes for other periods.
    #[error("revision {revision} publishes for each {every}, and {id} is none: name a {every}")]
    OtherLength {
        /// The publication.
        id: String,
        /// The revision.
        revision: u32,
        /// `month` or `quarter`.
        every: &'static str,
    },
    /// It is too early.
    #[error(
        "{id} can be drawn from {day} on: what was recorded in it may arrive until the day before",
        day = day_stamp(*.day)
    )]
    TooEarly {
        /// The publication.
        id: String,
        /// The first day.
        day: u32,
    },
    /// The clock cannot be right, or was not believed yet.
    #[error("{0}")]
    Clock(String),
    /// Days are missing.
    #[error(
        "retention has deleted data of {days} days of {id}, so its figures would be too low: it cannot be published any more; \
         the manifest's retention must be three months longer than a period"
    )]
    Retired {
        /// The publication.
        id: String,
        /// How many days.
        days: usize,
    },
    /// The ingest log holds what is not in the store.
    #[error("the ingest log holds {bytes} bytes that are not applied yet: {remedy}")]
    Unapplied {
        /// How many.
        bytes: u64,
        /// What can be done.
        remedy: &'static str,
    },
    /// The collector itself does not run, and the cluster may not have all that it acknowledged.
    #[error(
        "this collector has not said that all it acknowledged before {day} is in the cluster, and it does not run: start it, and \
         publish a minute later",
        day = day_stamp(*.day)
    )]
    Stopped {
        /// The first day of which nothing is needed.
        day: u32,
    },
    /// A collector of the cluster is behind.
    #[error(
        "the collector {node} of the cluster has not said that all it acknowledged before {day} is there: let it run until it has; if \
         it is gone for good, say so with `aboveboard collector retire-node {node}`",
        day = day_stamp(*.day)
    )]
    Unsettled {
        /// Its number.
        node: String,
        /// The first day of which nothing is needed.
        day: u32,
    },
    /// A correction without a reason.
    #[error("a correction needs a reason, which readers see")]
    NoReason,
    /// There are no raw figures to look at.
    #[error(
        "of {0} no raw figures are kept: they are deleted 13 months after the draw, and a site that was adopted has none"
    )]
    NoRawFigures(String),
}

impl From<NoiseError> for PublishError {
    fn from(error: NoiseError) -> Self {
        Self::Draw(error.into())
    }
}
