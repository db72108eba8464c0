//! Closing days, and what is done with closed ones.
//!
//! A day is written whole under a new generation, then every replica is asked whether it holds all of it, and only then the journal
//! says so. A collector that is killed in between leaves rows that nobody reads; whoever closes the day next takes another generation.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use aboveboard_replay::{CellKey, ClosedDay, JournalEntry, Order, SentContext};
use aboveboard_store::calendar::Day;
use aboveboard_store::read::InstallationKey;
use aboveboard_store::{StoreError, StoreFate};

use super::days::{ClusterDays, Remembered};
use super::delete;
use super::generations::Generations;
use super::settle;
use super::write::Writing;
use crate::client::Client;
use crate::problem::error;

/// How many days of states are kept of each installation, about: what is older is deleted every so many days.
const OLD_STATES_EVERY: Day = 16;

/// The closed days of a cluster, as one collector keeps them.
#[derive(Debug)]
pub(crate) struct Closed {
    remembered: Remembered,
    /// What tells generations apart that two collectors begin in the same microsecond.
    node: u64,
    /// The last generation that this collector began: a clock may stand still.
    begun: AtomicU64,
}

impl Closed {
    /// Of a collector with this number, which keeps so many bytes of answers.
    pub(crate) fn new(node: u64, max_bytes: usize) -> Self {
        Self { remembered: Remembered::new(max_bytes), node, begun: AtomicU64::new(0) }
    }

    fn generations(&self, client: &Client, journal: &[(Order, JournalEntry)]) -> Arc<Generations> {
        self.remembered.generations(Generations::of(journal, client.shards()))
    }

    /// The days that are closed, as a journal says.
    pub(crate) fn days<'c>(
        &'c self,
        client: &'c Client,
        journal: &[(Order, JournalEntry)],
    ) -> ClusterDays<'c> {
        ClusterDays { client, remembered: &self.remembered, generations: self.generations(client, journal) }
    }

    /// A number above all that came before: microseconds since 1970, and something of the collector.
    fn new_generation(&self, generations: &Generations) -> u64 {
        let micros = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros());
        let micros = u64::try_from(micros).unwrap_or(0) & (u64::MAX >> 12);
        let by_clock = (micros << 12 | self.node & 0xfff).max(generations.greatest().saturating_add(1));
        let begun = self.begun.fetch_max(by_clock, Ordering::Relaxed);
        if begun < by_clock { by_clock } else { self.begun.fetch_add(1, Ordering::Relaxed).saturating_add(1) }
    }

    /// Writes what a day came to. Returns what the journal must say then.
    pub(crate) fn close(
        &self,
        client: &Client,
        journal: &[(Order, JournalEntry)],
        (shard, day): (u32, Day),
        what: &ClosedDay,
    ) -> Result<JournalEntry, StoreError> {
        let generation = self.new_generation(&self.generations(client, journal));
        let written = Writing { client, shard, day, generation }.day(what)?;
        settle::wait(client, shard, &written, "generation", generation)?;
        Ok(JournalEntry::Closed {
            shard,
            day,
            generation,
            sums: generation,
            first_day: what.first_day.unwrap_or(day),
            without: Vec::new(),
        })
    }

    /// Writes new sums of a day. Returns what the journal must say then.
    pub(crate) fn close_again(
        &self,
        client: &Client,
        journal: &[(Order, JournalEntry)],
        (shard, day): (u32, Day),
        cells: &[(Arc<str>, CellKey, i64)],
        without: &[InstallationKey],
    ) -> Result<JournalEntry, StoreError> {
        let generations = self.generations(client, journal);
        let Some(closing) = generations.closing(shard, day) else {
            let why = format!("the day {day} of the order is not closed on shard {}", shard + 1);
            return Err(error(why, StoreFate::Transient));
        };
        let sums = self.new_generation(&generations);
        let written = Writing { client, shard, day, generation: sums }.sums(cells)?;
        settle::wait(client, shard, &written, "generation", sums)?;
        Ok(JournalEntry::Closed {
            shard,
            day,
            generation: closing.generation,
            sums,
            first_day: closing.first_day,
            without: without.to_vec(),
        })
    }

    /// Deletes what closed days keep of installations that were removed.
    pub(crate) fn delete_installations(
        &self,
        client: &Client,
        journal: &[(Order, JournalEntry)],
        gone: &[(String, InstallationKey, Order)],
    ) -> Result<(), StoreError> {
        delete::installations(client, &self.generations(client, journal), gone)
    }

    /// Keeps how many installations were active on days whose sets go, then deletes rows and members of a product
    /// before a day.
    pub(crate) fn retire(
        &self,
        client: &Client,
        (product, before): (&str, Day),
        retired: &[(Day, Arc<SentContext>, u64)],
    ) -> Result<(), StoreError> {
        if !retired.is_empty() {
            let note = self.new_generation(&Generations::default());
            delete::keep_retired(client, product, retired, note)?;
        }
        delete::before(client, product, before)
    }

    /// Deletes ids of batches that are not needed any more, and what is never read any more.
    pub(crate) fn forget_ids(
        &self,
        client: &Client,
        journal: &[(Order, JournalEntry)],
    ) -> Result<(), StoreError> {
        let generations = self.generations(client, journal);
        if let Some(before) = generations.ids_to_delete() {
            delete::ids(client, before)?;
        }
        delete::left_overs(client, &generations)?;
        // Their states stayed while the replay of open days began with them.
        delete::installations(client, &generations, generations.removals())?;
        match generations.last() {
            // Collectors that are a little behind with the journal still begin with an earlier day.
            Some(last) if last % OLD_STATES_EVERY == 0 => {
                let from = last.saturating_sub(OLD_STATES_EVERY);
                delete::old_states(client, &generations, from, 2 * OLD_STATES_EVERY)
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_generation_is_begun_twice_however_fast_one_follows_the_other() {
        let closed = Closed::new(7, 0);
        let none = Generations::default();
        let begun: Vec<u64> = (0..10_000).map(|_| closed.new_generation(&none)).collect();
        assert!(begun.windows(2).all(|two| two[0] < two[1]));
    }
}
