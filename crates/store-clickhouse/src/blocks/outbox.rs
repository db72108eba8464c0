//! The blocks and notes of a collector that are on their way.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use aboveboard_replay::{Block, ClusterKey, JournalEntry, NodeId, Order};
use aboveboard_store::entry::Position;
use aboveboard_store::{StoreError, StoreFate};

use super::file::{FIRST_NOTE, Head, of_block, of_notes};
use super::waiting::{Step, WaitingBlock};
use crate::client::Client;
use crate::node::{Node, NodeDirectory};
use crate::problem::error;

/// What the files of blocks are called, with the position where each begins.
const BLOCK: &str = "block-";

/// What the files of entries that come from no log are called, with the number of the first.
const NOTE: &str = "note-";

/// What waits until the cluster was seen to hold it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How many blocks of the log.
    pub blocks: u64,
    /// How often a part of a block was sent again since the collector started.
    pub sent_again: u64,
}

/// The blocks and notes of a collector that are on their way.
#[derive(Debug)]
pub(crate) struct Outbox {
    pub(super) directory: NodeDirectory,
    pub(super) node: NodeId,
    shards: u32,
    state: Mutex<State>,
    /// Held by whoever sends, or looks what is there.
    turn: Mutex<()>,
    pub(super) sent_again: AtomicU64,
    /// Whether the directory is another process's.
    is_read_only: bool,
}

#[derive(Debug)]
struct State {
    /// Up to where every replica that must was seen to hold all.
    settled: Node,
    blocks: VecDeque<Arc<WaitingBlock>>,
    notes: Vec<Arc<WaitingBlock>>,
    /// Files of what is settled, until they are gone.
    finished: Vec<String>,
    /// The number of the last entry that came from no log.
    last_note: u64,
}

impl Outbox {
    /// Opens the directory of a collector, and makes it the node of a cluster if it is none.
    pub(crate) fn open(directory: NodeDirectory, key: &ClusterKey, shards: u32) -> Result<Self, StoreError> {
        let node = match directory.read_node()? {
            Some(node) => {
                node.check(key, &directory.path_of("node"))?;
                node
            }
            None => {
                let node = Node::new(key)?;
                directory.write_node(&node)?;
                node
            }
        };
        let mut state = State::new(node);
        for name in directory.names()? {
            state.find(&directory, name, shards)?;
        }
        state.check(&directory)?;
        Ok(Self::with(directory, state, shards))
    }

    /// Opens the directory of a collector for somebody else who only reads: no file is looked at but the one that says who it is.
    pub(crate) fn open_to_read(
        directory: NodeDirectory,
        key: &ClusterKey,
        shards: u32,
    ) -> Result<Self, StoreError> {
        let path = directory.path_of("node");
        let node = directory.read_node()?.ok_or_else(|| {
            error(
                format!("there is no {}, so this is no collector of a cluster", path.display()),
                StoreFate::Final,
            )
        })?;
        node.check(key, &path)?;
        let state = State::new(node);
        Ok(Self { is_read_only: true, ..Self::with(directory, state, shards) })
    }

    fn with(directory: NodeDirectory, state: State, shards: u32) -> Self {
        Self {
            directory,
            node: state.settled.id,
            shards,
            state: Mutex::new(state),
            turn: Mutex::new(()),
            sent_again: AtomicU64::new(0),
            is_read_only: false,
        }
    }

