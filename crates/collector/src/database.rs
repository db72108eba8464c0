//! The store of this collector: a file of SQLite, or a cluster of ClickHouse. The one file that knows which there are.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use aboveboard_files::stat;
use aboveboard_replay::{
    Backend, Book, ClusterKey, ClusterReader, ClusterStore, JournalEntry, OpenDaysHeld, is_move_unfinished,
};
use aboveboard_store::calendar::Day;
use aboveboard_store::read::{ReadResult, Snapshot, StoreReader};
use aboveboard_store::{Store, StoreError, StoreFate, StoreProblem};
use aboveboard_store_clickhouse::{ClickHouse, ClusterConfig, Password, ServerAddress, ServerStanding};
use aboveboard_store_sqlite::{Expect, SqliteReader, transfer, upkeep};

pub(crate) use aboveboard_store_sqlite::transfer::{Condition, Transfer};
pub use aboveboard_store_sqlite::upkeep::{Health, ProductHealth, Repaired, Restored};

use crate::config::{self, ConfigError, NodeNumber};
use crate::disk::{CLUSTER, Folder};
use crate::error::StartError;
use crate::place::{ClusterPlace, DataPlace};

/// The name of the database in a data directory. What belongs to it has a name that begins with it.
pub(crate) const NAME: &str = "store.sqlite";

/// The file that says that the database beside it was moved to the cluster, whole.
const MOVED: &str = "store.sqlite.moved";

/// The file that says which collector of a cluster a data directory is of.
const NODE: &str = "node";

/// What is done instead of a backup.
const BACKUP: &str = "back up the servers with their own tools. Of a collector keep the configuration, the key of the cluster, and \
     `manifests` and `publications` in the data directory";

/// What is done instead of taking a copy back.
const RESTORE: &str = "restore the servers with their own tools. `aboveboard collector restore` without a file is for a data directory \
     that was put back from a copy";

/// What is done instead of a repair.
const REPAIR: &str = "a server gets what it has lost from the other replica of its shard; where one is gone for good, say so with \
     `aboveboard collector retire-replica`";

/// A store that one process writes.
pub(crate) struct Opened {
    pub(crate) store: Box<dyn Store>,
    pub(crate) reader: Arc<dyn StoreReader>,
    /// What it has in common with other collectors; none where there are none.
    pub(crate) cluster: Option<Cluster>,
}

/// What a look at the store found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Examined {
    /// Of a file in the data directory.
    Database(Health),
    /// Of a cluster.
    Cluster(ClusterHealth),
}

/// What a cluster is and holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClusterHealth {
    /// The collector whose data directory it was asked from.
    pub node: String,
    /// Its servers, by shard.
    pub servers: Vec<ServerHealth>,
    /// Its products, with the number of events counted.
    pub products: Vec<(String, u64)>,
}

/// How a server of a cluster stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerHealth {
    /// Its shard, from 1.
    pub shard: u32,
    /// Its `HOST:PORT`.
    pub name: String,
    /// Why it is not used; none where it is.
    pub problem: Option<String>,
    /// By how many seconds it is behind the other replica of its shard; none where it did not say.
    pub delay: Option<u64>,
}

/// What the metrics show of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClusterFigures {
    pub(crate) servers: Vec<ServerHealth>,
    /// Blocks of the log that the cluster was not seen to hold yet.
    pub(crate) blocks: u64,
    /// Parts of blocks that were sent again since the start.
    pub(crate) sent_again: u64,
    /// What is in memory of the days that are not closed.
    pub(crate) open: OpenDaysHeld,
}

/// What a collector shares with others. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    clickhouse: Arc<ClickHouse>,
    reader: ClusterReader<ClickHouse>,
}

impl Cluster {
    pub(crate) fn backend(&self) -> &dyn Backend {
        &*self.clickhouse
    }

    pub(crate) fn shared_backend(&self) -> Arc<dyn Backend> {
        Arc::clone(&self.clickhouse) as Arc<dyn Backend>
    }

