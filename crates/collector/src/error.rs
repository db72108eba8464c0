//! What keeps a collector from starting.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use aboveboard_store::StoreError;

use crate::config::ConfigError;
use crate::log::LogError;
use crate::manifests::ManifestsError;
use crate::tokens::TokensError;

/// Why a collector does not start. The text says what, where, and what can be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An address cannot be bound.
    #[error("cannot listen on {address}: {source}; choose another with `{key}` in the configuration")]
    Listen {
        /// The key of the configuration that names it.
        key: &'static str,
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The clock cannot be right.
    #[error("{0}")]
    Clock(String),
    /// An item is not paused or resumed.
    #[error("{0}")]
    Item(String),
    /// Products are closed that are not known here.
    #[error(
        "`closed` under [products] names {}, of which there is neither a manifest nor data here: correct the id, or take \
         it off the list", .0.join(", ")
    )]
    UnknownClosed(Vec<String>),
    /// The data directory cannot be used.
    #[error("cannot use {path}: {source}", path = path.display())]
    Data {
        /// What could not be used.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No socket can be made in the data directory.
    #[error("cannot make the operator's socket in {path}: {source}", path = path.display())]
    Socket {
        /// The data directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another collector has the data directory.
    #[error("{path} is in use by another collector", path = .0.display())]
    InUse(PathBuf),
    /// A manifest cannot be used.
    #[error("manifests: {0}")]
    Manifests(#[from] ManifestsError),
    /// The ingest log cannot be used.
    #[error("ingest log: {0}")]
    Log(#[from] LogError),
    /// The operators' tokens cannot be used.
    #[error("tokens: {0}")]
    Tokens(#[from] TokensError),
    /// The store cannot be used.
    #[error("store: {0}")]
    Store(#[from] StoreError),
    /// It is not done with a cluster.
    #[error("the store of this collector is a cluster: {0}")]
    InCluster(&'static str),
    /// It is done with a cluster alone.
    #[error("the store of this collector is a file in its data directory, and no other collector shares it")]
    Alone,
    /// The data directory has the store of another kind.
    #[error("{path} is there, and [store] in the configuration names another kind: {remedy}", path = path.display())]
    OtherStore {
        /// What is there.
        path: PathBuf,
        /// What can be done.
        remedy: &'static str,
    },
    /// The data directory has been in use, and who the collector is in its cluster is gone.
    #[error(
        "{} is missing, though this directory was in use, so it is not known which collector of the cluster it is of: put it \
         back, or make this directory that of a new collector with `aboveboard collector restore`", .0.display()
    )]
    NoNode(PathBuf),
    /// What is asked of a cluster makes no sense.
    #[error("{0}")]
    Cluster(String),
    /// A thread or the runtime cannot be started.
    #[error("cannot start a thread: {0}")]
    Thread(#[source] io::Error),
    /// No handler can be set for the signals that stop the collector.
    #[error("cannot handle SIGTERM and SIGINT: {0}")]
    Signal(#[source] io::Error),
}
