//! Bringing a database to the end of its log before it is moved.

use std::sync::Arc;
use std::time::Duration;

use aboveboard_store::Store;

use super::error::MigrationError;
use crate::apply::Applier;
use crate::clock::{self, ClockGuard};
use crate::config::Config;
use crate::data::DataDirectory;
use crate::database;
use crate::error::StartError;
use crate::log::{self, Log};
use crate::manifests::Manifests;
use crate::metrics::Metrics;
use crate::place::DataPlace;
use crate::readiness::Readiness;

/// Whether the log holds what the database of a data directory has not applied, or something is under way in it.
pub(super) fn is_unsettled(data: &DataDirectory, embedded: &DataPlace) -> Result<bool, MigrationError> {
    let condition = database::condition_of(embedded)?;
    let on_log = |source| StartError::Data { path: embedded.directory().to_owned(), source };
    let end = log::end(&data.log()?).map_err(|why| on_log(why.into()))?;
    Ok(!condition.is_settled || condition.position < end)
}

/// Applies what the log holds, as at a start of the collector, and finishes what is under way.
pub(super) fn settle(
    data: &DataDirectory,
    embedded: &DataPlace,
    config: &Config,
) -> Result<(), MigrationError> {
    let mut store = database::open(embedded, true)?.store;
    let applied = store.position()?;
    let newest = store.newest_receipt()?;
    if let Some(problem) = clock::problem(data.folder(), newest) {
        return Err(StartError::Clock(problem.to_string()).into());
    }
    let (log, writer, _replies) = Log::open(&data.log()?, &config.log, applied).map_err(StartError::from)?;
    // Nothing is appended, and what is there is applied to its end.
    log.stop();
    let mut left = log.reader(applied);
    let applier = Applier {
        store,
        reader: log.reader(applied),
        log: log.clone(),
        manifests: Manifests::load(&data.manifests()).map_err(StartError::from)?,
        limits: config.apply.clone(),
        metrics: Arc::new(Metrics::default()),
        readiness: Arc::new(Readiness::new(false)),
        data: data.folder().clone(),
        clock: Arc::new(ClockGuard::new(clock::now, data.folder(), newest)),
        stop: Duration::MAX,
    };
    applier.run();
    let _ = writer.join();
    let mut store = database::open(embedded, true)?.store;
    let upto = store.position()?;
    // What is behind the last entry is nothing.
    while let Some(chunk) = left
        .next(config.apply.entries)
        .map_err(|source| StartError::Data { path: embedded.directory().to_owned(), source })?
    {
        if chunk.upto > upto {
            return Err(MigrationError::NotApplied);
        }
    }
    finish(&mut *store)
}

/// Finishes removals and changes that are under way, and moves everything to the main file.
fn finish(store: &mut dyn Store) -> Result<(), MigrationError> {
    while store.remove()?.is_under_way {}
    // The log may have held what was received long ago, behind the last round of retention.
    if let Some(day) = store.retention_day()? {
        store.forget_receipts(day)?;
    }
    store.checkpoint()?;
    Ok(())
}
