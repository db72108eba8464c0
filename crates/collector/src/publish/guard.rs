//! What must hold before anything is drawn: that the period is over, that all of it is in the store, and that nothing of it is
//! gone.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use aboveboard_files::Directory;
use aboveboard_published::period::PublicationId;
use aboveboard_replay::Backend;
use aboveboard_store::calendar::{Day, SECONDS_A_DAY};
use aboveboard_store::contributions::days_of;
use aboveboard_store::limits::MAX_CLOCK_LEAP;
use aboveboard_store::read::StoreReader;

use super::error::PublishError;
use crate::clock;
use crate::data::DataDirectory;
use crate::disk::{Folder, LOG};
use crate::error::StartError;
use crate::log;
use crate::nodes;
use crate::place::DataPlace;

/// How long a running collector has to apply what lay in the log at the beginning.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// How often it is asked how far it is.
const POLL: Duration = Duration::from_millis(100);

/// How often a cluster is asked how far its collectors are.
const POLL_CLUSTER: Duration = Duration::from_secs(2);

/// Refuses a draw that would be wrong or could not be repeated by anybody: too early, by a clock that is not believed, of days
/// that retention has deleted, or while the log holds what is not applied. It looks at no figure.
pub(super) fn check(
    place: &DataPlace,
    reader: &dyn StoreReader,
    cluster: Option<&dyn Backend>,
    product: &str,
    id: PublicationId,
    today: u32,
) -> Result<(), PublishError> {
    let earliest = id.period.earliest_draw();
    if today < earliest {
        return Err(PublishError::TooEarly { id: id.to_string(), day: earliest });
    }
    check_clock(place.directory(), reader, today)?;
    match cluster {
        None => wait_until_applied(place.directory(), reader)?,
        Some(cluster) => wait_until_settled(place.directory(), cluster, earliest)?,
    }
    let retired = reader.ask(|snapshot| snapshot.retired_days(product, days_of(id.period)))?;
    if !retired.is_empty() {
        return Err(PublishError::Retired { id: id.to_string(), days: retired.len() });
    }
    Ok(())
}

/// Waits until every collector of the cluster has said that all it acknowledged before a day is there.
fn wait_until_settled(data: &Path, cluster: &dyn Backend, day: u32) -> Result<(), PublishError> {
    let until = i64::from(day) * SECONDS_A_DAY;
    let since = Instant::now();
    loop {
        let behind = nodes::behind(cluster, until)?;
        match behind {
            None => return Ok(()),
            Some(node) if node.0 == cluster.node().0 && !DataDirectory::is_taken(data)? => {
                return Err(PublishError::Stopped { day });
            }
            Some(node) if since.elapsed() >= MAX_WAIT => {
                return Err(PublishError::Unsettled { node: node.to_string(), day });
            }
            Some(_) => thread::sleep(POLL_CLUSTER),
        }
    }
}

fn check_clock(data: &Path, reader: &dyn StoreReader, today: u32) -> Result<(), PublishError> {
    let error = |source: std::io::Error| StartError::Data { path: data.to_owned(), source };
    let newest = reader.ask(|snapshot| snapshot.newest_receipt())?;
    let directory = Directory::look_into(data).map_err(|why| error(why.into()))?;
    if let Some(problem) = clock::problem(&directory, newest) {
        return Err(PublishError::Clock(problem.to_string()));
    }
    let today = Day::try_from(today).unwrap_or(Day::MAX);
    match reader.ask(|snapshot| snapshot.retention_day())? {
        Some(last) if today.saturating_sub(last) > MAX_CLOCK_LEAP => Err(PublishError::Clock(
            "the clock is further ahead of the last round of retention than is taken on trust: let the collector run, which \
             believes the clock when it has stayed there for six hours"
                .to_owned(),
        )),
        _ => Ok(()),
    }
}

/// Waits until the store has what the log holds now; what comes meanwhile is of no matter, since the period is over.
fn wait_until_applied(data: &Path, reader: &dyn StoreReader) -> Result<(), PublishError> {
    let path = data.join(LOG);
    let error = |source: std::io::Error| StartError::Data { path: path.clone(), source };
    let Some(log) = Folder::look(data).map_err(error)?.find_inside(LOG).map_err(error)? else {
        return Ok(());
    };
    let end = log::end(&log).map_err(|why| error(why.into()))?;
    let since = Instant::now();
    loop {
        let position = reader.ask(|snapshot| snapshot.position())?;
        if position >= end {
            return Ok(());
        }
        let bytes = end.0 - position.0;
        if !DataDirectory::is_taken(data)? {
            let remedy = "start the collector, and publish when it has applied them";
            return Err(PublishError::Unapplied { bytes, remedy });
        }
        if since.elapsed() >= MAX_WAIT {
            let remedy = "the collector is behind; see its log, and try again when it has caught up";
            return Err(PublishError::Unapplied { bytes, remedy });
        }
        thread::sleep(POLL);
    }
}
