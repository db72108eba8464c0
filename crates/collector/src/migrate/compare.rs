//! Comparing a database with the cluster into which it was moved.

use std::collections::BTreeMap;
use std::sync::Arc;

use aboveboard_replay::{Backend, ClusterKey, ClusterStore};
use aboveboard_store::Store as _;
use aboveboard_store::context::{Context, ContextFilter};
use aboveboard_store::read::{Days, ReadResult, Selection, Snapshot, StoreReader};

use super::error::MigrationError;
use crate::database::Transfer;

/// Figures by what they count.
type Figures = BTreeMap<String, i64>;

/// Compares every figure of both. Returns how many there are.
pub(super) fn compare<B: Backend>(
    transfer: &mut Transfer,
    backend: &Arc<B>,
    key: &ClusterKey,
) -> Result<usize, MigrationError> {
    let mut here: Figures =
        transfer.dump(&|installation| format!("{:016x}", installation.0))?.into_iter().collect();
    let (mut store, reader) = ClusterStore::open(Arc::clone(backend), key.clone())?;
    let mut there: Figures = store.dump_for_comparison()?.into_iter().collect();
    let reader_here = transfer.reader()?;
    more(&reader_here, &mut here)?;
    more(&reader, &mut there)?;
    let names = here.keys().chain(there.keys().filter(|name| !here.contains_key(*name)));
    let differing: Vec<&String> = names.filter(|name| here.get(*name) != there.get(*name)).collect();
    let Some(name) = differing.first() else { return Ok(here.len()) };
    let said = |figures: &Figures| figures.get(*name).map_or("nothing".to_owned(), i64::to_string);
    Err(MigrationError::Differs {
        count: differing.len(),
        name: (*name).clone(),
        here: said(&here),
        there: said(&there),
    })
}

/// Adds what no dump has: where the log is applied up to, how many installations were active on days without sets, release lines, and
/// for how long it is known what was received.
fn more(reader: &dyn StoreReader, all: &mut Figures) -> ReadResult<()> {
    let snapshot = reader.snapshot()?;
    let snapshot: &dyn Snapshot = &*snapshot;
    let position = snapshot.position()?.0;
    all.insert("position".to_owned(), i64::try_from(position).unwrap_or(i64::MAX));
    for (what, day) in
        [("newest receipt", snapshot.newest_receipt()?), ("round of retention", snapshot.retention_day()?)]
    {
        all.extend(day.map(|day| (what.to_owned(), day.into())));
    }
    for product in snapshot.products()? {
        let contexts = ContextFilter::everything();
        let of = Selection { product: &product, days: Days::ALL, contexts: &contexts };
        snapshot.retired(&of, &mut |day, context: &Context, installations| {
            let line = format!("retired {product} {context:?} {day}");
            *all.entry(line).or_default() += i64::try_from(installations).unwrap_or(i64::MAX);
        })?;
        for line in snapshot.lines(&product)? {
            all.insert(format!("line {product} {line}"), 1);
        }
        let from = snapshot.received_from(&product)?;
        all.extend(from.map(|day| (format!("received from {product}"), day.into())));
    }
    Ok(())
}
