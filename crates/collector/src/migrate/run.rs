//! A move from its beginning to its end.

use aboveboard_replay::JournalEntry;

use super::carry::Move;
use super::error::MigrationError;
use super::progress::{MoveProgress, Moved, Outlook};
use super::settle;
use crate::audit::{Act, AuditLog};
use crate::clock;
use crate::config::Config;
use crate::data::DataDirectory;
use crate::database;
use crate::error::StartError;
use crate::manifests::Manifests;
use crate::place::DataPlace;
use crate::shared::existing;
use crate::tokens::TokenBook;

/// Says what there is to move from the data directory of a configuration. Nothing is changed, and the cluster is not asked.
///
/// # Errors
/// Where the configuration names no cluster, there is no database, or a collector runs on the directory.
pub fn outlook(place: &DataPlace) -> Result<Outlook, MigrationError> {
    let (data, embedded) = take(place)?;
    let is_unsettled = settle::is_unsettled(&data, &embedded)?;
    let days = if database::condition_of(&embedded)?.is_settled {
        database::days_of(place, &embedded)?
    } else {
        Vec::new()
    };
    let ends = days.first().copied().zip(days.last().copied());
    Ok(Outlook { days: days.len(), ends, is_unsettled })
}

/// Moves the database of a data directory to the cluster that the configuration names: only what is not there yet, so that a move that
/// was interrupted goes on.
///
/// # Errors
/// Where the configuration names no cluster, there is no database, a collector runs on the directory, the cluster has other data, or any
/// figure is not the same there. Nothing in the database is changed then, and what is in the cluster is gone on from.
pub fn run(
    config: &Config,
    place: &DataPlace,
    mut progress: impl FnMut(MoveProgress),
) -> Result<Moved, MigrationError> {
    let (data, embedded) = take(place)?;
    if settle::is_unsettled(&data, &embedded)? {
        progress(MoveProgress::Settling);
        settle::settle(&data, &embedded, config)?;
    }
    let (mut transfer, backend, key) = database::transfer_to(place, &embedded)?;
    let documents = documents(&data, config)?;
    let moved = Move { transfer: &mut transfer, backend, key, documents, progress: &mut progress }.run()?;
    let on_data = |source| StartError::Data { path: place.directory().to_owned(), source };
    database::note_moved(data.folder()).map_err(on_data)?;
    note(place)?;
    Ok(moved)
}

/// The data directory, with its database as a place of its own.
fn take(place: &DataPlace) -> Result<(DataDirectory, DataPlace), MigrationError> {
    if !place.is_in_cluster() {
        return Err(MigrationError::NoCluster);
    }
    let embedded = DataPlace::from(place.directory());
    database::require(&embedded)?;
    Ok((DataDirectory::take(place)?, embedded))
}

/// What the collector keeps beside its database that others of the cluster must know.
fn documents(data: &DataDirectory, config: &Config) -> Result<Vec<JournalEntry>, MigrationError> {
    let manifests = Manifests::load(&data.manifests()).map_err(StartError::from)?;
    let tokens = TokenBook::open(&config.operator, data.folder().path()).map_err(StartError::from)?;
    Ok(existing(&manifests.in_force(), &tokens.list(), &data.paused()?.list()))
}

fn note(place: &DataPlace) -> Result<(), MigrationError> {
    let path = place.directory();
    let log = AuditLog::of(path).map_err(|source| StartError::Data { path: path.to_owned(), source })?;
    let user = rustix::process::geteuid().as_raw();
    log.write(
        clock::now(),
        &format!("user {user}"),
        &Act::new("migrate", None, "the whole database, to a cluster"),
    );
    Ok(())
}
