//! An operator's work on a data directory: health, backup, and what needs the collector to stand still.
//!
//! Where a collector runs, these things are asked of it over HTTP; where none runs, they are done here.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;

use aboveboard_files::{Directory, Errno};
use aboveboard_store::amendment::Amendment;
pub use aboveboard_store::amendment::Change;
use aboveboard_store::entry::{Arrival, Clearing, Erasure, LogEntry};
use aboveboard_store::in_force::ManifestsInForce;
use aboveboard_store::read::Affected;
use aboveboard_types::id::Id;

use crate::amendments;
use crate::audit::{Act, AuditLine, AuditLog};
use crate::clock::{self, ClockGuard, now};
use crate::config::Config;
use crate::data::DataDirectory;
use crate::database::{self, Cluster};
pub use crate::database::{ClusterHealth, Examined, Health, ProductHealth, Repaired, Restored, ServerHealth};
use crate::error::StartError;
use crate::export::{Export, ExportRequest};
use crate::ingest::{BatchContext, validate};
use crate::manifests::{Lookup, Manifests};
pub use crate::nodes::Retirement;
use crate::nodes::{self, ClusterNode, RetireError};
use crate::paused::{Item, PausedItem};
use crate::place::DataPlace;
use crate::shared::Shared;
use crate::socket;
use crate::tokens::{StoredToken, TokenBook, TokenChange};

/// Reads the whole database, or asks every server of the cluster, and says what is there. A collector may run on `data`
/// meanwhile.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn examine(place: impl Into<DataPlace>) -> Result<Examined, StartError> {
    let place = place.into();
    database::examine(&place)
}

/// Writes a copy of the database to `to`. A collector may run on `data` meanwhile, and goes on writing.
///
/// # Errors
/// Where there is no database, `to` exists, or cannot be written.
pub fn backup(place: impl Into<DataPlace>, to: &Path) -> Result<(), StartError> {
    let place = place.into();
    database::backup(&place, to)?;
    // The copy is made. A log that cannot be written does not take it back.
    let _ = note(place.directory(), &Act::new("backup", None, "the whole database"));
    Ok(())
}

/// Takes a copy back; what was there is kept beside it. Erasures since the copy are applied to it, and what the
/// ingest log still holds since then is applied at the next start.
///
/// # Errors
/// Where `path` is a directory of something else, a collector runs on it, or the copy cannot be used.
pub fn restore(place: impl Into<DataPlace>, from: &Path) -> Result<Restored, StartError> {
    let place = place.into();
    is_for_a_collector(place.directory())?;
    let data = DataDirectory::take(&place)?;
    let restored = database::restore(&place, from)?;
    // Marks the directory as one that has a database.
    drop(data.open_store()?);
    note(place.directory(), &Act::new("restore", None, "the whole database"))?;
    Ok(restored)
}

/// Fails where a directory holds things and none of a collector's: a copy that is put there by mistake is never read.
fn is_for_a_collector(path: &Path) -> Result<(), StartError> {
    let error = |source| StartError::Data { path: path.to_owned(), source };
    let names = match Directory::look_into(path).and_then(|directory| directory.list()) {
        Err(Errno::NOENT) => return Ok(()),
        names => names.map_err(|why| error(why.into()))?,
    };
    let is_ours = |name: &String| {
        matches!(&**name, "lock" | "initialised" | "log" | "manifests" | "publications" | "cluster")
            || name.starts_with(database::NAME)
    };
    if names.is_empty() || names.iter().any(is_ours) {
        return Ok(());
    }
    Err(error(io::Error::other(
        "it holds files, and none of a collector: name the data directory with --config or ABOVEBOARD_COLLECTOR_DATA, or \
         an empty one for a new collector",
    )))
}

/// Whether a collector has a data directory just now.
///
/// # Errors
/// Where the lock cannot be tried.
pub fn is_running(data: &Path) -> Result<bool, StartError> {
    DataDirectory::is_taken(data)
}

/// Connects to the collector that runs on a data directory: the same routes as over the network, without a token.
///
/// # Errors
/// Where none answers there, or this user may not open its socket.
pub fn connect(data: &Path) -> std::io::Result<UnixStream> {
    socket::connect(data)
}

/// The tokens in a data directory, without what opens them.
///
/// # Errors
/// Where they cannot be read.
pub fn tokens(data: &Path) -> Result<Vec<StoredToken>, StartError> {
    Ok(book(data)?.list())
}

