//! Batches as rows of the cluster: the columns are for people, the body is what is read back.

use std::collections::BTreeMap;

use aboveboard_replay::{Batch, BlockName, NodeId, encode};
use aboveboard_store::StoreError;
use aboveboard_store::calendar::Day;
use aboveboard_store::entry::Position;

use crate::client::{Client, RowWriter, date};
use crate::problem::malformed;
use crate::schema::ARRIVAL;

/// How many batches are fetched at once, about: their rows are in memory together, as they come and as batches.
const MAX_ROWS_AT_ONCE: u64 = 50_000;

/// How many blocks one question names.
const MAX_NAMED_BLOCKS: usize = 4_096;

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
    for named in blocks.chunks(MAX_NAMED_BLOCKS) {
        for blocks in at_once(&sizes(client, shard, from, named)?) {
            let sql = format!("SELECT body FROM {} WHERE {}", ARRIVAL.name, condition(from, blocks));
            let mut rows = client.select(shard, &sql)?;
            while !rows.is_at_end() {
                let batch = encode::read_batch(rows.bytes()?);
                batches.push(batch.map_err(|_| malformed("a batch is none that this program writes"))?);
            }
        }
    }
    Ok(batches)
}

/// A block, and how many rows it has.
type SizedBlock = (BlockName, u64);

/// How many rows blocks have; those that have none are left out.
fn sizes(
    client: &Client,
    shard: u32,
    from: Day,
    blocks: &[BlockName],
) -> Result<Vec<SizedBlock>, StoreError> {
    if blocks.is_empty() {
        return Ok(Vec::new());
    }
    let named: Vec<_> = blocks.iter().map(|block| (*block, 0)).collect();
    let sql = format!(
        "SELECT node, block, count() FROM {} WHERE {} GROUP BY node, block",
        ARRIVAL.name,
        condition(from, &named)
    );
    let mut rows = client.select(shard, &sql)?;
    let mut sizes = Vec::with_capacity(blocks.len());
    while !rows.is_at_end() {
        let name = BlockName { node: NodeId(rows.u64()?), first: Position(rows.u64()?) };
        sizes.push((name, rows.u64()?));
    }
    sizes.sort_unstable_by_key(|(name, _)| *name);
    Ok(sizes)
}

/// Parts of a list whose rows are fetched at once.
fn at_once(mut blocks: &[SizedBlock]) -> Vec<&[SizedBlock]> {
    let mut parts = Vec::new();
    while !blocks.is_empty() {
        let mut rows = 0;
        let fits = |(_, size): &&SizedBlock| {
            rows += size;
            rows <= MAX_ROWS_AT_ONCE
        };
        let (part, rest) = blocks.split_at(blocks.iter().take_while(fits).count().max(1));
        parts.push(part);
        blocks = rest;
    }
    parts
}

/// Which rows are those of some blocks.
fn condition(from: Day, blocks: &[SizedBlock]) -> String {
    let mut by_node: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for (BlockName { node, first }, _) in blocks {
        by_node.entry(node.0).or_default().push(first.0.to_string());
    }
    let of_node = |(node, blocks): (&u64, &Vec<String>)| {
        format!("(node = {node} AND block IN ({}))", blocks.join(", "))
    };
    let each: Vec<_> = by_node.iter().map(of_node).collect();
    format!("day >= toDate({}) AND ({})", date(from), each.join(" OR "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sized(sizes: &[u64]) -> Vec<SizedBlock> {
        let block =
            |(first, size): (u64, &u64)| (BlockName { node: NodeId(1), first: Position(first) }, *size);
        (0..).zip(sizes).map(block).collect()
    }

    #[test]
    fn blocks_are_fetched_together_as_far_as_their_rows_fit() {
        for (sizes, parts) in [
            (&[][..], &[][..]),
            (&[1, 2, 3], &[3]),
            (&[50_000, 1], &[1, 1]),
            (&[1, 49_999, 1], &[2, 1]),
            (&[90_000, 90_000, 5, 5], &[1, 1, 2]),
        ] {
            let blocks = sized(sizes);
            let found: Vec<_> = at_once(&blocks).iter().map(|part| part.len()).collect();
            assert_eq!(found, parts, "{sizes:?}");
        }
    }

    #[test]
    fn blocks_are_named_by_collector() {
        let mut blocks = sized(&[1, 1]);
        blocks.push((BlockName { node: NodeId(u64::MAX), first: Position(7) }, 1));
        let expected = "day >= toDate(20000) AND ((node = 1 AND block IN (0, 1)) OR \
                        (node = 18446744073709551615 AND block IN (7)))";
        assert_eq!(condition(20_000, &blocks), expected);
    }
}
