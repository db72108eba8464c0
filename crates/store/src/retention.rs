//! Forgetting on time: by each product's manifest, and after 45 days what only guards against repeats.

use std::time::Duration;

use super::calendar::{Day, day_of};
use super::in_force::ManifestsInForce;
use super::limits::{CLOCK_PATIENCE, ID_RETENTION_DAYS, MAX_CLOCK_LEAP, OPEN_DAYS};
use super::{Retired, Store, StoreError};

/// Forgets by a clock that may be wrong: what a clock ahead deletes once is gone, and the days it passes take
/// nothing more.
#[derive(Debug, Default)]
pub struct Retention {
    /// Since when the clock has been ahead of what the store knows, as a time of running.
    doubted: Option<Duration>,
}

impl Retention {
    /// Does what [`run`] does if the clock at `now` (seconds since 1970) is to be believed, and nothing otherwise.
    /// `running` is for how long this process has run, by a clock that nobody sets.
    ///
    /// # Errors
    /// As for [`run`].
    pub fn round(
        &mut self,
        store: &mut dyn Store,
        now: i64,
        running: Duration,
        manifests: &ManifestsInForce,
    ) -> Result<Retired, StoreError> {
        if !self.believes(store, day_of(now), running)? {
            return Ok(Retired::default());
        }
        store.set_retention_day(day_of(now))?;
        run(store, now, manifests)
    }

    fn believes(&mut self, store: &mut dyn Store, today: Day, running: Duration) -> Result<bool, StoreError> {
        // Where nothing was ever received, there is nothing to forget, and no day to compare the clock with.
        let Some(last) = store.retention_day()? else { return Ok(false) };
        let ahead = today.saturating_sub(last);
        if ahead <= MAX_CLOCK_LEAP {
            self.doubted = None;
            return Ok(true);
        }
        let since = *self.doubted.get_or_insert(running);
        let is_believed = running.saturating_sub(since) >= CLOCK_PATIENCE;
        if is_believed {
            self.doubted = None;
        } else {
            tracing::warn!(
                days = ahead,
                "the clock is further ahead of the last round of retention than is taken on trust; nothing is \
                 deleted until it has stayed there for six hours"
            );
        }
        Ok(is_believed)
    }
}

/// Deletes what is older than it may be at `now` (seconds since 1970). Raw rows, installation sets and last reports
/// go by the retention of the product's newest manifest, or the last one that was here, in whole days; ids of batches
/// and tombstones after [`ID_RETENTION_DAYS`], and what was received on a day after
/// [`RECEIPT_DAYS`](super::limits::RECEIPT_DAYS). Cheap when there is nothing to do; meant to be called every hour by the
/// thread that applies.
///
/// # Errors
/// Where the store cannot be written; calling again later goes on where it stopped.
pub fn run(store: &mut dyn Store, now: i64, manifests: &ManifestsInForce) -> Result<Retired, StoreError> {
    let today = day_of(now);
    let mut all = Retired::default();
    for (product, days) in store.update_retentions(&manifests.retentions())? {
        let retired = store.retire(&product, today.saturating_sub(days))?;
        all.rows += retired.rows;
        all.installations += retired.installations;
    }
    store.forget_ids(today.saturating_sub(ID_RETENTION_DAYS))?;
    store.forget_receipts(today)?;
    store.compact(today.saturating_sub(OPEN_DAYS))?;
    Ok(all)
}