/// Changes the tokens of a collector that does not run. Returns the token that was made.
///
/// # Errors
/// Where there is no database, a collector runs on `data`, or the change cannot be made.
pub fn change_token(place: impl Into<DataPlace>, change: &TokenChange) -> Result<Option<String>, StartError> {
    let place = place.into();
    let taken = take_existing(&place)?;
    let shared = Shared::new(taken.open()?.cluster.as_ref().map(Cluster::shared_backend));
    let token = shared.change_token(&book(place.directory())?, change, now())?;
    note(place.directory(), &Act::new("token", None, &change.to_string()))?;
    drop(taken);
    Ok(token)
}

fn book(data: &Path) -> Result<TokenBook, StartError> {
    Ok(TokenBook::open(&Config::defaults()?.operator, data)?)
}

/// The audit log of a data directory, the oldest line first.
///
/// # Errors
/// Where it cannot be read.
pub fn audit(data: &Path) -> std::io::Result<Vec<AuditLine>> {
    AuditLog::of(data)?.lines()
}

/// Writes what was done on a data directory into its audit log.
fn note(data: &Path, act: &Act) -> Result<(), StartError> {
    let log = AuditLog::of(data).map_err(|source| StartError::Data { path: data.to_owned(), source })?;
    let user = rustix::process::geteuid().as_raw();
    log.write(now(), &format!("user {user}"), act);
    Ok(())
}

/// The manifests in a data directory.
///
/// # Errors
/// Where they cannot be read, or one of them is no valid manifest.
pub fn manifests(data: &Path) -> Result<Arc<ManifestsInForce>, StartError> {
    Ok(Manifests::look(&DataDirectory::manifests_in(data))?.in_force())
}

/// Begins an export from a data directory; `None` where the product is not known.
///
/// # Errors
/// Where there is no database, or it does not read.
pub fn export(place: impl Into<DataPlace>, request: ExportRequest) -> Result<Option<Export>, StartError> {
    let place = place.into();
    let reader = database::reader(&place)?;
    let manifests = Manifests::look(&DataDirectory::manifests_in(place.directory()))?;
    let act = Act::new("export", Some(&request.product), "rows, while no collector runs");
    let export = Export::begin(reader, &manifests, request)?;
    if export.is_some() {
        note(place.directory(), &act)?;
    }
    Ok(export)
}

/// What became of a batch that was imported from a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportOutcome {
    /// It is in the log; the receipt as an agent would get it.
    Receipt(String),
    /// It is not, and why.
    Refused(String),
}

/// Puts batches into the log of a collector that does not run, checked as on the wire; they are durable when this
/// returns, and applied, each once, when it starts. The bodies are what agents would have sent, each with the proof that
/// its request would have carried.
///
/// # Errors
/// Where there is no database, a collector runs on `data`, the clock cannot be right, or the log cannot be written. Nothing
/// is taken then.
pub fn import(
    place: impl Into<DataPlace>,
    closed: &[String],
    batches: &[(Vec<u8>, String)],
) -> Result<Vec<ImportOutcome>, StartError> {
    let place = place.into();
    let taken = take_existing(&place)?;
    let paused = taken.paused()?;
    let newest = taken.open_store()?.newest_receipt()?;
    if let Some(problem) = clock::problem(taken.folder(), newest) {
        return Err(StartError::Clock(problem.to_string()));
    }
    drop(taken);
    let manifests = Manifests::load(&DataDirectory::manifests_in(place.directory()))?;
    let received = now();
    let mut arrivals = Vec::new();
    let check = |(body, proof): &(Vec<u8>, String)| {
        // A user that may write the data directory needs no ingest key: it is the one of the manifest.
        let key =
            serde_json::from_slice::<aboveboard_wire::Batch<'_>>(body).ok().and_then(|batch| match manifests
                .lookup(&batch.product, batch.revision)
            {
                Lookup::Known(known) => Some(known.declaration.ingest_key.to_string()),
                _ => None,
            });
        let key = key.as_ref().map(String::as_bytes);
        let proof = Some(&**proof);
        let context = BatchContext {
            manifests: &manifests,
            closed,
            paused: Some(&paused),
            key,
            proof,
            voice: None,
            received,
            is_watched: false,
        };
        match validate(body, &context) {
            Ok(checked) => {
                let refused = checked.refused;
                let counted_value = checked.counted_value;
                let body = checked.rewritten.unwrap_or_else(|| body.clone());
                arrivals.push(Arrival { received, skew: 0, refused, counted_value, body });
                ImportOutcome::Receipt(String::from_utf8_lossy(&checked.receipt).into_owned())
            }
            Err(refusal) => ImportOutcome::Refused(refusal.message().to_owned()),
        }
    };
    let outcomes = batches.iter().map(check).collect();
    note(place.directory(), &Act::new("import", None, "batches of a file, while no collector runs"))?;
    crate::import::import(&place, arrivals)?;
    Ok(outcomes)
}

