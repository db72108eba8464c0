//! Batches as rows of the cluster: the columns are for people, the body is what is read back.

use aboveboard_replay::{Batch, BlockName, NodeId, encode};
use aboveboard_store::StoreError;
use aboveboard_store::calendar::Day;
use aboveboard_store::entry::Position;

use crate::client::{Client, RowWriter, date};
use crate::problem::malformed;
use crate::schema::ARRIVAL;

/// How many blocks are fetched at once: their rows are in memory together, as they come and as batches.
const MAX_BLOCKS_AT_ONCE: usize = 16;

/// Writes the row of a batch in a block that begins at `block`.
pub(crate) fn push_row(rows: &mut RowWriter, batch: &Batch, node: NodeId, block: Position) {
    let context = &batch.context;
    rows.date(batch.order.day()).i64(batch.order.at).u64(node.0).u64(batch.order.position.0).u64(block.0);
    rows.text(&batch.product).u64(batch.installation.0).fixed(batch.key.bytes());
    rows.i64(batch.events_hash).i64(batch.received_at).u64(batch.sequence);
    rows.text(context.component.name()).text(&batch.sent_version.to_string());
    rows.text(&context.os).text(&context.arch);
    let marks: Vec<_> = context.marks.names().collect();
    rows.text(&marks.join(",")).u64(batch.sent).u64(batch.refused);
    rows.bytes(&encode::batch(batch));
}

/// The blocks with batches on days of the order from this one on, by shard, and how many batches each has there.
pub(crate) fn blocks(client: &Client, from: Day) -> Result<Vec<(u32, BlockName, u64)>, StoreError> {
    let sql = format!(
        "SELECT node, block, uniqExact(position) FROM {} WHERE day >= toDate({}) GROUP BY node, block",
        ARRIVAL.name,
        date(from)
    );
    let mut blocks = Vec::new();
    for shard in 0..client.shards() {
        let mut rows = client.select(shard, &sql)?;
        while !rows.is_at_end() {
            let name = BlockName { node: NodeId(rows.u64()?), first: Position(rows.u64()?) };
            blocks.push((shard, name, rows.u64()?));
        }
    }
    Ok(blocks)
}

/// The batches of some blocks on a shard, on days of the order from one on.
pub(crate) fn batches(
    client: &Client,
    shard: u32,
    from: Day,
    blocks: &[BlockName],
) -> Result<Vec<Batch>, StoreError> {
    let mut batches = Vec::new();
    for blocks in blocks.chunks(MAX_BLOCKS_AT_ONCE) {
        let each: Vec<_> = blocks
            .iter()
            .map(|BlockName { node, first }| format!("(node = {} AND block = {})", node.0, first.0))
            .collect();
        let sql = format!(
            "SELECT body FROM {} WHERE day >= toDate({}) AND ({})",
            ARRIVAL.name,
            date(from),
            each.join(" OR ")
        );
        let mut rows = client.select(shard, &sql)?;
        while !rows.is_at_end() {
            let batch = encode::read_batch(rows.bytes()?);
            batches.push(batch.map_err(|_| malformed("a batch is none that this program writes"))?);
        }
    }
    Ok(batches)
}
