//! Forgetting on time: by each product's manifest, and what only guards against repeats after 45 days.

use std::time::Duration;

use crate::manifests::Manifests;
use crate::store::calendar::{Day, MAX_EVENT_AGE, SECONDS_A_DAY, day_of};
use crate::store::{REMEMBERED, Retired, Store, StoreError};

/// Days after which no event is placed on a day any more: the age at which agents drop what they hold, and the day itself.
const OVER: Day = (MAX_EVENT_AGE / SECONDS_A_DAY) as Day;

/// Furthest that the clock may go between two rounds without a question. A machine that was off for some days is
/// common; less is deleted early by a clock that is wrong by this than any retention keeps.
const LEAP: Day = 7;

/// How long a clock that leapt must stay where it is to be believed. One that was wrong at the start of a machine is
/// set within minutes; data whose time is over must not wait for more than it has to.
const PATIENCE: Duration = Duration::from_secs(6 * 3_600);

/// Forgets by a clock that may be wrong: what a clock ahead deletes once is gone, and the days it passes take
/// nothing more.
#[derive(Debug, Default)]
pub struct Retention {
    /// Since when the clock has been ahead of what the store knows, as a time of running.
    doubted: Option<Duration>,
}

impl Retention {
    /// Does what [`run`] does if the clock at `now` (seconds since 1970) is to be believed, and nothing otherwise.
    /// `running` is for how long this process runs: it is told by a clock that nobody sets.
    ///
    /// # Errors
    /// As for [`run`].
    pub fn round(
        &mut self,
        store: &mut dyn Store,
        now: i64,
        running: Duration,
        manifests: &Manifests,
    ) -> Result<Retired, StoreError> {
        if self.believes(store, day_of(now), running)? {
            store.set_retention_day(day_of(now))?;
            run(store, now, manifests)
        } else {
            Ok(Retired::default())
        }
    }

    fn believes(&mut self, store: &mut dyn Store, today: Day, running: Duration) -> Result<bool, StoreError> {
        // Where nothing was ever received, there is nothing to forget, and no day to hold the clock against.
        let Some(known) = store.retention_day()? else { return Ok(false) };
        let ahead = today.saturating_sub(known);
        if ahead <= LEAP {
            self.doubted = None;
            return Ok(true);
        }
        let since = *self.doubted.get_or_insert(running);
        let believed = running.saturating_sub(since) >= PATIENCE;
        if believed {
            self.doubted = None;
        } else {
            tracing::warn!(
                days = ahead,
                "the clock is further ahead of the last round of retention than is taken on trust; nothing is \
                 deleted until it has stayed there for six hours"
            );
        }
        Ok(believed)
    }
}

/// Deletes what is older than it may be at `now` (seconds since 1970). Raw rows, installation sets and last reports
/// go by the retention of the product's newest manifest, or the last one that was here, in whole days; ids of
/// batches and tombstones after [`REMEMBERED`] days. Cheap when there is nothing to do; meant to be called every
/// hour by the thread that applies.
///
/// # Errors
/// Where the store cannot be written; calling again later goes on where it stopped.
pub fn run(store: &mut dyn Store, now: i64, manifests: &Manifests) -> Result<Retired, StoreError> {
    let today = day_of(now);
    let mut known = Vec::new();
    for product in manifests.products() {
        let Some(manifest) = manifests.manifest(&product) else { continue };
        let days = Day::try_from(manifest.product.retention_days).unwrap_or(Day::MAX);
        known.push((product, days));
    }
    let mut all = Retired::default();
    for (product, days) in store.retentions(&known)? {
        let retired = store.retire(&product, today.saturating_sub(days))?;
        all.rows += retired.rows;
        all.installations += retired.installations;
    }
    store.forget_ids(today.saturating_sub(REMEMBERED))?;
    store.compact(today.saturating_sub(OVER))?;
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::contract::{NOW, SUCCESS, Sketch, end, manifests, placed};
    use crate::store::sqlite::{self, Expect};

    const AT_ONCE: Duration = Duration::ZERO;

    #[test]
    fn a_clock_that_is_ahead_for_a_while_deletes_nothing_and_swallows_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let (_guard, manifests) = manifests();
        let mut store = sqlite::open(&directory.path().join("store.sqlite"), Expect::New).unwrap();
        let mut retention = Retention::default();
        let mut round = |store: &mut dyn Store, days: i64, running: Duration| {
            retention.round(store, NOW + days * SECONDS_A_DAY, running, &manifests).unwrap().rows
        };
        assert_eq!(round(&mut store, 4_000, AT_ONCE), 0, "on a new store");
        let first = Sketch::new(1, 1, &[(SUCCESS, 5)]).entry();
        store.apply(&placed(&[first]), end(1), &manifests).unwrap();
        let before = store.dump_for_comparison().unwrap();
        assert_eq!(round(&mut store, 4_000, AT_ONCE), 0);
        // What arrives under such a clock does not vouch for it.
        assert_eq!(round(&mut store, 0, AT_ONCE), 0);
        let mut ahead = Sketch::new(2, 2, &[]);
        ahead.received = NOW + 4_000 * SECONDS_A_DAY;
        store.apply(&[(end(1), ahead.entry())], end(2), &manifests).unwrap();
        assert_eq!(round(&mut store, 4_000, PATIENCE / 2), 0);
        assert_eq!(round(&mut store, 1, PATIENCE), 0, "the clock was set");
        assert_eq!(round(&mut store, 4_000, 2 * PATIENCE), 0, "the time starts anew");
        let second = Sketch::new(3, 3, &[(SUCCESS, 5)]).entry();
        assert_eq!(store.apply(&[(end(2), second)], end(3), &manifests).unwrap().events, 1);
        assert!(store.dump_for_comparison().unwrap().len() > before.len());
        assert_eq!(round(&mut store, 4_000, 3 * PATIENCE), 2, "a clock that stays is right");
    }

    #[test]
    fn a_machine_that_was_off_over_a_week_end_forgets_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let (_guard, manifests) = manifests();
        let mut store = sqlite::open(&directory.path().join("store.sqlite"), Expect::New).unwrap();
        let sent = Sketch::new(1, 1, &[(SUCCESS, 5)]).entry();
        store.apply(&placed(&[sent]), end(1), &manifests).unwrap();
        let rows = |days: i64, store: &mut dyn Store| {
            Retention::default().round(store, NOW + days * SECONDS_A_DAY, AT_ONCE, &manifests).unwrap().rows
        };
        let all: u64 = (0..=35).step_by(5).map(|days| rows(days, &mut store)).sum();
        assert_eq!(all, 1);
    }

    #[test]
    fn a_product_whose_manifest_is_gone_is_forgotten_all_the_same() {
        let directory = tempfile::tempdir().unwrap();
        let (guard, manifests) = manifests();
        let mut store = sqlite::open(&directory.path().join("store.sqlite"), Expect::New).unwrap();
        let sent = Sketch::new(1, 1, &[(SUCCESS, 5)]).entry();
        store.apply(&placed(&[sent]), end(1), &manifests).unwrap();
        run(&mut store, NOW, &manifests).unwrap();
        std::fs::remove_file(guard.path().join("quarry.toml")).unwrap();
        assert!(manifests.reload().unwrap() && manifests.manifest("quarry").is_none());
        assert_eq!(run(&mut store, NOW + 30 * SECONDS_A_DAY, &manifests).unwrap().rows, 0);
        assert_eq!(run(&mut store, NOW + 31 * SECONDS_A_DAY, &manifests).unwrap().rows, 1);
    }
}
