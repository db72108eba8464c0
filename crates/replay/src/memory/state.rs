//! What the servers of a cluster in memory and the disks of its collectors hold.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use aboveboard_store::calendar::Day;
use aboveboard_store::entry::Position;

use crate::backend::{Block, BlockName, ClosedDay};
use crate::batch::{Batch, SentContext};
use crate::closed::CellKey;
use crate::journal::JournalEntry;
use crate::order::{NodeId, Order};

/// What the servers and the disks hold.
#[derive(Debug, Default)]
pub(super) struct MemoryState {
    pub(super) shards: u32,
    pub(super) disks: BTreeMap<NodeId, Disk>,
    pub(super) journal: Vec<SentEntry>,
    pub(super) blocks: Vec<SentBlock>,
    /// By shard, day of the order and generation.
    pub(super) days: BTreeMap<(u32, Day, u64), Arc<ClosedDay>>,
    /// The same by the generation of the sums.
    pub(super) sums: BTreeMap<(u32, Day, u64), Arc<Sums>>,
    pub(super) last_generation: u64,
    pub(super) retired: BTreeMap<(String, Day, Arc<SentContext>), u64>,
    /// What others do not see yet of what these collectors send.
    pub(super) held: BTreeSet<NodeId>,
    pub(super) faults: BTreeMap<NodeId, VecDeque<FlushFault>>,
    pub(super) sends_twice: bool,
    pub(super) is_reversed: bool,
    pub(super) lags: bool,
}

/// Sums of a closed day.
pub(super) type Sums = Vec<(Arc<str>, CellKey, i64)>;

/// The data directory of a collector.
#[derive(Debug, Default)]
pub(super) struct Disk {
    /// Blocks that the cluster does not hold yet, each with where it begins.
    pub(super) waiting: VecDeque<(Position, Block)>,
    pub(super) end: Position,
    pub(super) at: i64,
}

/// An entry of the journal; where it comes from a block, others may not see it yet.
#[derive(Debug)]
pub(super) struct SentEntry {
    pub(super) order: Order,
    pub(super) entry: JournalEntry,
    pub(super) is_held: bool,
}

/// The batches of a block on one shard; others may not see them yet.
#[derive(Debug)]
pub(super) struct SentBlock {
    pub(super) shard: u32,
    pub(super) name: BlockName,
    pub(super) batches: Vec<Batch>,
    pub(super) is_held: bool,
}

impl MemoryState {
    /// Whether a collector sees anything of a block.
    pub(super) fn shows(&self, sent: &SentBlock, node: NodeId) -> bool {
        !sent.is_held || sent.name.node == node || self.lags
    }

    pub(super) fn disk(&mut self, node: NodeId) -> &mut Disk {
        self.disks.entry(node).or_insert_with(|| Disk { at: i64::MIN, ..Disk::default() })
    }
}

/// How far bringing the next block into the cluster gets before it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlushFault {
    /// Nothing of it arrives.
    Nothing,
    /// What it says for the journal arrives, and no batch.
    JournalOnly,
    /// The batches of the first shard arrive too.
    FirstShard,
    /// All of it arrives, but that is not heard of.
    Unheard,
}
