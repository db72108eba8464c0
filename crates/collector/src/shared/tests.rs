//! Two collectors of one cluster, of which each tells the other.

use std::sync::Arc;

use aboveboard_replay::memory::{MemoryBackend, MemoryCluster};
use aboveboard_replay::{Backend, JournalEntry, NodeId};
use tempfile::TempDir;

use super::Shared;
use crate::access::Scope;
use crate::config::Config;
use crate::disk::Folder;
use crate::manifests::{Lookup, Manifests, ManifestsError};
use crate::paused::{Item, ItemKind, PausedItems};
use crate::tokens::{TokenBook, TokenChange, TokensError};

const NOW: i64 = 1_800_000_000;

const TEXT: &str = include_str!("../../tests/data/telemetry.toml");

/// What a collector has of what is shared.
struct Node {
    _data: TempDir,
    backend: Arc<dyn Backend>,
    shared: Shared,
    manifests: Manifests,
    tokens: TokenBook,
    paused: PausedItems,
}

impl Node {
    fn new(cluster: &MemoryCluster, id: u64) -> Self {
        let data = tempfile::tempdir().unwrap();
        let backend: Arc<dyn Backend> = Arc::new(MemoryBackend::open(cluster, NodeId(id)));
        Self {
            shared: Shared::new(Some(Arc::clone(&backend))),
            backend,
            manifests: Manifests::load(&data.path().join("manifests")).unwrap(),
            tokens: TokenBook::open(&Config::defaults().unwrap().operator, data.path()).unwrap(),
            paused: PausedItems::open(&Folder::make(data.path()).unwrap()).unwrap(),
            _data: data,
        }
    }

    fn take_in(&self) {
        self.shared.take_in(&self.manifests, &self.tokens, &self.paused).unwrap();
    }

    fn push(&self, text: &str, now: i64) -> Result<u32, ManifestsError> {
        Ok(self.shared.push(&self.manifests, "quarry", text, now)?.declaration.revision)
    }

    fn change(&self, change: &TokenChange, now: i64) -> Result<Option<String>, TokensError> {
        self.shared.change_token(&self.tokens, change, now)
    }

    fn text(&self) -> String {
        self.manifests.manifest("quarry").unwrap().text().to_owned()
    }
}

fn make(name: &str) -> TokenChange {
    TokenChange::Make { name: name.to_owned(), scope: Scope::Operate, products: None }
}

fn revoke(name: &str) -> TokenChange {
    TokenChange::Revoke { name: name.to_owned() }
}

fn other() -> String {
    TEXT.replace("Quarry", "Other")
}

#[test]
fn a_manifest_that_is_pushed_to_one_is_known_to_all_and_kept_in_their_directories() {
    let cluster = MemoryCluster::new(2);
    let one = Node::new(&cluster, 1);
    let two = Node::new(&cluster, 2);
    assert!(matches!(two.manifests.lookup("quarry", 1), Lookup::UnknownProduct));
    assert_eq!(one.push(TEXT, NOW).unwrap(), 1);
    two.take_in();
    assert!(matches!(two.manifests.lookup("quarry", 1), Lookup::Known(_)));
    let files = two._data.path().join("manifests");
    assert_eq!(std::fs::read_to_string(files.join("quarry-1.toml")).unwrap(), TEXT);
    assert!(Manifests::load(&files).unwrap().newest("quarry").is_some(), "while the cluster is away");
    // Again, from anywhere.
    assert_eq!(two.push(TEXT, NOW + 1).unwrap(), 1);
    let pushed = two.backend.journal().unwrap();
    let is_document = |entry: &JournalEntry| matches!(entry, JournalEntry::Document { .. });
    assert_eq!(pushed.iter().filter(|(_, entry)| is_document(entry)).count(), 1);
}

#[test]
fn of_two_texts_of_one_revision_the_first_stands_everywhere() {
    let cluster = MemoryCluster::new(1);
    let one = Node::new(&cluster, 1);
    let two = Node::new(&cluster, 2);
    one.push(TEXT, NOW).unwrap();
    // It was not seen here yet, and is learnt on the way.
    let refused = two.push(&other(), NOW + 1);
    assert!(matches!(refused, Err(ManifestsError::Conflict { revision: 1, .. })), "{refused:?}");
    assert_eq!(two.text(), TEXT);

    // Both at once: what the other one wrote is seen when this one was answered.
    let cluster = MemoryCluster::new(1);
    let one = Node::new(&cluster, 1);
    let two = Node::new(&cluster, 2);
    one.push(TEXT, NOW).unwrap();
    let late = JournalEntry::Document { name: "manifest/quarry/1".to_owned(), text: other() };
    two.backend.note(NOW - 5, &[late]).unwrap();
    for node in [&one, &two] {
        node.take_in();
        assert_eq!(node.text(), other(), "the earlier one");
        assert!(node.manifests.rejected().is_empty());
    }
    let refused = one.push(TEXT, NOW + 9);
    assert!(matches!(refused, Err(ManifestsError::Conflict { .. })));
}

#[test]
fn a_token_opens_all_collectors_until_one_of_them_revokes_it_whatever_their_clocks_say() {
    let cluster = MemoryCluster::new(1);
    let one = Node::new(&cluster, 1);
    let two = Node::new(&cluster, 2);
    let first = one.change(&make("ci"), NOW).unwrap().unwrap();
    two.take_in();
    assert!(two.tokens.access(first.as_bytes()).is_some());
    assert!(matches!(two.change(&make("ci"), NOW), Err(TokensError::Taken(_))));
    // By a clock that is an hour behind.
    let rotate = TokenChange::Rotate { name: "ci".to_owned() };
    let second = two.change(&rotate, NOW - 3_600).unwrap().unwrap();
    one.take_in();
    assert!(one.tokens.access(first.as_bytes()).is_none());
    assert!(one.tokens.access(second.as_bytes()).is_some());
    two.change(&revoke("ci"), NOW - 7_200).unwrap();
    for node in [&one, &two] {
        node.take_in();
        assert!(node.tokens.access(second.as_bytes()).is_none());
    }
    assert!(one.change(&make("ci"), NOW).is_ok(), "the name is free");
    two.take_in();
    assert_eq!(two.tokens.list(), one.tokens.list());
    // A browser's cookie is where it was made.
    one.tokens.redeem(&one.tokens.new_link().unwrap(), NOW).unwrap().unwrap();
    two.take_in();
    assert_eq!(two.tokens.list().len(), 1);
    one.take_in();
    assert_eq!(one.tokens.list().len(), 2);
}

#[test]
fn a_paused_item_is_paused_everywhere_until_it_is_resumed_anywhere() {
    let cluster = MemoryCluster::new(1);
    let one = Node::new(&cluster, 1);
    let two = Node::new(&cluster, 2);
    let item = |kind, name: &str| Item { kind, name: name.to_owned() };
    let route = item(ItemKind::Route, "/catalog/:id");
    one.shared.pause(&one.paused, "quarry", route.clone(), NOW).unwrap();
    one.shared.pause(&one.paused, "quarry", item(ItemKind::Command, "init"), NOW).unwrap();
    two.take_in();
    assert_eq!(two.paused.list().len(), 2);
    assert_eq!(two.shared.resume(&two.paused, "quarry", "/catalog/:id", NOW - 60).unwrap(), route);
    one.take_in();
    assert_eq!(one.paused.list().len(), 1);
    one.take_in();
    assert_eq!(one.paused.list(), two.paused.list());
}