    /// What the metrics show of it. Servers may be asked.
    pub(crate) fn figures(&self) -> ClusterFigures {
        let waiting = self.clickhouse.waiting();
        let servers = self.servers();
        let open = self.reader.held();
        ClusterFigures { servers, blocks: waiting.blocks, sent_again: waiting.sent_again, open }
    }

    /// How each server stands, by shard.
    pub(crate) fn servers(&self) -> Vec<ServerHealth> {
        let health = |ServerStanding { shard, name, reason, delay }| ServerHealth {
            shard: shard + 1,
            name,
            problem: reason,
            delay,
        };
        self.clickhouse.servers().into_iter().map(health).collect()
    }

    /// Says that a server is gone for good. It is named by its address, as in the configuration.
    pub(crate) fn retire_replica(&self, address: &str, now: i64) -> Result<(), StoreError> {
        let wrong = |why: String| StoreError {
            engine: "ClickHouse",
            what: StoreProblem::Engine(why.into()),
            fate: StoreFate::Final,
        };
        let address = ServerAddress::parse(address).map_err(wrong)?;
        self.clickhouse.retire_replica(address.name(), now)
    }
}

/// The database of a data directory.
fn path_in(data: &Path) -> PathBuf {
    data.join(NAME)
}

/// What says in a data directory which collector of a cluster it is of.
fn node_in(data: &Path) -> PathBuf {
    data.join(CLUSTER).join(NODE)
}

/// Opens the store that is there for writing, or makes a new one. A collector whose data directory is of a cluster already opens it
/// while no server answers: what it is asked then fails until one does.
pub(crate) fn open(place: &DataPlace, must_exist: bool) -> Result<Opened, StartError> {
    check_kind(place)?;
    let Some(of) = place.cluster() else {
        let expect = if must_exist { Expect::Existing } else { Expect::New };
        let store = Box::new(aboveboard_store_sqlite::open(&path_in(place.directory()), expect)?);
        return Ok(Opened { store, reader: reader(place)?, cluster: None });
    };
    if must_exist {
        require(place)?;
    }
    let (clickhouse, store, reader) = open_cluster(of, place.directory())?;
    check_move(&clickhouse)?;
    let cluster = Cluster { clickhouse, reader: reader.clone() };
    Ok(Opened { store: Box::new(store), reader: Arc::new(reader), cluster: Some(cluster) })
}

/// Opens the store that is there for reading. A collector may write it meanwhile.
pub(crate) fn reader(place: &DataPlace) -> Result<Arc<dyn StoreReader>, StartError> {
    Ok(look(place)?.0)
}

/// Opens the store that is there for reading, with what it has in common with other collectors.
pub(crate) fn look(place: &DataPlace) -> Result<(Arc<dyn StoreReader>, Option<Cluster>), StartError> {
    check_kind(place)?;
    let Some(of) = place.cluster() else {
        return Ok((Arc::new(SqliteReader::open(&path_in(place.directory()))?), None));
    };
    require(place)?;
    let (cluster, reader) = look_into_cluster(of, place.directory())?;
    Ok((reader, Some(cluster)))
}

/// Fails where there is no store: work on what is there makes none.
pub(crate) fn require(place: &DataPlace) -> Result<(), StartError> {
    if !place.is_in_cluster() {
        return Ok(upkeep::require(&path_in(place.directory()))?);
    }
    let path = node_in(place.directory());
    if has(&path) { Ok(()) } else { Err(StartError::NoNode(path)) }
}

/// The collector of a cluster that a data directory is of.
pub(crate) fn own_node(place: &DataPlace) -> Result<NodeNumber, StartError> {
    require(place)?;
    let node = ClickHouse::node_of(place.directory())?;
    node.map(|node| NodeNumber(node.0)).ok_or_else(|| StartError::NoNode(node_in(place.directory())))
}

