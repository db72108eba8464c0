//! The port to write.

use std::sync::Arc;

use aboveboard_store::calendar::{Day, day_of};
use aboveboard_store::entry::Position;
use aboveboard_store::read::Snapshot as _;
use aboveboard_store::{Applied, EntryRange, RemovalProgress, Retired, Store, StoreError};

use super::hearing::Hearing;
use super::moment::{Moment, Shared};
use super::reader::ClusterReader;
use super::remove::Removals;
use super::{apply, close, rebuild, retire};
use crate::backend::Backend;
use crate::journal::JournalEntry;
use crate::key::ClusterKey;

/// Most days of the order that one call closes: after a long absence there are many.
const MAX_DAYS_CLOSED: usize = 31;

/// The writing end of what a cluster has for a collector. There is one for a data directory: the lock of the directory sees to that.
#[derive(Debug)]
pub struct ClusterStore<B: Backend> {
    shared: Arc<Shared<B>>,
    hearing: Hearing,
    removals: Removals,
    /// The day up to which the others know that all is settled; they are told once a day.
    told: Option<Day>,
}

impl<B: Backend> ClusterStore<B> {
    /// Opens what a cluster has for a collector, for writing and for reading. The cluster need not be there yet.
    ///
    /// # Errors
    /// Where the collector's own directory cannot be used.
    pub fn open(backend: Arc<B>, key: ClusterKey) -> Result<(Self, ClusterReader<B>), StoreError> {
        backend.position()?;
        let hearing = Hearing::new(key.clone());
        let shared = Arc::new(Shared::new(backend, key));
        let reader = ClusterReader::new(Arc::clone(&shared));
        Ok((Self { shared, hearing, removals: Removals::default(), told: None }, reader))
    }

    /// Does something with what is known now. This collector is known to the others then.
    fn with<T>(
        &mut self,
        work: impl FnOnce(&Shared<B>, &mut Moment, &mut Hearing, &mut Removals) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let shared = Arc::clone(&self.shared);
        let mut moment = shared.moment();
        moment.refresh(&*shared.backend)?;
        close::join(&shared, &mut moment)?;
        self.hearing.listen(&*shared.backend, &moment)?;
        let done = work(&shared, &mut moment, &mut self.hearing, &mut self.removals);
        if done.is_err() {
            // Part of the work may be here and nowhere else.
            moment.forget();
        }
        done
    }
}

impl<B: Backend> Store for ClusterStore<B> {
    fn position(&mut self) -> Result<Position, StoreError> {
        Ok(self.shared.backend.position()?.0)
    }

    fn apply(&mut self, range: &EntryRange<'_>) -> Result<Applied, StoreError> {
        // Nothing new while the cluster does not have what came before.
        self.shared.backend.flush()?;
        let mut applied =
            self.with(|shared, moment, hearing, _| apply::apply(shared, hearing, moment, range))?;
        // What was taken is on the disk, whatever becomes of this: the next call tries again.
        if let Err(error) = self.shared.backend.flush() {
            tracing::debug!(%error, "the cluster does not have the last block yet");
            applied.is_unsent = true;
            return Ok(applied);
        }
        if range.asks_for_removal()
            && let Ok(progress) = self.remove()
        {
            applied.cleared += progress.cleared;
        }
        Ok(applied)
    }

    fn remove(&mut self) -> Result<RemovalProgress, StoreError> {
        self.with(|shared, moment, _, removals| removals.part(shared, moment))
    }

    fn checkpoint(&mut self) -> Result<Position, StoreError> {
        // What could not be sent when it was taken, or before a restart, is sent whether or not more comes.
        if let Err(error) = self.shared.backend.flush() {
            tracing::warn!(%error, "the cluster does not have all that was taken; trying again");
        }
        let settled = self.shared.backend.settled()?;
        let closed = self.with(|shared, moment, _, _| {
            moment.settle(settled);
            let running = close::running(moment);
            close::mark(shared, moment, running)?;
            close::close(shared, moment, running, 1)
        });
        // What is settled is settled, wherever the cluster is now.
        if let Err(error) = closed {
            tracing::warn!(%error, "days that are over could not be closed; trying again");
        }
        Ok(settled)
    }

    fn note_settled(&mut self, until: i64) -> Result<bool, StoreError> {
        let day = Some(day_of(until));
        let is_told = self.told >= day
            || self.with(|shared, moment, _, _| close::note_settled(shared, moment, until))?;
        if is_told {
            self.told = day.max(self.told);
        }
        Ok(is_told)
    }

    fn knows(&mut self, product: &str) -> Result<bool, StoreError> {
        self.with(|shared, moment, _, _| {
            Ok(moment.view(shared)?.products()?.iter().any(|known| known == product))
        })
    }

    fn newest_receipt(&mut self) -> Result<Option<Day>, StoreError> {
        self.with(|shared, moment, _, _| moment.view(shared)?.newest_receipt())
    }

    fn retention_day(&mut self) -> Result<Option<Day>, StoreError> {
        self.with(|shared, moment, _, _| moment.view(shared)?.retention_day())
    }

    fn set_retention_day(&mut self, day: Day) -> Result<(), StoreError> {
        self.with(|shared, moment, _, _| {
            if moment.book.retention_day() >= Some(day) {
                return Ok(());
            }
            retire::note(shared, moment, &[JournalEntry::RetentionDay(day)])
        })
    }

    fn update_retentions(&mut self, declared: &[(String, Day)]) -> Result<Vec<(String, Day)>, StoreError> {
        self.with(|shared, moment, _, _| retire::update_retentions(shared, moment, declared))
    }

    fn retire(&mut self, product: &str, before: Day) -> Result<Retired, StoreError> {
        let retired = self.with(|shared, moment, _, _| retire::retire(shared, moment, product, before))?;
        // A small one is done at once; of what fails, the next part is told.
        if let Err(error) = self.remove() {
            tracing::debug!(%error, "rows that retention passed over are deleted later");
        }
        Ok(retired)
    }

    fn forget_ids(&mut self, before: Day) -> Result<u64, StoreError> {
        self.with(|shared, moment, _, _| retire::forget_ids(shared, moment, before))
    }

    fn forget_receipts(&mut self, today: Day) -> Result<(), StoreError> {
        self.with(|shared, moment, _, _| retire::forget_receipts(shared, moment, today))
    }

    fn compact(&mut self, before: Day) -> Result<u64, StoreError> {
        self.with(|shared, moment, _, _| {
            let behind_all = close::running(moment).saturating_add(1);
            let before = before.min(behind_all);
            close::mark(shared, moment, before)?;
            close::close(shared, moment, before, MAX_DAYS_CLOSED)
        })
    }

    fn rebuild(&mut self, progress: &mut dyn FnMut(u64, u64)) -> Result<u64, StoreError> {
        self.with(|shared, moment, _, _| rebuild::rebuild(shared, moment, progress))
    }

    fn dump_for_comparison(&mut self) -> Result<Vec<(String, i64)>, StoreError> {
        self.with(|shared, moment, _, _| {
            moment.view(shared)?.dump(&|_, installation| format!("{:016x}", installation.0))
        })
    }
}
