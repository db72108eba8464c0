//! Why a move to a cluster does not go on.

use aboveboard_store::StoreError;

use crate::error::StartError;

/// Why a move to a cluster does not go on. Nothing is changed in the database; what is in the cluster by then is gone on from.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrationError {
    /// The data directory or one of the stores cannot be used.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The cluster has data that did not come from this database.
    #[error(
        "the cluster has data already: {0}. A database is moved to a cluster without any: name another `database` under \
         [store], or drop that one on every server if nothing in it is needed"
    )]
    NotEmpty(&'static str),
    /// The configuration names no cluster.
    #[error(
        "the configuration does not say where the cluster is. Set `kind = \"clickhouse\"` under [store], with `shards` and \
         `key-file` (`aboveboard collector key` makes the key), and try again"
    )]
    NoCluster,
    /// What the log holds was not applied.
    #[error(
        "part of the ingest log could not be applied to the database, so it is not moved: the messages above say why. Start \
         the collector as it was, with `kind = \"sqlite\"` under [store], and mend that first"
    )]
    NotApplied,
    /// The database changed since the move began.
    #[error(
        "the database changed since this move began, so the days that are in the cluster are not its days any more: drop the \
         cluster's database on every server, and begin anew"
    )]
    Changed,
    /// A figure is not the same on both sides.
    #[error(
        "{count} figures differ, the first of them `{name}`: {here} in the database, {there} in the cluster. The database is as it \
         was; go on with it, drop the cluster's database on every server, and report this"
    )]
    Differs {
        /// How many do.
        count: usize,
        /// What the first one counts.
        name: String,
        /// What the database says; nothing where it does not have it.
        here: String,
        /// What the cluster says.
        there: String,
    },
}

impl From<StoreError> for MigrationError {
    fn from(error: StoreError) -> Self {
        Self::Start(error.into())
    }
}