/// Makes a data directory that of a new collector of its cluster, and says there that the one before it is gone for good.
pub(crate) fn renew(place: &DataPlace, now: i64) -> Result<NodeNumber, StartError> {
    let of = place.cluster().ok_or(StartError::Alone)?;
    check_kind(place)?;
    // The cluster must be there before anything is changed.
    drop(open_cluster(of, place.directory())?);
    let before = ClickHouse::renew_node(place.directory())?;
    let (cluster, ..) = open_cluster(of, place.directory())?;
    if let Some(before) = before {
        cluster.note(now, &[JournalEntry::NodeRetired(before)])?;
    }
    Ok(NodeNumber(cluster.node().0))
}

/// Whether something is there that can be looked at.
fn has(path: &Path) -> bool {
    stat(path).is_ok()
}

/// Whether a data directory has what belongs to a store.
pub(crate) fn is_in(data: &Path) -> bool {
    has(&path_in(data)) || has(&node_in(data))
}

/// Fails where the data directory is of a collector with another store than the configuration says.
fn check_kind(place: &DataPlace) -> Result<(), StartError> {
    let data = place.directory();
    let is_moved = has(&data.join(MOVED));
    let (other, remedy) = if place.is_in_cluster() {
        if is_moved {
            return Ok(());
        }
        let remedy = "move what is in it with `aboveboard collector migrate --to clickhouse`, or give the collector of a cluster a \
                      data directory of its own";
        (path_in(data), remedy)
    } else {
        // As long as it is not all in the cluster, the database is the one that is used.
        if has(&path_in(data)) && !is_moved {
            return Ok(());
        }
        (node_in(data), "name the configuration of that collector, with kind = \"clickhouse\" under [store]")
    };
    if has(&other) { Err(StartError::OtherStore { path: other, remedy }) } else { Ok(()) }
}

/// How the database of a data directory is, before it is moved.
pub(crate) fn condition_of(embedded: &DataPlace) -> Result<Condition, StartError> {
    Ok(transfer::condition(&path_in(embedded.directory()))?)
}

/// The database of a data directory, to be moved to a cluster, with what the collector has of that.
pub(crate) fn transfer_to(
    place: &DataPlace,
    embedded: &DataPlace,
) -> Result<(Transfer, Arc<ClickHouse>, ClusterKey), StartError> {
    let of = place.cluster().ok_or(StartError::Alone)?;
    let key = ClusterKey::new(of.store.key()?);
    let cluster = Arc::new(ClickHouse::open(&cluster_config(&of.store, key.clone())?, place.directory())?);
    let transfer = Transfer::open(&path_in(embedded.directory()), key.clone(), cluster.shards())?;
    Ok((transfer, cluster, key))
}

/// The days that the database of a data directory has.
pub(crate) fn days_of(place: &DataPlace, embedded: &DataPlace) -> Result<Vec<Day>, StartError> {
    let of = place.cluster().ok_or(StartError::Alone)?;
    let key = ClusterKey::new(of.store.key()?);
    Ok(Transfer::open(&path_in(embedded.directory()), key, 1)?.days().to_vec())
}

/// Says in a data directory that its database was moved to the cluster. The database stays as it is.
pub(crate) fn note_moved(folder: &Folder) -> std::io::Result<()> {
    if has(&folder.join(MOVED)) {
        return Ok(());
    }
    folder.create(MOVED)?.sync_all()?;
    Ok(folder.sync()?)
}

/// Fails where a database is moved to the cluster just now, so that part of it is there.
fn check_move(cluster: &ClickHouse) -> Result<(), StartError> {
    // Where no server answers, the move does not go on either.
    let Ok(journal) = cluster.journal() else { return Ok(()) };
    if is_move_unfinished(&Book::new(journal)) {
        return Err(StartError::Cluster(
            "a database is moved to this cluster, and not all of it is there yet. Run `aboveboard collector migrate --to \
             clickhouse` to its end on the machine that has the database"
                .to_owned(),
        ));
    }
    Ok(())
}

