//! Servers in shards and replicas.

use super::configuration::ServerSettings;
use super::server::Server;
use super::zookeeper::ZooKeeper;

/// A ZooKeeper, and servers that replicate by it.
#[derive(Debug)]
pub struct Cluster {
    /// By shard, then by replica.
    pub servers: Vec<Vec<Server>>,
    /// What they agree by.
    pub zookeeper: ZooKeeper,
}

impl Cluster {
    /// Starts so many shards of so many replicas each, all empty, and waits until all answer. Shards are numbered from 0, the
    /// replicas are `a`, `b` and so on.
    #[must_use]
    pub fn start(shards: u32, replicas: u8) -> Self {
        Self::with(shards, replicas, &ServerSettings::default())
    }

    /// The same with servers that are set up like `settings` where shard, replica and ZooKeeper are not concerned.
    #[must_use]
    pub fn with(shards: u32, replicas: u8, settings: &ServerSettings) -> Self {
        // A server that is started first does not come up.
        let zookeeper = ZooKeeper::start();
        let address = zookeeper.address();
        let begin = |shard, replica| {
            Server::begin(&ServerSettings {
                shard,
                replica: char::from(b'a' + replica).to_string(),
                zookeeper: Some(address),
                ..settings.clone()
            })
        };
        let mut servers: Vec<Vec<Server>> =
            (0..shards).map(|shard| (0..replicas).map(|replica| begin(shard, replica)).collect()).collect();
        servers.iter_mut().flatten().for_each(Server::await_ready);
        Self { servers, zookeeper }
    }

    /// A server.
    ///
    /// # Panics
    /// If there is none.
    pub fn server(&mut self, shard: usize, replica: usize) -> &mut Server {
        &mut self.servers[shard][replica]
    }

    /// Where they answer, by shard and replica.
    #[must_use]
    pub fn addresses(&self) -> Vec<Vec<String>> {
        self.servers.iter().map(|replicas| replicas.iter().map(Server::address).collect()).collect()
    }
}