/// The items that are paused in the data directory of a collector that does not run.
///
/// # Errors
/// Where there is no database, or a collector runs on `data`.
pub fn paused(place: impl Into<DataPlace>) -> Result<Vec<PausedItem>, StartError> {
    let place = place.into();
    Ok(take_existing(&place)?.paused()?.list())
}

/// Pauses or resumes an item of a product, for a collector that does not run. Returns the item.
///
/// # Errors
/// Where there is no database, a collector runs on `data`, the product declares no such item, or it cannot be remembered.
pub fn pause(
    place: impl Into<DataPlace>,
    product: &str,
    name: &str,
    is_paused: bool,
) -> Result<Item, StartError> {
    let place = place.into();
    let taken = take_existing(&place)?;
    let paused = taken.paused()?;
    let shared = Shared::new(taken.open()?.cluster.as_ref().map(Cluster::shared_backend));
    let error = |problem: String| StartError::Item(problem);
    let item = if is_paused {
        let manifests = Manifests::load(&DataDirectory::manifests_in(place.directory()))?;
        let item = manifests.item(product, name).map_err(error)?;
        shared.pause(&paused, product, item.clone(), now()).map_err(|problem| error(problem.to_string()))?;
        item
    } else {
        shared.resume(&paused, product, name, now()).map_err(|problem| error(problem.to_string()))?
    };
    note(place.directory(), &Act::new(if is_paused { "pause" } else { "resume" }, Some(product), name))?;
    Ok(item)
}

/// What an operator erases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErasureTarget {
    /// One installation, and whatever still arrives from it.
    Installation(Id),
    /// Every installation that only ever sent batches marked synthetic.
    Synthetic,
}

/// Logs an erasure for a collector that does not run; it is durable when this returns, and done when it starts.
///
/// # Errors
/// Where there is no database, a collector runs on `data`, or the log cannot be written.
pub fn erase(place: impl Into<DataPlace>, product: &str, target: ErasureTarget) -> Result<(), StartError> {
    let place = place.into();
    let taken = take_existing(&place)?;
    let what = match target {
        ErasureTarget::Installation(_) => "an installation",
        ErasureTarget::Synthetic => "everything synthetic",
    };
    note(place.directory(), &Act::new("erase", Some(product), what))?;
    let product = product.to_owned();
    let received = now();
    let entry = match target {
        ErasureTarget::Installation(installation) => {
            LogEntry::Erasure(Erasure { product, installation, received, by_operator: true })
        }
        ErasureTarget::Synthetic => LogEntry::Clearing(Clearing { product, received }),
    };
    crate::import::append(&taken, std::iter::once(entry)).map(drop)
}

/// Takes the clock as it stands for right, for a collector that does not run.
///
/// # Errors
/// Where there is no database, a collector runs on `data`, or the clock stands before this program was written.
pub fn accept_clock(place: impl Into<DataPlace>) -> Result<i64, StartError> {
    let place = place.into();
    let directory = take_existing(&place)?;
    let newest = directory.open_store()?.newest_receipt()?;
    let error = |source| StartError::Data { path: place.directory().to_owned(), source };
    ClockGuard::new(now, directory.folder(), newest).accept().map_err(error)
}

/// What is wrong in a data directory beside the database, each in a sentence: the clock, and manifests that cannot be used.
/// A collector may run on `data` meanwhile.
///
/// # Errors
/// Where the database or the directory of manifests cannot be read.
pub fn problems(place: impl Into<DataPlace>) -> Result<Vec<String>, StartError> {
    let place = place.into();
    let newest = database::reader(&place)?.ask(|snapshot| snapshot.newest_receipt())?;
    let error = |why: Errno| StartError::Data { path: place.directory().to_owned(), source: why.into() };
    let clock = clock::problem(&Directory::look_into(place.directory()).map_err(error)?, newest);
    let manifests = Manifests::look(&DataDirectory::manifests_in(place.directory()))?;
    let rejected = manifests.rejected();
    let rejected =
        rejected.iter().map(|one| format!("the manifest {} cannot be used: {}", one.file, one.why));
    Ok(clock.map(|problem| problem.to_string()).into_iter().chain(rejected).collect())
}

