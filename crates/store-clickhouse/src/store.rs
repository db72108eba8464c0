//! The cluster as one collector uses it.

use std::path::Path;
use std::sync::Arc;

use aboveboard_replay::{JournalEntry, NodeId, Order};
use aboveboard_store::{StoreError, StoreFate};

use crate::blocks::{self, Outbox, Waiting};
use crate::client::{Access, Client, Patience, Server, Standing};
use crate::closed::Closed;
use crate::config::{ClusterConfig, Password};
use crate::journal::{SeenJournal, retired_replicas, retirement};
use crate::node::NodeDirectory;
use crate::problem::{ENGINE, Problem, error};
use crate::schema::Schema;

/// A cluster of ClickHouse, as one collector uses it.
#[derive(Debug)]
pub struct ClickHouse {
    pub(crate) client: Client,
    pub(crate) outbox: Outbox,
    pub(crate) journal: SeenJournal,
    pub(crate) closed: Closed,
}

impl ClickHouse {
    /// Opens a cluster. What is missing on its servers is made. `data` is the directory of this collector.
    ///
    /// # Errors
    /// Where the configuration cannot be right, no server of some shard can be used, or a server has something else than the tables of
    /// this cluster. Servers that do not answer are waited for later, as long as every shard has one. A collector that was in the cluster
    /// before does not need even that: it takes in what comes, and sends it when they answer.
    pub fn open(config: &ClusterConfig, data: &Path) -> Result<Self, StoreError> {
        let directory = NodeDirectory::open(data)?;
        let client = client_of(config)?;
        let was_used = directory.read_node()?.is_some();
        match reach(&client, config, was_used) {
            Err(away) if away.is_transient() && was_used => {
                tracing::warn!(%away, "the cluster does not answer; the collector goes on without it");
            }
            reached => reached?,
        }
        let outbox = Outbox::open(directory, &config.key, client.shards())?;
        Ok(Self::with(config, client, outbox))
    }

    /// Opens a cluster to ask it, for somebody beside the collector that has the directory: nothing in there or in the cluster is changed.
    ///
    /// # Errors
    /// As for [`open`](Self::open), and where the directory is of no collector of a cluster.
    pub fn open_to_read(config: &ClusterConfig, data: &Path) -> Result<Self, StoreError> {
        let directory = NodeDirectory::open(data)?;
        let client = connect(config, true)?;
        let outbox = Outbox::open_to_read(directory, &config.key, client.shards())?;
        Ok(Self::with(config, client, outbox))
    }

    fn with(config: &ClusterConfig, client: Client, outbox: Outbox) -> Self {
        let closed = Closed::new(outbox.node().0, config.cache_bytes);
        Self { client, outbox, journal: SeenJournal::default(), closed }
    }

    /// The collector that a data directory is of; none where it was in no cluster.
    ///
    /// # Errors
    /// Where its files cannot be read.
    pub fn node_of(data: &Path) -> Result<Option<NodeId>, StoreError> {
        Ok(NodeDirectory::open(data)?.read_node()?.map(|node| node.id))
    }

    /// Gives a collector a new place in its cluster: for a data directory that was restored from a backup, whose log goes on from there
    /// otherwise than it did before. What was on its way is read from the log again, from where the cluster has all of it. Gives the node
    /// that it was, whose mark nobody must wait for any more; none where it was in no cluster.
    ///
    /// # Errors
    /// Where its files cannot be read and written.
    pub fn renew_node(data: &Path) -> Result<Option<NodeId>, StoreError> {
        blocks::renew(&NodeDirectory::open(data)?)
    }

    /// What waits until the cluster was seen to hold it.
    #[must_use]
    pub fn waiting(&self) -> Waiting {
        self.outbox.waiting()
    }

    /// How every server stands, by shard.
    #[must_use]
    pub fn servers(&self) -> Vec<ServerStanding> {
        let standing = |server: &Arc<Server>| {
            let reason = match server.standing() {
                Standing::Usable => None,
                reason => Some(reason.to_string()),
            };
            ServerStanding {
                shard: server.shard(),
                name: server.name().to_owned(),
                reason,
                delay: server.delay(),
            }
        };
        self.client.servers().iter().map(standing).collect()
    }

