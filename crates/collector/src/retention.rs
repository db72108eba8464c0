//! Forgetting on time: by each product's manifest, and what only guards against repeats after 45 days.

use crate::manifests::Manifests;
use crate::rollup::place::{Day, day};
use crate::store::{REMEMBERED, Retired, Store, StoreError};

/// Deletes what is older than it may be at `now` (seconds since 1970). Raw rows, installation sets and last reports
/// go by the retention of the product's newest manifest, in whole days; ids of batches and tombstones after
/// [`REMEMBERED`] days. Cheap when there is nothing to do; meant to be called every hour by the thread that applies.
///
/// # Errors
/// Where the store cannot be written; calling again later goes on where it stopped.
pub fn run(store: &mut dyn Store, now: i64, manifests: &Manifests) -> Result<Retired, StoreError> {
    let today = day(now);
    let mut all = Retired::default();
    for product in manifests.products() {
        let Some(manifest) = manifests.manifest(&product) else { continue };
        let days = Day::try_from(manifest.product.retention_days).unwrap_or(Day::MAX);
        let retired = store.retire(&product, today.saturating_sub(days))?;
        all.rows += retired.rows;
        all.installations += retired.installations;
    }
    store.forget_ids(today.saturating_sub(REMEMBERED))?;
    Ok(all)
}
