//! Bringing a block into the cluster.

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use aboveboard_store::StoreError;

use super::file::{FIRST_NOTE, Head};
use super::outbox::Outbox;
use super::waiting::{Step, WaitingBlock};
use crate::client::Client;
use crate::schema::{ARRIVAL, JOURNAL};

impl Outbox {
    /// Sends what the cluster does not have of a block: its entries of the journal before its batches.
    pub(super) fn send(&self, client: &Client, block: &WaitingBlock) -> Result<(), StoreError> {
        let step = block.progress().journal;
        if let Some(again) = self.is_to_send(step) {
            // What fails from here on may have come there all the same.
            block.progress().journal = Step::Unknown;
            self.send_journal(client, block, again)?;
            block.progress().journal = Step::Sent;
        }
        for shard in 0..block.head.shards.len() {
            let step = block.progress().shards[shard];
            if let Some(again) = self.is_to_send(step) {
                block.progress().shards[shard] = Step::Unknown;
                self.send_batches(client, block, shard, again)?;
                block.progress().shards[shard] = Step::Sent;
            }
        }
        Ok(())
    }

    /// Whether a part is to be sent, and whether some of it may be there.
    fn is_to_send(&self, step: Step) -> Option<bool> {
        match step {
            Step::New => Some(false),
            Step::Unknown => Some(true),
            Step::Sent | Step::Settled => None,
        }
    }

    fn send_journal(&self, client: &Client, block: &WaitingBlock, again: bool) -> Result<(), StoreError> {
        if again {
            let sql = format!(
                "SELECT uniqExact(position, number) FROM {} WHERE {}",
                JOURNAL.name,
                block.head.journal_condition(self.node.0)
            );
            if client.select_anywhere(&sql)?.u64()? >= block.head.journal.count {
                return Ok(());
            }
            self.sent_again.fetch_add(1, Ordering::Relaxed);
        }
        let file = self.directory.open_file(&block.name)?;
        client.insert_anywhere(&JOURNAL.target(), &block.head.journal_rows(&file)?)
    }

    fn send_batches(
        &self,
        client: &Client,
        block: &WaitingBlock,
        shard: usize,
        again: bool,
    ) -> Result<(), StoreError> {
        let mut there = HashSet::new();
        if again {
            let sql = format!(
                "SELECT DISTINCT position FROM {} WHERE {}",
                ARRIVAL.name,
                block.head.batch_condition(self.node.0)
            );
            let mut rows = client.select(shard as u32, &sql)?;
            while !rows.is_at_end() {
                there.insert(rows.u64()?);
            }
            if there.len() as u64 >= block.head.shards[shard].count {
                return Ok(());
            }
            self.sent_again.fetch_add(1, Ordering::Relaxed);
        }
        let file = self.directory.open_file(&block.name)?;
        let rows = block.head.rows(&file, shard, |position| !there.contains(&position))?;
        client.insert(shard as u32, &ARRIVAL.target(), &rows)
    }
}

impl Head {
    /// Which rows of the journal are those of this block.
    pub(super) fn journal_condition(&self, node: u64) -> String {
        let days =
            format!("day >= toDate({}) AND day <= toDate({}) AND node = {node}", self.days.0, self.days.1);
        match self.note {
            Some(number) => {
                format!("{days} AND number >= {number} AND number < {}", number + self.journal.count)
            }
            None => format!(
                "{days} AND position >= {} AND position < {} AND number < {FIRST_NOTE}",
                self.first.0, self.end.0
            ),
        }
    }

    /// Which rows of batches are those of this block.
    pub(super) fn batch_condition(&self, node: u64) -> String {
        format!(
            "day >= toDate({}) AND day <= toDate({}) AND node = {node} AND block = {}",
            self.days.0, self.days.1, self.first.0
        )
    }
}
