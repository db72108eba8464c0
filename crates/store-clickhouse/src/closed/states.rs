//! What is known of installations and of batches.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use aboveboard_replay::{InstallationState, LatestReport, NodeId, Order, SeenBatch, encode};
use aboveboard_store::calendar::Day;
use aboveboard_store::entry::Position;
use aboveboard_store::facts::BatchKey;
use aboveboard_store::read::{InstallationKey, ReadResult};

use super::cache::{About, Kept};
use super::days::{ClusterDays, not_encoded};
use super::generations::{Holding, Of, shard_of};
use super::rows::MAX_INSTALLATIONS;
use super::sql::{list, quoted};
use super::tables::{SEEN, STATE};
use crate::client::{RowWriter, Rows};
use crate::problem::malformed;

/// About how many installations are given at once by who goes through all of them.
const MAX_KNOWN_AT_ONCE: u64 = 4_096;

/// Batches that one statement names.
const MAX_BATCHES: usize = 8_192;

impl ClusterDays<'_> {
    pub(super) fn read_states(
        &self,
        product: &str,
        installations: &[InstallationKey],
    ) -> ReadResult<Vec<(InstallationKey, Day, InstallationState)>> {
        let mut states = Vec::new();
        for shard in self.shards() {
            let here: Vec<u64> = installations
                .iter()
                .filter(|key| shard_of(**key, self.generations.shards()) == shard)
                .map(|key| key.0)
                .collect();
            for some in here.chunks(MAX_INSTALLATIONS) {
                let condition = format!("who IN ({})", list(some));
                states.extend(self.fetch_states(shard, product, &condition)?);
            }
        }
        Ok(states)
    }

    /// The last state of each installation, ascending.
    fn fetch_states(
        &self,
        shard: u32,
        product: &str,
        condition: &str,
    ) -> ReadResult<Vec<(InstallationKey, Day, InstallationState)>> {
        let mut states = Vec::new();
        let Some(is_read) = self.is_read(shard, Of::Rows, Holding::Anything) else { return Ok(states) };
        let mut rows = self.ask(shard, &states_sql(product, condition, &is_read))?;
        while !rows.is_at_end() {
            let who = InstallationKey(rows.u64()?);
            let day = rows.i32()?;
            states.push((who, day, encode::read_state(rows.bytes()?).map_err(not_encoded)?));
        }
        Ok(states)
    }

    pub(super) fn read_known(
        &self,
        product: &str,
        from: InstallationKey,
        each: &mut dyn FnMut(InstallationKey, Day, InstallationState),
    ) -> ReadResult<Option<InstallationKey>> {
        // Keys are spread evenly, so a range of them holds its share.
        let known = self.count_known(product)?;
        let ranges = known.div_ceil(MAX_KNOWN_AT_ONCE).max(1);
        let last = from.0.saturating_add(u64::MAX / ranges);
        let condition = format!("who >= {} AND who <= {last}", from.0);
        let mut states = Vec::new();
        for shard in self.shards() {
            states.extend(self.fetch_states(shard, product, &condition)?);
        }
        states.sort_by_key(|(who, _, _)| *who);
        states.into_iter().for_each(|(who, day, state)| each(who, day, state));
        Ok(last.checked_add(1).map(InstallationKey))
    }

    fn count_known(&self, product: &str) -> ReadResult<u64> {
        let read = || {
            let mut known = 0;
            for shard in self.shards() {
                let Some(is_read) = self.is_read(shard, Of::Rows, Holding::Anything) else { continue };
                let sql = format!(
                    "SELECT uniq(who) FROM {} WHERE product = {} AND {is_read}",
                    STATE.name,
                    quoted(product)
                );
                known += self.ask(shard, &sql)?.u64()?;
            }
            Ok(Kept::Number(known))
        };
        match self.remembered(product, About::Known, Of::Rows, read)? {
            Kept::Number(known) => Ok(known),
            _ => Err(malformed("it is the answer to another question")),
        }
    }

    pub(super) fn read_latest(
        &self,
        product: &str,
        each: &mut dyn FnMut(InstallationKey, Day, &LatestReport),
    ) -> ReadResult<()> {
        let read = || {
            let mut latest = Vec::new();
            for shard in self.shards() {
                let Some(is_read) = self.is_read(shard, Of::Rows, Holding::Anything) else { continue };
                let mut rows = self.ask(shard, &latest_sql(product, &is_read))?;
                while !rows.is_at_end() {
                    let who = InstallationKey(rows.u64()?);
                    let day = rows.i32()?;
                    let report = encode::read_latest(rows.bytes()?).map_err(not_encoded)?;
                    latest.push((who, day, report));
                }
            }
            Ok(Kept::Latest(Arc::new(latest)))
        };
        match self.remembered(product, About::Latest, Of::Rows, read)? {
            Kept::Latest(latest) => latest.iter().for_each(|(who, day, report)| each(*who, *day, report)),
            _ => return Err(malformed("it is the answer to another question")),
        }
        Ok(())
    }

    pub(super) fn read_seen(&self, keys: &[BatchKey]) -> ReadResult<Vec<SeenBatch>> {
        let mut found: HashMap<BatchKey, SeenBatch> = HashMap::new();
        for some in keys.chunks(MAX_BATCHES) {
            let wanted: HashSet<BatchKey> = some.iter().copied().collect();
            for shard in self.shards() {
                let Some(is_read) = self.is_read(shard, Of::Rows, Holding::Anything) else { continue };
                let mut rows = self.ask(shard, &seen_sql(some, &is_read))?;
                while !rows.is_at_end() {
                    let seen = read_seen(&mut rows)?;
                    if !wanted.contains(&seen.key) {
                        continue;
                    }
                    let last = found.entry(seen.key).or_insert(seen);
                    if seen.order > last.order {
                        *last = seen;
                    }
                }
            }
        }
        Ok(found.into_values().collect())
    }
}