    /// Fails where only reading was asked for.
    fn check_writable(&self) -> Result<(), StoreError> {
        if !self.is_read_only {
            return Ok(());
        }
        Err(error("the cluster was opened to read alone".to_owned(), StoreFate::Final))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// This collector.
    pub(crate) fn node(&self) -> NodeId {
        self.node
    }

    /// What waits until the cluster was seen to hold it.
    pub(crate) fn waiting(&self) -> Waiting {
        let blocks = self.state().blocks.len() as u64;
        Waiting { blocks, sent_again: self.sent_again.load(Ordering::Relaxed) }
    }

    /// Where the entry behind the last block would begin, and the latest time of the order up to there.
    pub(crate) fn position(&self) -> (Position, i64) {
        self.state().position()
    }

    /// Writes a block into the directory.
    pub(crate) fn append(&self, block: &Block) -> Result<(), StoreError> {
        self.check_writable()?;
        let (first, _) = self.position();
        if block.end < first {
            return Err(error("a block of the log ends before it begins".to_owned(), StoreFate::Final));
        }
        let (head, content) = of_block(block, self.node, first, self.shards);
        let name = format!("{BLOCK}{:020}", first.0);
        if block.end == first && head.journal.count == 0 && block.batches.is_empty() {
            return Ok(());
        }
        self.directory.write(&name, &content)?;
        self.state().blocks.push_back(Arc::new(WaitingBlock::new(name, head, Step::New)));
        Ok(())
    }

    /// Brings every block into the cluster that is not there.
    pub(crate) fn flush(&self, client: &Client) -> Result<(), StoreError> {
        let _turn = self.turn();
        let blocks: Vec<_> = self.state().blocks.iter().cloned().collect();
        blocks.iter().filter(|block| !block.is_sent()).try_for_each(|block| self.send(client, block))
    }

    /// Writes entries to the journal that come from no log.
    pub(crate) fn note(&self, client: &Client, at: i64, entries: &[JournalEntry]) -> Result<(), StoreError> {
        self.check_writable()?;
        if entries.is_empty() {
            return Ok(());
        }
        let (order, number) = {
            let mut state = self.state();
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let now = u64::try_from(now.as_micros()).unwrap_or(u64::MAX);
            let first = now.max(state.last_note + 1);
            state.last_note = first + entries.len() as u64;
            (Order { at, node: self.node, position: state.position().0 }, first)
        };
        let (head, content) = of_notes(entries, order, number);
        let name = format!("{NOTE}{number:020}");
        let note = Arc::new(WaitingBlock::new(name, head, Step::New));
        let sent = self.directory.write(&note.name, &content).and_then(|()| {
            let _turn = self.turn();
            self.send(client, &note)
        });
        if sent.is_ok() {
            self.state().notes.push(note);
            return Ok(());
        }
        // Whoever asked is told, and asks again: what it was, if it came there after all, is true all the same.
        self.state().finished.push(note.name.clone());
        self.remove_finished()?;
        sent
    }

    /// Looks what is settled, and gives the position up to which all is.
    pub(crate) fn settle(&self, client: &Client) -> Result<Position, StoreError> {
        self.check_writable()?;
        let _turn = self.turn();
        let (blocks, notes) = {
            let state = self.state();
            (state.blocks.iter().cloned().collect::<Vec<_>>(), state.notes.clone())
        };
        // What was on its way when the collector was killed is asked for here, also where nothing comes any more.
        let mut unsent = blocks.iter().filter(|block| !block.is_sent());
        if let Err(error) = unsent.try_for_each(|block| self.send(client, block)) {
            tracing::debug!(%error, "a block cannot be sent now");
        }
        let all: Vec<_> = notes.iter().chain(&blocks).cloned().collect();
        self.look(client, &all)?;
        self.finish(&blocks, &notes)?;
        self.remove_finished()?;
        notes.iter().filter(|note| !note.is_sent()).try_for_each(|note| self.send(client, note))?;
        Ok(self.state().settled.settled)
    }

    /// Takes out what is settled.
    fn finish(&self, blocks: &[Arc<WaitingBlock>], notes: &[Arc<WaitingBlock>]) -> Result<(), StoreError> {
        let settled: Vec<_> = blocks.iter().take_while(|block| block.is_settled()).collect();
        if let Some(last) = settled.last() {
            let node = self.state().settled.settled_to(last.head.end, last.head.at);
            // The file says so before those of the blocks go.
            self.directory.write_node(&node)?;
            let mut state = self.state();
            state.settled = node;
            state.blocks.drain(..settled.len());
        }
        let mut state = self.state();
        state.notes.retain(|note| !note.is_settled());
        let settled_notes = notes.iter().filter(|note| note.is_settled());
        let names = settled.into_iter().chain(settled_notes).map(|block| block.name.clone());
        state.finished.extend(names);
        Ok(())
    }

    /// Removes the files of what is settled, also of what was before and could not be removed then.
    fn remove_finished(&self) -> Result<(), StoreError> {
        let names = self.state().finished.clone();
        for name in names {
            self.directory.remove(&name)?;
            self.state().finished.retain(|kept| *kept != name);
        }
        Ok(())
    }
}

/// Makes a collector a new node, which has none of what was on its way: the log has it from the settled position on.
pub(crate) fn renew(directory: &NodeDirectory) -> Result<Option<NodeId>, StoreError> {
    let Some(node) = directory.read_node()? else { return Ok(None) };
    let renewed = node.renewed()?;
    // Files of the old node must be gone before there is a new one, or it would take them for its own.
    for name in directory.names()? {
        if name.starts_with(BLOCK) || name.starts_with(NOTE) {
            directory.remove(&name)?;
        }
    }
    directory.write_node(&renewed)?;
    Ok(Some(node.id))
}

impl State {
    /// Nothing is on its way.
    fn new(settled: Node) -> Self {
        Self {
            settled,
            blocks: VecDeque::new(),
            notes: Vec::new(),
            finished: Vec::new(),
            last_note: FIRST_NOTE,
        }
    }

    fn position(&self) -> (Position, i64) {
        self.blocks
            .back()
            .map_or((self.settled.settled, self.settled.at), |block| (block.head.end, block.head.at))
    }

    /// Takes in a file that was there when the collector started.
    fn find(&mut self, directory: &NodeDirectory, name: String, shards: u32) -> Result<(), StoreError> {
        let is_note = name.starts_with(NOTE);
        if name.ends_with(".tmp") {
            // It was being written when the collector was killed, so nothing was told of it.
            return directory.remove(&name);
        }
        if !is_note && !name.starts_with(BLOCK) {
            return Ok(());
        }
        let head = Head::read(&directory.open_file(&name)?).map_err(|_| unfit(directory, &name))?;
        if is_note != head.note.is_some() || (!is_note && head.shards.len() != shards as usize) {
            return Err(unfit(directory, &name));
        }
        if !is_note && head.end <= self.settled.settled {
            return directory.remove(&name);
        }
        let last = head.note.map(|number| number + head.journal.count);
        self.last_note = self.last_note.max(last.unwrap_or_default());
        let block = Arc::new(WaitingBlock::new(name, head, Step::Unknown));
        if is_note {
            self.notes.push(block)
        } else {
            self.blocks.push_back(block)
        }
        Ok(())
    }

    /// Whether each block begins where the one before ends.
    fn check(&self, directory: &NodeDirectory) -> Result<(), StoreError> {
        let mut end = self.settled.settled;
        for block in &self.blocks {
            if block.head.first != end {
                return Err(unfit(directory, &block.name));
            }
            end = block.head.end;
        }
        Ok(())
    }
}

fn unfit(directory: &NodeDirectory, name: &str) -> StoreError {
    let path = directory.path_of(name);
    let why = format!(
        "{} is damaged, or does not belong to the files beside it; restore a backup of the data directory, or give this \
         collector a new place in the cluster with `aboveboard collector restore`",
        path.display()
    );
    error(why, StoreFate::Final)
}
