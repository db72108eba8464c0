//! The cluster as one collector uses it.

use std::path::Path;
use std::sync::Arc;

use aboveboard_store::{StoreError, StoreFate};

use crate::client::{Access, Client, Server, Standing};
use crate::config::{ClusterConfig, Password};
use crate::problem::{ENGINE, error};
use crate::schema::Schema;

/// A cluster of ClickHouse, as one collector uses it.
#[derive(Debug)]
pub struct ClickHouse {
    pub(crate) client: Client,
}

impl ClickHouse {
    /// Opens a cluster. What is missing on its servers is made. `data` is the directory of this collector.
    ///
    /// # Errors
    /// Where the configuration cannot be right, no server of some shard can be used, or a server has something else than the tables of
    /// this cluster. Servers that do not answer are waited for later, as long as every shard has one.
    pub fn open(config: &ClusterConfig, data: &Path) -> Result<Self, StoreError> {
        let _ = data;
        let client = connect(config)?;
        Ok(Self { client })
    }
}

/// The servers of a configuration, each asked how it stands.
fn connect(config: &ClusterConfig) -> Result<Client, StoreError> {
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
    let client = Client::new((0..).zip(&config.shards).map(of_shard).collect());
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
    Ok(client)
}
