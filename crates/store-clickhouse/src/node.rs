//! The file in which a collector keeps who it is in the cluster, and up to where the cluster has all of its log.

use std::path::{Path, PathBuf};

use aboveboard_files::{Directory, Errno, random};
use aboveboard_replay::{ClusterKey, NodeId};
use aboveboard_store::entry::Position;
use aboveboard_store::{StoreError, StoreFate};

use crate::problem::{error, file};

/// The directory of the cluster's files, in the data directory of the collector.
pub(crate) const DIRECTORY: &str = "cluster";

/// The file.
const NODE: &str = "node";

/// Its first line; the number is that of its form.
const FIRST_LINE: &str = "aboveboard node of a cluster 1";

/// It has five short lines.
const MAX_BYTES: usize = 4_096;

/// Who a collector is, and up to where the cluster has its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// The collector.
    pub(crate) id: NodeId,
    /// The fingerprint of the cluster's key.
    key: [u8; 8],
    /// The position up to which every replica that must was seen to hold all.
    pub(crate) settled: Position,
    /// The latest time of the order up to there.
    pub(crate) at: i64,
}

/// The directory of the cluster's files of one collector.
#[derive(Debug)]
pub(crate) struct NodeDirectory {
    directory: Directory,
    path: PathBuf,
}

impl NodeDirectory {
    /// Opens it, making it where it is missing.
    pub(crate) fn open(data: &Path) -> Result<Self, StoreError> {
        let path = data.join(DIRECTORY);
        let outer = Directory::open_named(data).map_err(|why| file(data, why))?;
        let directory = outer.make_directory(DIRECTORY).map_err(|why| file(&path, why))?;
        outer.sync().map_err(|why| file(data, why))?;
        Ok(Self { directory, path })
    }

    pub(crate) fn names(&self) -> Result<Vec<String>, StoreError> {
        self.directory.list().map_err(|why| file(&self.path, why))
    }

    /// Writes a whole file that survives a power cut.
    pub(crate) fn write(&self, name: &str, content: &[u8]) -> Result<(), StoreError> {
        let written = self.directory.replace(name, content, true).and_then(|()| self.directory.sync());
        written.map_err(|why| file(&self.path.join(name), why))
    }

    pub(crate) fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.directory.remove(name).map_err(|why| file(&self.path.join(name), why))
    }

    /// Opens a file of ours.
    pub(crate) fn open_file(&self, name: &str) -> Result<aboveboard_files::File, StoreError> {
        let opened = self.directory.read(name).and_then(|file| file.checked_stat().map(|_| file));
        opened.map_err(|why| file(&self.path.join(name), why))
    }

    /// The path of a file in it, for messages.
    pub(crate) fn path_of(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Reads who the collector is; none where it was not in a cluster yet.
    pub(crate) fn read_node(&self) -> Result<Option<Node>, StoreError> {
        let content = match self.directory.content(NODE, MAX_BYTES) {
            Err(Errno::NOENT) => return Ok(None),
            content => content.map_err(|why| file(&self.path_of(NODE), why))?,
        };
        let node = std::str::from_utf8(&content).ok().and_then(Node::read);
        node.map(Some).ok_or_else(|| {
            let path = self.path_of(NODE);
            let why = format!(
                "{} is damaged, so it is not known which part of the log the cluster has; restore a backup of the data directory",
                path.display()
            );
            error(why, StoreFate::Final)
        })
    }

    pub(crate) fn write_node(&self, node: &Node) -> Result<(), StoreError> {
        self.write(NODE, node.text().as_bytes())
    }
}

impl Node {
    /// A new collector with an empty log.
    pub(crate) fn new(key: &ClusterKey) -> Result<Self, StoreError> {
        Ok(Self { id: new_id()?, key: key.fingerprint(), settled: Position(0), at: 0 })
    }

    /// Another collector, whose log is the same up to where the cluster has all of it.
    pub(crate) fn renewed(&self) -> Result<Self, StoreError> {
        Ok(Self { id: new_id()?, ..*self })
    }

    /// The same with more of its log in the cluster.
    pub(crate) fn settled_to(&self, settled: Position, at: i64) -> Self {
        Self { settled, at, ..*self }
    }

    /// Whether this is a node of the cluster with this key.
    pub(crate) fn check(&self, key: &ClusterKey, path: &Path) -> Result<(), StoreError> {
        if self.key == key.fingerprint() {
            return Ok(());
        }
        let why = format!(
            "{} says that this collector belongs to a cluster with another key; give it that key, or another data directory",
            path.display()
        );
        Err(error(why, StoreFate::Final))
    }

    fn text(&self) -> String {
        format!(
            "{FIRST_LINE}\nnode {:016x}\nkey {:016x}\nposition {}\nat {}\n",
            self.id.0,
            u64::from_be_bytes(self.key),
            self.settled.0,
            self.at
        )
    }

    fn read(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        if lines.next()? != FIRST_LINE {
            return None;
        }
        let mut value = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(' ');
        let node = Self {
            id: NodeId(u64::from_str_radix(value("node")?, 16).ok()?),
            key: u64::from_str_radix(value("key")?, 16).ok()?.to_be_bytes(),
            settled: Position(value("position")?.parse().ok()?),
            at: value("at")?.parse().ok()?,
        };
        (node.text() == text).then_some(node)
    }
}

fn new_id() -> Result<NodeId, StoreError> {
    let bytes = random();
    let no_bytes = || error("the system has no random bytes now".to_owned(), StoreFate::Transient);
    bytes.map(|bytes| NodeId(u64::from_be_bytes(bytes))).ok_or_else(no_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_read_as_it_was_written_and_not_otherwise() {
        let node = Node { settled: Position(77), at: -5, ..Node::new(&ClusterKey::new([1; 32])).unwrap() };
        let text = node.text();
        assert_eq!(Node::read(&text), Some(node));
        for end in 0..text.len() {
            assert_eq!(Node::read(&text[..end]), None);
        }
        assert_eq!(Node::read(&format!("{text}\n")), None);
        assert_eq!(Node::read(&text.replace("position 77", "position 077")), None);
        assert!(node.check(&ClusterKey::new([2; 32]), Path::new("node")).is_err());
    }

    #[test]
    fn two_nodes_are_never_one() {
        let node = Node::new(&ClusterKey::new([1; 32])).unwrap();
        assert_ne!(Node::new(&ClusterKey::new([1; 32])).unwrap().id, node.id);
        let renewed = node.renewed().unwrap();
        assert_ne!(renewed.id, node.id);
        assert_eq!(Node { id: node.id, ..renewed }, node);
    }

    #[test]
    fn a_file_that_was_cut_is_not_taken_for_that_of_a_new_collector() {
        let data = tempfile::tempdir().unwrap();
        let directory = NodeDirectory::open(data.path()).unwrap();
        assert_eq!(directory.read_node().unwrap(), None);
        directory.write(NODE, b"aboveboard node").unwrap();
        assert!(directory.read_node().unwrap_err().to_string().contains("restore a backup"));
    }
}