/// The change that a body of `POST /api/amendments` asks for.
///
/// # Errors
/// What is wrong with it, for people.
pub fn change_of(body: &str) -> Result<Change, String> {
    amendments::AmendmentRequest::parse(body.as_bytes())?.change()
}

/// What a change would take out, if it were asked for now. A collector may run on `data` meanwhile.
///
/// # Errors
/// Where there is no database, or it does not read.
pub fn affected(place: impl Into<DataPlace>, product: &str, change: &Change) -> Result<Affected, StartError> {
    let place = place.into();
    let reader = database::reader(&place)?;
    let manifests = Manifests::look(&DataDirectory::manifests_in(place.directory()))?;
    Ok(amendments::affected(&*reader, &manifests.in_force(), product, change, now())?)
}

/// Logs a change for a collector that does not run; it is durable when this returns, and done when it starts.
///
/// # Errors
/// Where there is no database, a collector runs on `data`, or the log cannot be written.
pub fn amend(place: impl Into<DataPlace>, product: &str, change: Change) -> Result<(), StartError> {
    let place = place.into();
    let taken = take_existing(&place)?;
    note(place.directory(), &Act::new("amend", Some(product), &change.to_string()))?;
    let entry = LogEntry::Amendment(Amendment { product: product.to_owned(), received: now(), change });
    crate::import::append(&taken, std::iter::once(entry)).map(drop)
}

/// The versions of a product that have names, and its release lines, as the route gives them. A collector may run on `data`
/// meanwhile.
///
/// # Errors
/// Where there is no database, or it does not read.
pub fn versions(place: impl Into<DataPlace>, product: &str) -> Result<String, StartError> {
    let place = place.into();
    let reader = database::reader(&place)?;
    let manifests = Manifests::look(&DataDirectory::manifests_in(place.directory()))?;
    Ok(amendments::named_versions(&*reader, &manifests.in_force(), product)?.to_string())
}

/// Makes a new database of what can be read of a damaged one, which is kept beside it. `progress` gets the number of
/// rows done, and of all rows that read.
///
/// # Errors
/// Where there is no database, a collector runs on `data`, or nothing can be saved.
pub fn repair(
    place: impl Into<DataPlace>,
    mut progress: impl FnMut(u64, u64),
) -> Result<Repaired, StartError> {
    let place = place.into();
    let _taken = take_existing(&place)?;
    database::repair(&place, &mut progress)
}

/// Rebuilds the roll-ups from the rows. `progress` gets the number of rows done, and of all rows.
///
/// # Errors
/// Where there is no database, a collector runs on `data`, or a row does not read; the roll-ups are as before then.
pub fn rebuild(place: impl Into<DataPlace>, mut progress: impl FnMut(u64, u64)) -> Result<u64, StartError> {
    let place = place.into();
    let data = take_existing(&place)?;
    let mut store = data.open_store()?;
    let rows = store.rebuild(&mut progress)?;
    store.checkpoint()?;
    Ok(rows)
}

/// The collectors of the cluster of one that does not run.
///
/// # Errors
/// Where there is no cluster, or it cannot be asked.
pub fn nodes(place: impl Into<DataPlace>) -> Result<Vec<ClusterNode>, StartError> {
    let place = place.into();
    let cluster = take_existing(&place)?.open()?.cluster.ok_or(StartError::Alone)?;
    Ok(nodes::nodes(cluster.backend(), place.publisher())?)
}

/// Says to the cluster of a collector that does not run what is gone for good.
///
/// # Errors
/// Where there is no cluster, it cannot be asked, or it knows no such thing.
pub fn retire(place: impl Into<DataPlace>, what: &Retirement) -> Result<(), StartError> {
    let place = place.into();
    let cluster = take_existing(&place)?.open()?.cluster.ok_or(StartError::Alone)?;
    nodes::retire(&cluster, what, now()).map_err(|error| match error {
        RetireError::Store(error) => StartError::Store(error),
        error => StartError::Cluster(error.to_string()),
    })?;
    note(place.directory(), &Act::new("retire", None, &what.to_string()))
}

/// Makes the data directory of a collector of a cluster, which was put back from a copy, that of a new one: no two collectors may
/// ever have sent what has the same place. The old one is retired; what the log holds is sent again, and counts once.
///
/// # Errors
/// Where there is no cluster or it cannot be asked, or a collector runs on the directory.
pub fn renew(place: impl Into<DataPlace>) -> Result<String, StartError> {
    let place = place.into();
    if !place.is_in_cluster() {
        return Err(StartError::Alone);
    }
    is_for_a_collector(place.directory())?;
    let data = DataDirectory::take(&place)?;
    let node = database::renew(&place, now())?;
    drop(data);
    note(place.directory(), &Act::new("restore", None, "the data directory, as that of a new collector"))?;
    Ok(node.to_string())
}

