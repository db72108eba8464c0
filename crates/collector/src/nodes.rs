//! The collectors of a cluster, and which of them and of its servers are gone for good.

use std::fmt;

use aboveboard_replay::{Backend, Book, JournalEntry, NodeId};
use aboveboard_store::StoreError;
use serde::{Deserialize, Serialize};

use crate::config::NodeNumber;
use crate::database::Cluster;

/// A collector of a cluster, as the others know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct ClusterNode {
    /// Its number.
    pub node: String,
    /// Whether it is the one that was asked.
    pub is_own: bool,
    /// Whether it is the one that publishes figures.
    pub publishes: bool,
    /// Whether it is gone for good.
    pub is_retired: bool,
    /// Up to when, in seconds since 1970 UTC, all that it acknowledged is in the cluster; none where it has not said so.
    pub settled_until: Option<i64>,
}

/// What is gone for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Retirement {
    /// A collector, by its number.
    Node(String),
    /// A server, by its address as in the configuration.
    Replica(String),
}

/// As the audit log says it.
impl fmt::Display for Retirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(node) => write!(f, "collector {node}"),
            Self::Replica(address) => write!(f, "server {address}"),
        }
    }
}

/// Why a collector or a server is not retired.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RetireError {
    /// The cluster cannot be asked or told.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It makes no sense.
    #[error("{0}")]
    Unusable(String),
}

/// The collectors of a cluster, by number. The one that is asked is in it before it ever sent anything.
pub(crate) fn nodes(
    cluster: &dyn Backend,
    publisher: Option<NodeNumber>,
) -> Result<Vec<ClusterNode>, StoreError> {
    let book = Book::new(cluster.journal()?);
    let own = cluster.node();
    let mut known: Vec<NodeId> = book.nodes().chain([own]).collect();
    known.sort_unstable();
    known.dedup();
    let listed = |node: NodeId| ClusterNode {
        node: NodeNumber(node.0).to_string(),
        is_own: node == own,
        publishes: publisher == Some(NodeNumber(node.0)),
        is_retired: book.is_retired(node),
        settled_until: book.settled_until(node),
    };
    Ok(known.into_iter().map(listed).collect())
}

/// A collector that has not said that all it acknowledged before a time is in the cluster; none where all have, but those that are gone
/// for good.
pub(crate) fn behind(cluster: &dyn Backend, until: i64) -> Result<Option<NodeNumber>, StoreError> {
    let book = Book::new(cluster.journal()?);
    let is_behind = |node: &NodeId| {
        !book.is_retired(*node) && book.settled_until(*node).is_none_or(|settled| settled < until)
    };
    // The one that asks may have taken something in and never reached the cluster.
    let mut known = book.nodes().chain([cluster.node()]);
    Ok(known.find(is_behind).map(|node| NodeNumber(node.0)))
}

/// Says what is gone for good.
pub(crate) fn retire(cluster: &Cluster, what: &Retirement, now: i64) -> Result<(), RetireError> {
    match what {
        Retirement::Node(node) => {
            retire_node(cluster.backend(), node.parse().map_err(RetireError::Unusable)?, now)
        }
        Retirement::Replica(address) => {
            cluster.retire_replica(address, now).map_err(|error| match error.is_transient() {
                true => RetireError::Store(error),
                false => RetireError::Unusable(error.to_string()),
            })
        }
    }
}

/// Says that a collector is gone for good: days are closed without waiting for it.
fn retire_node(cluster: &dyn Backend, node: NodeNumber, now: i64) -> Result<(), RetireError> {
    let book = Book::new(cluster.journal()?);
    let id = NodeId(node.0);
    if id == cluster.node() {
        let why = "this is the collector that is asked, and it is here: ask another one, when this one has stopped for good";
        return Err(RetireError::Unusable(why.to_owned()));
    }
    if !book.nodes().any(|known| known == id) {
        let why =
            format!("no collector {node} is known in the cluster: `aboveboard collector nodes` lists them");
        return Err(RetireError::Unusable(why));
    }
    if book.is_retired(id) {
        return Ok(());
    }
    Ok(cluster.note(now, &[JournalEntry::NodeRetired(id)])?)
}

/// What is wrong where this collector itself is said to be gone for good.
pub(crate) fn own_retirement(cluster: &dyn Backend) -> Result<Option<String>, StoreError> {
    let own = cluster.node();
    let journal = cluster.journal()?;
    let is_retired =
        journal.iter().any(|(_, entry)| matches!(entry, JournalEntry::NodeRetired(node) if *node == own));
    Ok(is_retired.then(|| {
        format!(
            "the collector {} was retired, so days are closed without what it takes in: stop it, and make its data directory that \
             of a new collector with `aboveboard collector restore`",
            NodeNumber(own.0)
        )
    }))
}

#[cfg(test)]
mod tests {
    use aboveboard_replay::memory::{MemoryBackend, MemoryCluster};

    use super::*;

    #[test]
    fn collectors_are_listed_with_their_marks_until_one_is_retired_by_another() {
        let cluster = MemoryCluster::new(1);
        let one = MemoryBackend::open(&cluster, NodeId(0xa1));
        let two = MemoryBackend::open(&cluster, NodeId(2));
        two.note(1_000, &[JournalEntry::Mark { until: 2_000, settled: Some(900) }]).unwrap();
        let publisher = Some("00000000000000a1".parse().unwrap());
        let listed = nodes(&one, publisher).unwrap();
        let line = |at: usize| {
            (&*listed[at].node, listed[at].is_own, listed[at].publishes, listed[at].settled_until)
        };
        assert_eq!(line(0), ("0000000000000002", false, false, Some(900)));
        assert_eq!(line(1), ("00000000000000a1", true, true, None));
        let refused = |backend: &MemoryBackend, node: u64| {
            retire_node(backend, NodeNumber(node), 2_000).unwrap_err().to_string()
        };
        assert!(refused(&two, 2).contains("ask another one"));
        assert!(refused(&one, 3).contains("no collector 0000000000000003"));
        assert_eq!(own_retirement(&two).unwrap(), None);
        assert_eq!(behind(&two, 900).unwrap(), None, "one is not known yet");
        assert_eq!(behind(&one, 900).unwrap(), Some(NodeNumber(0xa1)), "and knows of itself");
        assert_eq!(behind(&two, 901).unwrap(), Some(NodeNumber(2)));
        retire_node(&one, NodeNumber(2), 2_000).unwrap();
        retire_node(&one, NodeNumber(2), 2_001).unwrap();
        assert!(nodes(&one, None).unwrap()[0].is_retired);
        one.note(2_100, &[JournalEntry::Mark { until: 900, settled: Some(2_000) }]).unwrap();
        assert_eq!(behind(&one, 2_000).unwrap(), None, "a retired one is not waited for");
        assert_eq!(own_retirement(&one).unwrap(), None);
        assert!(own_retirement(&two).unwrap().unwrap().contains("collector restore"));
    }
}
