//! Forgetting by age, for all collectors: the first that is there does it, and the others find it done.

use aboveboard_store::calendar::{Day, day_of};
use aboveboard_store::limits::{RECEIPT_DAYS, RECEIPT_HOUR_DAYS};
use aboveboard_store::read::{Days, InstallationKey, Snapshot as _};
use aboveboard_store::{Retired, StoreError};

use super::apply::floor;
use super::moment::{Moment, Shared};
use crate::backend::Backend;
use crate::journal::{JournalEntry, RemovalKind};

/// Writes entries that come from no log: they stand in the order behind all that is known.
pub(super) fn note<B: Backend>(
    shared: &Shared<B>,
    moment: &mut Moment,
    entries: &[JournalEntry],
) -> Result<(), StoreError> {
    if entries.is_empty() {
        return Ok(());
    }
    let at = floor(shared, moment)?.max(moment.latest()).max(0);
    shared.backend.note(at, entries)?;
    moment.refresh(&*shared.backend)
}

/// Passes over the days of a product before a day: what only counts stays, what names installations goes.
///
/// The counts of these days are kept first, then the journal says that their sets do not count any more, and rows and sets are deleted when
/// nothing that was removed before has to be taken out by them. A kill between any two of these leaves figures that are right.
pub(super) fn retire<B: Backend>(
    shared: &Shared<B>,
    moment: &mut Moment,
    product: &str,
    before: Day,
) -> Result<Retired, StoreError> {
    let kept_from = moment.book.product(product).map_or(Day::MIN, |of| of.kept_from());
    if before <= kept_from {
        return Ok(Retired::default());
    }
    let mut rows = 0_u64;
    let mut gone: Vec<InstallationKey> = Vec::new();
    let counts = {
        let view = moment.view(shared)?;
        let days = Days { first: kept_from, last: before.saturating_sub(1) };
        for day in view.row_days(product, days)? {
            view.rows(product, day, &|_, _| true, &mut |_| rows += 1)?;
        }
        view.each_installation(product, &mut |installation, state| {
            if state.last.is_some_and(|last| last < before) {
                gone.push(installation);
            }
        })?;
        view.active_before(product, before)?
    };
    shared.backend.retire(product, Day::MIN, &counts)?;
    let received = day_of(moment.latest());
    let mut entries = vec![JournalEntry::Retired { product: product.to_owned(), before }];
    entries.extend(gone.iter().map(|installation| JournalEntry::Removal {
        product: product.to_owned(),
        installation: *installation,
        kind: RemovalKind::Retirement,
        received,
    }));
    note(shared, moment, &entries)?;
    Ok(Retired { rows, installations: gone.len() as u64 })
}

/// Stores how long data of these products may stay.
pub(super) fn update_retentions<B: Backend>(
    shared: &Shared<B>,
    moment: &mut Moment,
    declared: &[(String, Day)],
) -> Result<Vec<(String, Day)>, StoreError> {
    let known = |product: &str| moment.book.product(product).and_then(|of| of.retention());
    let new = declared.iter().filter(|(product, days)| known(product) != Some(*days));
    let new: Vec<_> = new
        .map(|(product, days)| JournalEntry::Retention { product: product.clone(), days: *days })
        .collect();
    note(shared, moment, &new)?;
    let all = moment.book.products();
    Ok(all.filter_map(|(product, of)| Some((product.to_owned(), of.retention()?))).collect())
}

/// Forgets ids of batches and tombstones that were received before a day. Returns how many tombstones.
pub(super) fn forget_ids<B: Backend>(
    shared: &Shared<B>,
    moment: &mut Moment,
    before: Day,
) -> Result<u64, StoreError> {
    let forgotten = moment.book.ids_forgotten().iter().map(|(_, day)| *day).max().unwrap_or(Day::MIN);
    if before <= forgotten {
        return Ok(0);
    }
    let removals = moment.book.products().flat_map(|(_, of)| of.all_removals());
    let tombstones = removals.filter(|(_, all)| {
        let mut erasures = all.iter().filter(|removal| removal.kind == RemovalKind::Erasure);
        erasures.any(|removal| (forgotten..before).contains(&removal.received))
    });
    let tombstones = tombstones.count() as u64;
    note(shared, moment, &[JournalEntry::IdsForgotten(before)])?;
    shared.backend.forget_ids()?;
    Ok(tombstones)
}

/// Forgets what was received on days of which it is not told any more on this day.
pub(super) fn forget_receipts<B: Backend>(
    shared: &Shared<B>,
    moment: &mut Moment,
    today: Day,
) -> Result<(), StoreError> {
    if moment.book.receipts_forgotten() >= Some(today) {
        return Ok(());
    }
    note(shared, moment, &[JournalEntry::ReceiptsForgotten(today)])?;
    let hours_before = today.saturating_sub(RECEIPT_HOUR_DAYS);
    shared.backend.forget_receipts(today.saturating_sub(RECEIPT_DAYS), hours_before)
}
