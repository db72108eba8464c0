//! The keys of the configuration.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::digest::Digest;
use super::kinds::{NodeNumber, StoreKind};
use super::units;

/// Where the collector listens, what it keeps, and how much it bears. [`DEFAULTS`](super::DEFAULTS) explains each key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Config {
    /// Address of the routes for agents, and of all routes unless [`Config::operator_listen`] is set.
    pub listen: SocketAddr,
    /// Address of the operator's routes, where they are bound apart.
    pub operator_listen: Option<SocketAddr>,
    /// The hosts under which agents know this collector; where none is named, batches that are imported may be for any.
    pub hosts: Vec<Host>,
    /// Directory of everything that is kept.
    pub data: PathBuf,
    /// Who may read.
    pub operator: Operator,
    /// The proxies in front.
    pub proxy: Proxy,
    /// Deadlines and bounds of connections.
    pub limits: Limits,
    /// Requests that are let in each second.
    pub rate: Rate,
    /// Bytes that are taken in an hour and a day.
    pub quota: Quota,
    /// The ingest log.
    pub log: Log,
    /// From the log to the store.
    pub apply: Apply,
    /// The store.
    pub store: Store,
    /// Who publishes figures.
    #[serde(default)]
    pub publish: Publish,
    /// What is set for products beside their manifests.
    pub products: Products,
}

/// What an operator is told who runs a collector that [cannot tell senders apart](Config::sees_one_sender).
pub const ONE_SENDER: &str = "if a proxy stands in front, all senders look like one: set trusted-hops under [proxy] to the number \
     of proxies";

impl Config {
    /// Whether everybody may come from one address: all connections come from this machine, and no header says for whom.
    #[must_use]
    pub fn sees_one_sender(&self) -> bool {
        self.listen.ip().is_loopback() && self.proxy.trusted_hops == 0
    }
}

/// A host in its [normal form](aboveboard_types::host::normal).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Host(String);

impl Host {
    /// The name or address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Host {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        aboveboard_types::host::normal(&text).map(Self).ok_or_else(|| format!("{text:?} is no host"))
    }
}

/// Who may read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Operator {
    /// SHA-256 of the token of the operator of all products.
    pub token_hash: Option<Digest>,
    /// Whether the metrics are open to everybody.
    pub metrics_open: bool,
    /// SHA-256 of the token of each product's own operator, by product id.
    #[serde(default)]
    pub products: BTreeMap<String, Digest>,
}

/// The proxies in front.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Proxy {
    /// Proxies that append to `X-Forwarded-For`.
    pub trusted_hops: usize,
}

/// Deadlines and bounds of connections.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Limits {
    /// Connections held at once.
    pub connections: usize,
    /// From connecting, or the first byte of a later request, to the end of the header.
    #[serde(deserialize_with = "units::time")]
    pub header: Duration,
    /// From the end of the header to the end of the body.
    #[serde(deserialize_with = "units::time")]
    pub request: Duration,
    /// Minimum bytes of a body each second.
    #[serde(deserialize_with = "units::size")]
    pub body_rate: u64,
    /// Between two requests.
    #[serde(deserialize_with = "units::time")]
    pub idle: Duration,
    /// How long a write waits for a client that does not take its reply.
    #[serde(deserialize_with = "units::time")]
    pub reply: Duration,
    /// How long a stop waits for requests under way.
    #[serde(deserialize_with = "units::time")]
    pub stop: Duration,
    /// Bytes of bodies in memory at once.
    #[serde(deserialize_with = "units::size")]
    pub waiting: u64,
}

/// Requests that are let in each second.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Rate {
    /// From one address prefix each second.
    pub prefix_per_second: u32,
    /// From one address prefix at once.
    pub prefix_burst: u32,
    /// From all each second.
    pub total_per_second: u32,
    /// From all at once.
    pub total_burst: u32,
}

/// Bytes of bodies, as sent.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Quota {
    /// From one address prefix in an hour.
    #[serde(deserialize_with = "units::size")]
    pub prefix_per_hour: u64,
    /// For one product in a day, however little it received in the days before.
    #[serde(deserialize_with = "units::size")]
    pub product_per_day: u64,
}

/// The ingest log.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Log {
    /// Size in bytes at which a segment is closed.
    #[serde(deserialize_with = "units::size")]
    pub segment: u64,
    /// Age at which a segment is closed, however small.
    #[serde(deserialize_with = "units::time")]
    pub age: Duration,
    /// Size in bytes of all segments at which nothing more is accepted.
    #[serde(deserialize_with = "units::size")]
    pub cap: u64,
    /// Free bytes of the file system below which nothing more is accepted.
    #[serde(deserialize_with = "units::size")]
    pub free: u64,
}

/// From the log to the store.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Apply {
    /// Most entries in one transaction.
    pub entries: usize,
    /// Minimum time between two transactions while there is no backlog.
    #[serde(deserialize_with = "units::time")]
    pub pace: Duration,
}

/// What is set for products beside their manifests.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Products {
    /// Products that are no longer collected.
    pub closed: Vec<String>,
}

/// The store: a file in the data directory, or a cluster.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Store {
    /// Which.
    pub kind: StoreKind,
    /// The addresses of the replicas of each shard of the cluster.
    pub shards: Vec<Vec<String>>,
    /// The database in the cluster.
    pub database: String,
    /// The user of the cluster.
    pub user: Option<String>,
    /// The file of that user's password.
    pub password_file: Option<PathBuf>,
    /// The file of the key that makes what stands for installations in the cluster.
    pub key_file: Option<PathBuf>,
    /// The certificate of who vouches for the cluster's servers, where that is not the usual ones.
    pub ca: Option<PathBuf>,
    /// Bytes of closed days that are kept in memory.
    #[serde(deserialize_with = "units::size")]
    pub cache: u64,
}

/// Who publishes figures.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Publish {
    /// The one collector of a cluster that draws and publishes.
    pub node: Option<NodeNumber>,
}
