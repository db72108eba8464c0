//! Putting batches into the log of a collector that does not run.

use aboveboard_store::entry::{Arrival, LogEntry};

use crate::config::Config;
use crate::data::DataDirectory;
use crate::error::StartError;
use crate::log;
use crate::place::DataPlace;

/// Puts arrivals into the log of a collector that does not run; they are durable when this returns, and applied when it
/// starts. For synthetic history, and for history from elsewhere.
///
/// # Errors
/// Where a collector runs there, or the log cannot be written.
pub fn import(
    place: impl Into<DataPlace>,
    arrivals: impl IntoIterator<Item = Arrival>,
) -> Result<u64, StartError> {
    append(&DataDirectory::take(place)?, arrivals.into_iter().map(LogEntry::Batch))
}

/// Appends entries to the log of a data directory. Returns how many; they are durable then.
pub(crate) fn append(
    data: &DataDirectory,
    entries: impl Iterator<Item = LogEntry>,
) -> Result<u64, StartError> {
    let limits = Config::defaults()?.log;
    let applied = data.open_store()?.position()?;
    Ok(log::import(&data.log()?, &limits, applied, entries)?)
}
