//! What a database does for the collectors of a cluster.

use std::fmt;
use std::sync::Arc;

use aboveboard_store::StoreError;
use aboveboard_store::calendar::Day;
use aboveboard_store::entry::Position;
use aboveboard_store::read::{InstallationKey, ReadResult};

use crate::batch::Batch;
use crate::closed::{CellKey, ClosedDays, ClosedRow, MemberKey, SeenBatch, TallyKey};
use crate::journal::JournalEntry;
use crate::order::{NodeId, Order};
use crate::state::InstallationState;

/// What a range of one log says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// Its batches, in the order.
    pub batches: Vec<Batch>,
    /// Its entries of the journal, each at the place of the entry of the log that it comes from.
    pub journal: Vec<(Order, JournalEntry)>,
    /// Where the entry behind the range would begin.
    pub end: Position,
    /// The latest time of the order up to here.
    pub at: i64,
}

/// A block as it lies in the cluster: the collector that sent it, and where it begins in its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockName {
    /// The collector.
    pub node: NodeId,
    /// Where the block begins.
    pub first: Position,
}

/// What the batches of one day of the order on one shard came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClosedDay {
    /// The rows that count.
    pub rows: Vec<(Arc<str>, ClosedRow)>,
    /// Members of sets.
    pub members: Vec<(Arc<str>, MemberKey, InstallationKey)>,
    /// Sums.
    pub cells: Vec<(Arc<str>, CellKey, i64)>,
    /// What is tallied beside them.
    pub tallies: Vec<(Arc<str>, TallyKey, i64)>,
    /// What is known of the installations that are in it.
    pub states: Vec<(Arc<str>, InstallationKey, InstallationState)>,
    /// The batches that were taken in.
    pub seen: Vec<SeenBatch>,
    /// The earliest day of its events.
    pub first_day: Option<Day>,
}

/// The port to a cluster. Each call blocks, and ends within the time limits of the adapter.
///
/// # Errors
/// Every call fails where the cluster, or the collector's own directory, cannot be used. What was appended stays.
#[allow(clippy::missing_errors_doc, reason = "every call fails for the same reasons, which the trait states")]
pub trait Backend: fmt::Debug + Send + Sync {
    /// This collector.
    fn node(&self) -> NodeId;

    /// How many shards the cluster has. An installation is on the shard whose number is its key modulo this.
    fn shards(&self) -> u32;

    /// Where the entry behind the last block would begin, and the latest time of the order up to there.
    fn position(&self) -> Result<(Position, i64), StoreError>;

    /// Takes a block. Once this returns, also a kill loses nothing of it; until [`flush`](Self::flush) others may not see it.
    fn append(&self, block: Block) -> Result<(), StoreError>;

    /// Brings what was taken into the cluster: first the journal of a block, then its batches. Succeeds once every shard has all of it.
    fn flush(&self) -> Result<(), StoreError>;

    /// Writes entries to the journal that come from no log, at the time `at` of the order.
    fn note(&self, at: i64, entries: &[JournalEntry]) -> Result<(), StoreError>;

    /// The position up to which every replica that must was seen to hold all: the log may let go of what lies before.
    fn settled(&self) -> Result<Position, StoreError>;

    /// The whole journal, as far as this collector has seen it, in no order. Entries that it has seen are always there.
    fn journal(&self) -> ReadResult<Arc<Vec<(Order, JournalEntry)>>>;

    /// The blocks with batches on days of the order from this one on, by shard, and how many batches each has there.
    fn blocks(&self, from: Day) -> ReadResult<Vec<(u32, BlockName, u64)>>;

    /// The batches of some of these on a shard, on days of the order from one on; the same batch may come several times.
    fn batches(&self, shard: u32, from: Day, blocks: &[BlockName]) -> ReadResult<Vec<Batch>>;

    /// The days that are closed, as the journal says.
    fn closed(&self, journal: &[(Order, JournalEntry)]) -> ReadResult<Box<dyn ClosedDays + '_>>;

    /// Keeps what a day came to on a shard under a new generation, and says so in the journal once every replica that must has it.
    fn close(&self, shard: u32, day: Day, what: &ClosedDay) -> Result<(), StoreError>;

    /// Keeps new sums of a closed day on a shard, which lack the rows of some installations or what went by some name, and says so in
    /// the journal.
    fn close_again(
        &self,
        shard: u32,
        day: Day,
        cells: &[(Arc<str>, CellKey, i64)],
        without: &[InstallationKey],
    ) -> Result<(), StoreError>;

    /// Deletes what closed days keep of installations besides sums, as far as it came before a removal. What is known of them at the end
    /// of the last closed day stays until a day behind that of the removal is closed: the replay of open days begins with it.
    fn delete_installations(&self, gone: &[(String, InstallationKey, Order)]) -> Result<(), StoreError>;

    /// Deletes cells and members of closed days up to a day of the order that go by a name of a product.
    fn delete_item(&self, product: &str, name: &str, upto: Day) -> Result<(), StoreError>;

    /// Deletes tallies of synthetic contexts of a product up to a day of the order.
    fn delete_synthetic_tallies(&self, product: &str, upto: Day) -> Result<(), StoreError>;

    /// Keeps how many installations were active on days whose sets go now, then deletes rows and members of a product before a day.
    fn retire(
        &self,
        product: &str,
        before: Day,
        retired: &[(Day, Arc<crate::batch::SentContext>, u64)],
    ) -> Result<(), StoreError>;

    /// Deletes ids of batches that the journal says are forgotten: those of which it says so on a day behind which another is closed, since what came
    /// before is replayed with them.
    fn forget_ids(&self) -> Result<(), StoreError>;

    /// Deletes what was received on days before one, and by the hour before another.
    fn forget_receipts(&self, before: Day, hours_before: Day) -> Result<(), StoreError>;
}