/// What a collector has of its cluster.
type OpenedCluster = (Arc<ClickHouse>, ClusterStore<ClickHouse>, ClusterReader<ClickHouse>);

fn open_cluster(of: &ClusterPlace, data: &Path) -> Result<OpenedCluster, StartError> {
    let key = ClusterKey::new(of.store.key()?);
    let cluster = Arc::new(ClickHouse::open(&cluster_config(&of.store, key.clone())?, data)?);
    let (store, reader) = ClusterStore::open(Arc::clone(&cluster), key)?;
    Ok((cluster, store, reader))
}

/// Opens a cluster beside the collector that has the data directory.
fn look_into_cluster(of: &ClusterPlace, data: &Path) -> Result<(Cluster, Arc<dyn StoreReader>), StartError> {
    let key = ClusterKey::new(of.store.key()?);
    let config = cluster_config(&of.store, key.clone())?;
    let clickhouse = Arc::new(ClickHouse::open_to_read(&config, data)?);
    let (_, reader) = ClusterStore::open(Arc::clone(&clickhouse), key)?;
    Ok((Cluster { clickhouse, reader: reader.clone() }, Arc::new(reader)))
}

fn cluster_config(store: &config::Store, key: ClusterKey) -> Result<ClusterConfig, StartError> {
    let address = |text: &String| {
        let wrong = |why| StartError::Config(ConfigError::Invalid(format!("`store.shards`: {why}")));
        ServerAddress::parse(text).map_err(wrong)
    };
    let shard = |replicas: &Vec<String>| replicas.iter().map(address).collect();
    Ok(ClusterConfig {
        shards: store.shards.iter().map(shard).collect::<Result<_, StartError>>()?,
        database: store.database.clone(),
        user: store.user.clone(),
        password: store.password()?.map(Password::new),
        key,
        certificates: store.ca.clone(),
        cache_bytes: usize::try_from(store.cache).unwrap_or(usize::MAX),
    })
}

/// Reads the whole database, or asks every server of the cluster, and says what is there.
pub(crate) fn examine(place: &DataPlace) -> Result<Examined, StartError> {
    check_kind(place)?;
    let Some(of) = place.cluster() else {
        return Ok(Examined::Database(upkeep::examine(&path_in(place.directory()))?));
    };
    require(place)?;
    let (cluster, reader) = look_into_cluster(of, place.directory())?;
    let events = |products: Vec<String>, snapshot: &dyn Snapshot| {
        let sum = |product: String| {
            let totals = snapshot.totals(&product)?;
            Ok((product, totals.iter().map(|total| total.events).sum()))
        };
        products.into_iter().map(sum).collect::<ReadResult<Vec<(String, u64)>>>()
    };
    let products = reader.ask(|snapshot| events(snapshot.products()?, snapshot))?;
    Ok(Examined::Cluster(ClusterHealth {
        node: own_node(place)?.to_string(),
        servers: cluster.servers(),
        products,
    }))
}

/// Writes a copy of the store to a file that does not exist.
pub(crate) fn backup(place: &DataPlace, to: &Path) -> Result<(), StartError> {
    Ok(upkeep::backup(&file_of(place, BACKUP)?, to)?)
}

/// Takes a copy back; what was there is kept beside it.
pub(crate) fn restore(place: &DataPlace, from: &Path) -> Result<Restored, StartError> {
    Ok(upkeep::restore(from, &file_of(place, RESTORE)?)?)
}

/// Makes a new store of what can be read of a damaged one.
pub(crate) fn repair(place: &DataPlace, progress: &mut dyn FnMut(u64, u64)) -> Result<Repaired, StartError> {
    Ok(upkeep::repair(&file_of(place, REPAIR)?, progress)?)
}

/// The database file; for what is done with files alone, why that is not done with a cluster.
fn file_of(place: &DataPlace, instead: &'static str) -> Result<PathBuf, StartError> {
    if place.is_in_cluster() { Err(StartError::InCluster(instead)) } else { Ok(path_in(place.directory())) }
}
