//! Where a collector keeps what it has.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::{Config, NodeNumber, Store, StoreKind};

/// A data directory, and the cluster that its store is in, if it is in one.
#[derive(Clone, Debug)]
pub struct DataPlace {
    directory: PathBuf,
    cluster: Option<Arc<ClusterPlace>>,
}

/// What the configuration says of a cluster.
#[derive(Debug)]
pub(crate) struct ClusterPlace {
    pub(crate) store: Store,
    /// The collector that publishes.
    pub(crate) publisher: Option<NodeNumber>,
}

impl DataPlace {
    /// The place that a configuration names, with the data directory at this path.
    #[must_use]
    pub fn new(config: &Config, directory: PathBuf) -> Self {
        let cluster = (config.store.kind == StoreKind::ClickHouse)
            .then(|| Arc::new(ClusterPlace { store: config.store.clone(), publisher: config.publish.node }));
        Self { directory, cluster }
    }

    /// The data directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Whether the store is a cluster that several collectors share.
    #[must_use]
    pub fn is_in_cluster(&self) -> bool {
        self.cluster.is_some()
    }

    /// The collector of the cluster that publishes.
    pub(crate) fn publisher(&self) -> Option<NodeNumber> {
        self.cluster()?.publisher
    }

    /// The cluster; none where the store is a file in the data directory.
    pub(crate) fn cluster(&self) -> Option<&ClusterPlace> {
        self.cluster.as_deref()
    }
}

impl fmt::Display for DataPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.directory.display().fmt(f)
    }
}

impl From<&Config> for DataPlace {
    fn from(config: &Config) -> Self {
        Self::new(config, config.data.clone())
    }
}

/// A data directory with its store in it.
impl From<&Path> for DataPlace {
    fn from(directory: &Path) -> Self {
        Self { directory: directory.to_owned(), cluster: None }
    }
}

/// A data directory with its store in it.
impl From<&PathBuf> for DataPlace {
    fn from(directory: &PathBuf) -> Self {
        Self { directory: directory.clone(), cluster: None }
    }
}

impl From<&Self> for DataPlace {
    fn from(place: &Self) -> Self {
        place.clone()
    }
}