/// The statement for states, of which the last of each installation counts.
pub(super) fn states_sql(product: &str, condition: &str, is_read: &str) -> String {
    format!(
        "SELECT who, day, state FROM {} WHERE product = {} AND {condition} AND {is_read} ORDER BY who, day DESC LIMIT 1 BY who",
        STATE.name,
        quoted(product)
    )
}

/// The statement for last reports: those of the last states, where these have one.
pub(super) fn latest_sql(product: &str, is_read: &str) -> String {
    format!(
        "SELECT who, day, report FROM (SELECT who, day, report FROM {} WHERE product = {} AND {is_read} \
         ORDER BY who, day DESC LIMIT 1 BY who) WHERE notEmpty(report)",
        STATE.name,
        quoted(product)
    )
}

/// The statement for batches.
pub(super) fn seen_sql(keys: &[BatchKey], is_read: &str) -> String {
    let high = list(keys.iter().map(|key| halves(*key).0));
    format!(
        "SELECT key_high, key_low, events_hash, received, at, node, position FROM {} WHERE key_high IN ({high}) AND {is_read}",
        SEEN.name
    )
}

/// The key of a batch as two numbers.
fn halves(key: BatchKey) -> (u64, u64) {
    let number = u128::from_be_bytes(*key.bytes());
    let low = u64::try_from(number & u128::from(u64::MAX)).unwrap_or(0);
    (u64::try_from(number >> 64).unwrap_or(0), low)
}

fn read_seen(rows: &mut Rows) -> ReadResult<SeenBatch> {
    let key = u128::from(rows.u64()?) << 64 | u128::from(rows.u64()?);
    Ok(SeenBatch {
        key: BatchKey::from_bytes(key.to_be_bytes()),
        events_hash: rows.i64()?,
        received: rows.i32()?,
        order: Order { at: rows.i64()?, node: NodeId(rows.u64()?), position: Position(rows.u64()?) },
    })
}

/// Writes the columns of a batch up to `day`.
pub(super) fn write_seen(row: &mut RowWriter, seen: &SeenBatch) {
    let (high, low) = halves(seen.key);
    row.u64(high)
        .u64(low)
        .i64(seen.events_hash)
        .i32(seen.received)
        .i64(seen.order.at)
        .u64(seen.order.node.0)
        .u64(seen.order.position.0);
}