    /// Says that a replica is gone for good: nobody waits for it or asks it any more. `name` is its `HOST:PORT`, as configured. Nothing is
    /// done for one that is retired already.
    ///
    /// # Errors
    /// Where no server has this name, or it is the last one of its shard, or it runs, or no other one has everything, or the journal cannot be
    /// read and written.
    pub fn retire_replica(&self, name: &str, at: i64) -> Result<(), StoreError> {
        if retired_replicas(&self.seen_journal()?).iter().any(|(_, retired)| retired == name) {
            return Ok(());
        }
        let servers = self.client.servers();
        let Some(server) = servers.iter().find(|server| server.name() == name) else {
            return Err(error(format!("no server {name} is in the configuration"), StoreFate::Final));
        };
        let shard = server.shard();
        let others: Vec<_> =
            self.client.replicas(shard).into_iter().filter(|other| other.name() != name).collect();
        if others.is_empty() {
            let why = format!("{name} is the last server of shard {}; add another one first", shard + 1);
            return Err(error(why, StoreFate::Final));
        }
        if !matches!(server.ask_outside("SELECT 1", Patience::Health), Err(Problem::Unreachable(_))) {
            return Err(error(format!("{name} runs; stop it first"), StoreFate::Final));
        }
        // Nothing is copied from it any more.
        if !Client::have_done_by_one_that_has_all(&others, |other| Schema::forget(other, name))? {
            let why =
                format!("ZooKeeper takes {name} for active until its session ends; try again in a moment");
            return Err(error(why, StoreFate::Transient));
        }
        let document = JournalEntry::Document { name: retirement(shard, name), text: String::new() };
        self.outbox.note(&self.client, at, &[document])
    }

    /// The whole journal as far as it was seen, after a look at what is new.
    pub(crate) fn seen_journal(&self) -> Result<Arc<Vec<(Order, JournalEntry)>>, StoreError> {
        let journal = self.journal.look(&self.client)?;
        self.client.retire(retired_replicas(&journal));
        Ok(journal)
    }
}

/// How a server stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerStanding {
    /// The number of its shard, from 0.
    pub shard: u32,
    /// Its `HOST:PORT`.
    pub name: String,
    /// Why it is not used now; none where it is.
    pub reason: Option<String>,
    /// By how many seconds it was behind the other replica when it was last asked; none where it did not say. One that was just started
    /// says that it is behind since 1970.
    pub delay: Option<u64>,
}

/// The servers of a configuration, each asked how it stands. Those that a collector has used must not all have lost everything.
pub(crate) fn connect(config: &ClusterConfig, was_used: bool) -> Result<Client, StoreError> {
    let client = client_of(config)?;
    reach(&client, config, was_used)?;
    Ok(client)
}

/// The servers of a configuration. None of them is asked anything.
fn client_of(config: &ClusterConfig) -> Result<Client, StoreError> {
    config.check().map_err(|why| error(why, StoreFate::Final))?;
    let password = config.password.as_ref().map(Password::text);
    let access = Access::new(config.certificates.as_deref(), config.user.as_deref(), password)
        .map_err(|problem| problem.at(ENGINE))?;
    let servers = config.shards.iter().map(Vec::len).sum();
    let shards = u32::try_from(config.shards.len()).unwrap_or(u32::MAX);
    let schema = Arc::new(Schema::new(&config.key, shards, servers));
    let of_shard = |(shard, addresses): (u32, &Vec<_>)| {
        let server = |address: &crate::config::ServerAddress| {
            Arc::new(Server::new(shard, address.clone(), &config.database, access.clone(), schema.clone()))
        };
        addresses.iter().map(server).collect()
    };
    Ok(Client::new((0..).zip(&config.shards).map(of_shard).collect()))
}

/// Asks every server how it stands. Fails where none of some shard can be used, or one must not be.
fn reach(client: &Client, config: &ClusterConfig, was_used: bool) -> Result<(), StoreError> {
    if was_used {
        check_is_there(client, &config.database)?;
    }
    for shard in 0..client.shards() {
        let mut problems = Vec::new();
        let mut is_usable = false;
        for server in client.replicas(shard) {
            match server.ask_standing() {
                Standing::Usable => is_usable = true,
                Standing::Unusable(problem) if problem.is_final() => return Err(problem.at(server.name())),
                Standing::Behind(problem) | Standing::Unusable(problem) => {
                    problems.push(format!("{}: {problem}", server.name()));
                }
            }
        }
        if !is_usable {
            let why = format!("no server of shard {} can be used: {}", shard + 1, problems.join("; "));
            return Err(error(why, StoreFate::Transient));
        }
    }
    Ok(())
}

/// Whether any server that answers has the database.
fn check_is_there(client: &Client, database: &str) -> Result<(), StoreError> {
    let answers: Vec<bool> =
        client.servers().iter().filter_map(|server| Schema::is_on(server).ok()).collect();
    if answers.is_empty() || answers.contains(&true) {
        return Ok(());
    }
    let why = format!(
        "the database {database} is gone from every server that answers, though this collector has used it; restore a backup of it, or \
         begin anew with another data directory"
    );
    Err(error(why, StoreFate::Final))
}
