//! A day, put together for each shard.

use std::collections::HashMap;
use std::sync::Arc;

use aboveboard_replay::{CellKey, ClosedDay, MemberKey, TallyKey};
use aboveboard_store::calendar::Day;
use aboveboard_store::read::InstallationKey;

/// What a day comes to on each shard, while it is put together.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) shards: Vec<ClosedDay>,
    cells: Vec<HashMap<(Arc<str>, CellKey), i64>>,
}

impl Parts {
    pub(super) fn new(shards: u32) -> Self {
        let all = 0..shards.max(1);
        Self {
            shards: all.clone().map(|_| ClosedDay::default()).collect(),
            cells: all.map(|_| HashMap::new()).collect(),
        }
    }

    /// The place of an installation.
    pub(super) fn place_of(&self, installation: InstallationKey) -> usize {
        let shards = self.shards.len() as u64;
        usize::try_from(installation.0 % shards).unwrap_or(0)
    }

    /// The part that an installation is in.
    pub(super) fn of(&mut self, installation: InstallationKey) -> &mut ClosedDay {
        let place = self.place_of(installation);
        &mut self.shards[place]
    }

    pub(super) fn member(&mut self, product: &Arc<str>, key: MemberKey, installation: InstallationKey) {
        self.of(installation).members.push((Arc::clone(product), key, installation));
    }

    /// Adds to a sum that is of an installation.
    pub(super) fn cell(&mut self, product: &Arc<str>, key: CellKey, installation: InstallationKey, n: i64) {
        let place = self.place_of(installation);
        let sum = self.cells[place].entry((Arc::clone(product), key)).or_default();
        *sum = sum.saturating_add(n);
    }

    /// Adds to a sum of which it is not known whose it is.
    pub(super) fn cell_of_nobody(&mut self, product: &Arc<str>, key: CellKey, n: i64) {
        let sum = self.cells[0].entry((Arc::clone(product), key)).or_default();
        *sum = sum.saturating_add(n);
    }

    pub(super) fn tally(&mut self, product: &Arc<str>, key: TallyKey, n: i64) {
        self.shards[0].tallies.push((Arc::clone(product), key, n));
    }

    /// What the day comes to on each shard.
    pub(super) fn finish(mut self, day: Day) -> Vec<ClosedDay> {
        for (part, cells) in self.shards.iter_mut().zip(self.cells) {
            let cells = cells.into_iter().filter(|(_, n)| *n != 0);
            part.cells = cells.map(|((product, key), n)| (product, key, n)).collect();
            let has_events = !part.cells.is_empty() || !part.rows.is_empty();
            part.first_day = has_events.then_some(day);
        }
        self.shards
    }
}