/// Fails where another collector of the cluster publishes, or none is named.
///
/// # Errors
/// Which one publishes.
pub fn may_publish(place: impl Into<DataPlace>) -> Result<(), StartError> {
    let place = place.into();
    if !place.is_in_cluster() {
        return Ok(());
    }
    let own = database::own_node(&place)?;
    match place.publisher() {
        Some(node) if node == own => Ok(()),
        Some(node) => Err(StartError::Cluster(format!(
            "the collector {node} publishes for this cluster, and this is {own}: publish there, where what was drawn is kept"
        ))),
        None => Err(StartError::Cluster(format!(
            "no collector of this cluster is named to publish: write its number as `node` under [publish] in the configuration of \
             all of them; this is {own}"
        ))),
    }
}

/// Takes a directory that has a database. Neither is ever made by work on what is there: a mistyped path would get
/// an empty one.
fn take_existing(place: &DataPlace) -> Result<DataDirectory, StartError> {
    database::require(place)?;
    DataDirectory::take(place)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use aboveboard_store::entry::LogEntry;
    use aboveboard_store::{EntryRange, StoreError, StoreProblem};
    use aboveboard_store_contract::{SUCCESS, Sketch, end, manifests, placed};

    use super::*;

    #[test]
    fn upkeep_keeps_the_figures_and_needs_the_directory_for_itself() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let manifests = manifests();
        let data = DataDirectory::take(path).unwrap();
        let mut store = data.open_store().unwrap();
        let entries: Vec<LogEntry> = (0..9).map(|n| Sketch::new(n, n, &[(SUCCESS, 5)]).entry()).collect();
        store.apply(&EntryRange::new(&placed(&entries), end(9), &manifests)).unwrap();
        let ledger = store.dump_for_comparison().unwrap();
        let copy = path.join("copy.sqlite");
        backup(path, &copy).unwrap();
        let Examined::Database(health) = examine(path).unwrap() else { panic!("a file") };
        assert_eq!(health.products[0].installations, 9);
        assert!(matches!(rebuild(path, |_, _| {}), Err(StartError::InUse(_))));
        drop((store, data));

        let mut progress = Vec::new();
        assert_eq!(rebuild(path, |done, of| progress.push((done, of))).unwrap(), 9);
        assert_eq!(progress, [(9, 9)]);
        repair(path, |done, of| progress.push((done, of))).unwrap();
        assert_eq!(progress, [(9, 9); 2]);
        fs::remove_file(path.join("store.sqlite")).unwrap();
        assert!(matches!(
            rebuild(path, |_, _| {}),
            Err(StartError::Store(StoreError { what: StoreProblem::Missing { .. }, .. }))
        ));
        let other = tempfile::tempdir().unwrap();
        fs::write(other.path().join("letter.txt"), "").unwrap();
        let refused = restore(other.path(), &copy).unwrap_err().to_string();
        assert!(refused.contains("none of a collector"), "{refused}");
        assert_eq!(fs::read_dir(other.path()).unwrap().count(), 1);
        restore(path, &copy).unwrap();
        assert_eq!(
            DataDirectory::take(path).unwrap().open_store().unwrap().dump_for_comparison().unwrap(),
            ledger
        );
    }

    #[test]
    fn root_looks_at_the_directory_of_a_service_and_writes_nothing_there() {
        use std::os::unix::fs::{MetadataExt as _, chown};
        let directory = tempfile::tempdir().unwrap();
        if fs::metadata(directory.path()).unwrap().uid() != 0 {
            return;
        }
        let path = directory.path().join("data");
        let data = DataDirectory::take(&path).unwrap();
        drop(data.open_store().unwrap());
        drop(Manifests::load(&data.manifests()).unwrap());
        drop(data);
        let names = || fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path());
        for file in names().chain([path.clone()]) {
            chown(file, Some(65_534), Some(65_534)).unwrap();
        }
        assert!(!is_running(&path).unwrap());
        problems(&path).unwrap();
        super::manifests(&path).unwrap();
        examine(&path).unwrap();
        for refused in [rebuild(&path, |_, _| {}).map(drop), repair(&path, |_, _| {}).map(drop)] {
            assert!(refused.unwrap_err().to_string().contains("belongs to another user"));
        }
    }
}
