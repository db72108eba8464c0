//! Seeing what replicas hold.

use std::collections::HashMap;
use std::sync::Arc;

use aboveboard_store::StoreError;

use super::outbox::Outbox;
use super::waiting::{Step, WaitingBlock};
use crate::client::{Client, Patience, Rows, Server, Standing};
use crate::problem::Problem;
use crate::schema::{ARRIVAL, JOURNAL, JOURNAL_SERVERS};

/// How many of the servers that were asked have all of a part, how many of it lack some, and how many did not answer.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    whole: usize,
    lacking: usize,
}

impl Seen {
    fn count(&mut self, is_whole: bool) {
        if is_whole {
            self.whole += 1;
        } else {
            self.lacking += 1;
        }
    }

    /// The step of a part that was sent, where `needed` servers must have all of it.
    fn step(self, needed: usize) -> Step {
        // Where no server is known that must have it, nobody was seen to.
        if needed > 0 && self.whole >= needed {
            Step::Settled
        } else if self.whole == 0 && self.lacking > 0 {
            // Whoever took it may have lost it since.
            Step::Unknown
        } else {
            Step::Sent
        }
    }
}

impl Outbox {
    /// Looks which of what was sent is held by every replica that must hold it.
    pub(super) fn look(&self, client: &Client, blocks: &[Arc<WaitingBlock>]) -> Result<(), StoreError> {
        for shard in 0..client.shards() {
            let is_sent =
                |block: &&Arc<WaitingBlock>| block.progress().shards.get(shard as usize) == Some(&Step::Sent);
            let sent: Vec<_> = blocks.iter().filter(is_sent).collect();
            if !sent.is_empty() {
                self.look_for_batches(client, shard, &sent)?;
            }
        }
        let sent: Vec<_> = blocks.iter().filter(|block| block.progress().journal == Step::Sent).collect();
        if sent.is_empty() { Ok(()) } else { self.look_for_journal(client, &sent) }
    }

    fn look_for_batches(
        &self,
        client: &Client,
        shard: u32,
        sent: &[&Arc<WaitingBlock>],
    ) -> Result<(), StoreError> {
        let day = sent.iter().map(|block| block.head.days.0).min().unwrap_or_default();
        let first = sent.iter().map(|block| block.head.first.0).min().unwrap_or_default();
        let sql = format!(
            "SELECT block, uniqExact(position) FROM {} WHERE day >= toDate({day}) AND node = {} AND block >= {first} GROUP BY block",
            ARRIVAL.name, self.node.0
        );
        let replicas = client.replicas(shard);
        let mut seen = vec![Seen::default(); sent.len()];
        for replica in &replicas {
            let Some(mut rows) = ask(replica, &sql) else { continue };
            let mut there = HashMap::new();
            while !rows.is_at_end() {
                there.insert(rows.u64()?, rows.u64()?);
            }
            for (block, seen) in sent.iter().zip(&mut seen) {
                let count = there.get(&block.head.first.0).copied().unwrap_or_default();
                seen.count(count >= block.head.shards[shard as usize].count);
            }
        }
        for (block, seen) in sent.iter().zip(seen) {
            block.progress().shards[shard as usize] = seen.step(replicas.len());
        }
        Ok(())
    }

    fn look_for_journal(&self, client: &Client, sent: &[&Arc<WaitingBlock>]) -> Result<(), StoreError> {
        let counts: Vec<_> = sent
            .iter()
            .map(|block| {
                format!("uniqExactIf((position, number), {})", block.head.journal_condition(self.node.0))
            })
            .collect();
        let day = sent.iter().map(|block| block.head.days.0).min().unwrap_or_default();
        let servers = client.servers();
        let needed = servers.len().min(JOURNAL_SERVERS);
        let mut seen = vec![Seen::default(); sent.len()];
        for server in &servers {
            if seen.iter().all(|seen| seen.whole >= needed) {
                break;
            }
            // A question has room for so many at once.
            let of_this: Result<Vec<_>, StoreError> = counts
                .chunks(MAX_COUNTS)
                .map(|counts| {
                    let sql = format!(
                        "SELECT {} FROM {} WHERE day >= toDate({day}) AND node = {}",
                        counts.join(", "),
                        JOURNAL.name,
                        self.node.0
                    );
                    let Some(mut rows) = ask(server, &sql) else { return Ok(Vec::new()) };
                    counts.iter().map(|_| rows.u64()).collect()
                })
                .collect();
            let of_this = of_this?.concat();
            if of_this.len() == sent.len() {
                for ((block, seen), count) in sent.iter().zip(&mut seen).zip(of_this) {
                    seen.count(count >= block.head.journal.count);
                }
            }
        }
        for (block, seen) in sent.iter().zip(seen) {
            block.progress().journal = seen.step(needed);
        }
        Ok(())
    }
}

/// How many blocks one question about the journal counts.
const MAX_COUNTS: usize = 50;

/// The answer of one server, if it gives any now.
fn ask(server: &Arc<Server>, sql: &str) -> Option<Rows> {
    if matches!(server.standing(), Standing::Unusable(_)) {
        return None;
    }
    match server.ask(sql, Patience::Read) {
        Ok(rows) => Some(rows),
        Err(problem) => {
            if matches!(problem, Problem::Unreachable(_)) {
                server.set_down(&problem);
            }
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_server_must_hold_is_not_settled() {
        let seen = |whole, lacking| Seen { whole, lacking };
        assert_eq!(seen(2, 0).step(2), Step::Settled);
        assert_eq!(seen(1, 1).step(2), Step::Sent);
        assert_eq!(seen(0, 1).step(2), Step::Unknown);
        assert_eq!(seen(0, 0).step(0), Step::Sent);
    }
}
