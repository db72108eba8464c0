//! A collector as the contract of every store wants one.

use std::collections::BTreeMap;
use std::sync::Arc;

use aboveboard_store::calendar::Day;
use aboveboard_store::entry::Position;
use aboveboard_store::{Applied, EntryRange, RemovalProgress, Retired, Store, StoreError};

use crate::backend::Backend;
use crate::key::ClusterKey;
use crate::store::{ClusterReader, ClusterStore};

/// When a collector closes days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// When it is asked for a checkpoint.
    Asked,
    /// As soon as it is over, after each call of apply.
    Always,
}

/// How many days are closed then at most; later calls close the others.
const MAX_DAYS: u32 = 2;

/// A collector of a cluster that tells figures under the ids of installations, which only a test knows.
#[derive(Debug)]
pub struct TestedNode<B: Backend> {
    /// Its store.
    pub store: ClusterStore<B>,
    /// The same for reading.
    pub reader: ClusterReader<B>,
    /// Ids by keys of installations, in hexadecimal digits.
    ids: BTreeMap<String, String>,
    closing: Closing,
}

impl<B: Backend> TestedNode<B> {
    /// Opens a collector. The ids are given by the keys that stand for them, in hexadecimal digits.
    ///
    /// # Errors
    /// Where the cluster or the collector's own directory cannot be used.
    pub fn open(backend: Arc<B>, key: ClusterKey, ids: BTreeMap<String, String>) -> Result<Self, StoreError> {
        let (store, reader) = ClusterStore::open(backend, key)?;
        Ok(Self { store, reader, ids, closing: Closing::Asked })
    }

    /// The same, which closes days at other times.
    #[must_use]
    pub fn closing(self, closing: Closing) -> Self {
        Self { closing, ..self }
    }
}

impl<B: Backend> Store for TestedNode<B> {
    fn position(&mut self) -> Result<Position, StoreError> {
        self.store.position()
    }

    fn apply(&mut self, range: &EntryRange<'_>) -> Result<Applied, StoreError> {
        let applied = self.store.apply(range)?;
        if self.closing == Closing::Always {
            // Each closes a day.
            for _ in 0..MAX_DAYS {
                self.store.checkpoint()?;
            }
        }
        Ok(applied)
    }

    fn remove(&mut self) -> Result<RemovalProgress, StoreError> {
        self.store.remove()
    }

    fn checkpoint(&mut self) -> Result<Position, StoreError> {
        self.store.checkpoint()
    }

    fn note_settled(&mut self, until: i64) -> Result<bool, StoreError> {
        self.store.note_settled(until)
    }

    fn knows(&mut self, product: &str) -> Result<bool, StoreError> {
        self.store.knows(product)
    }

    fn newest_receipt(&mut self) -> Result<Option<Day>, StoreError> {
        self.store.newest_receipt()
    }

    fn retention_day(&mut self) -> Result<Option<Day>, StoreError> {
        self.store.retention_day()
    }

    fn set_retention_day(&mut self, day: Day) -> Result<(), StoreError> {
        self.store.set_retention_day(day)
    }

    fn update_retentions(&mut self, declared: &[(String, Day)]) -> Result<Vec<(String, Day)>, StoreError> {
        self.store.update_retentions(declared)
    }

    fn retire(&mut self, product: &str, before: Day) -> Result<Retired, StoreError> {
        self.store.retire(product, before)
    }

    fn forget_ids(&mut self, before: Day) -> Result<u64, StoreError> {
        self.store.forget_ids(before)
    }

    fn forget_receipts(&mut self, today: Day) -> Result<(), StoreError> {
        self.store.forget_receipts(today)
    }

    fn compact(&mut self, before: Day) -> Result<u64, StoreError> {
        self.store.compact(before)
    }

    fn rebuild(&mut self, progress: &mut dyn FnMut(u64, u64)) -> Result<u64, StoreError> {
        self.store.rebuild(progress)
    }

    fn dump_for_comparison(&mut self) -> Result<Vec<(String, i64)>, StoreError> {
        let figures = self.store.dump_for_comparison()?;
        let named = |line: &str| {
            let words = line.split(' ').map(|word| self.ids.get(word).map_or(word, String::as_str));
            words.collect::<Vec<_>>().join(" ")
        };
        // Some lines name an installation without its product.
        let all: BTreeMap<String, i64> =
            figures.into_iter().map(|(line, number)| (named(&line), number)).collect();
        Ok(all.into_iter().collect())
    }
}
