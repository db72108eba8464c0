//! The collector's configuration: the embedded defaults, a file above them, the environment above both.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use figment::Figment;
use figment::providers::{Env, Format, Toml};
use serde::Deserialize;

mod units;
pub use units::Digest;

/// Every key with its default and its reason: the reference.
pub const DEFAULTS: &str = include_str!("../../collector.toml");

/// What the collector's variables begin with.
pub const VARIABLE_PREFIX: &str = "ABOVEBOARD_COLLECTOR_";

/// Where the collector listens, what it keeps, and how much it bears. [`DEFAULTS`] explains each key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Config {
    /// Address of the doors for agents, and of all doors unless [`Config::operator_listen`] is set.
    pub listen: SocketAddr,
    /// Address of the operator's doors, where they are bound apart.
    pub operator_listen: Option<SocketAddr>,
    /// Directory of everything that is kept.
    pub data: PathBuf,
    /// Who may read.
    pub operator: Operator,
    /// What stands in front.
    pub proxy: Proxy,
    /// Deadlines and bounds of connections.
    pub limits: Limits,
    /// Requests that are let in each second.
    pub rate: Rate,
    /// The ingest log.
    pub log: Log,
    /// From the log to the store.
    pub apply: Apply,
    /// What is known of products beside their manifests.
    pub products: Products,
}

/// Who may read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Operator {
    /// SHA-256 of the token of the operator of all products.
    pub token_hash: Option<Digest>,
    /// SHA-256 of the token of each product's own operator, by product id.
    #[serde(default)]
    pub products: BTreeMap<String, Digest>,
}

/// What stands in front.
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
    /// Least bytes of a body each second.
    #[serde(deserialize_with = "units::size")]
    pub body_rate: u64,
    /// Between two requests.
    #[serde(deserialize_with = "units::time")]
    pub idle: Duration,
    /// A reply that the client does not take.
    #[serde(deserialize_with = "units::time")]
    pub reply: Duration,
    /// What a stop waits for requests under way.
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
    /// Least time between two transactions while there is no backlog.
    #[serde(deserialize_with = "units::time")]
    pub pace: Duration,
}

/// What is known of products beside their manifests.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Products {
    /// Products that are no longer collected.
    pub closed: Vec<String>,
}

/// Why a configuration cannot be used. The text names the key and where it was read.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not there.
    #[error("no configuration at {}", .0.display())]
    Missing(PathBuf),
    /// A key is unknown, missing or of the wrong kind.
    #[error("configuration: {0}")]
    Invalid(String),
}

impl Config {
    /// The embedded defaults alone.
    ///
    /// # Errors
    /// Never with the defaults as shipped; a test reads them.
    pub fn defaults() -> Result<Self, ConfigError> {
        extract(&Figment::from(Toml::string(DEFAULTS)))
    }

    /// The defaults, `file` above them if one is given, the environment above both.
    ///
    /// # Errors
    /// Where the file is missing, or a key is unknown or of the wrong kind.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut figment = Figment::from(Toml::string(DEFAULTS));
        if let Some(file) = file {
            if !file.is_file() {
                return Err(ConfigError::Missing(file.to_owned()));
            }
            figment = figment.merge(Toml::file_exact(file));
        }
        extract(&figment.merge(environment()))
    }
}

fn environment() -> Env {
    Env::prefixed(VARIABLE_PREFIX).map(|name| name.as_str().replace("__", ".").replace('_', "-").into())
}

fn extract(figment: &Figment) -> Result<Config, ConfigError> {
    let config: Config = figment.extract().map_err(|error| {
        // Keys are told as the file has them, without the profile that figment puts before.
        let lines: Vec<_> =
            error.into_iter().map(|error| error.to_string().replace("\"default.", "\"")).collect();
        ConfigError::Invalid(lines.join("; "))
    })?;
    if config.data.as_os_str().is_empty() {
        return Err(ConfigError::Invalid("`data` is empty: name the directory of what is kept".to_owned()));
    }
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_defaults_are_read_and_complete() {
        let config = Config::defaults().unwrap();
        assert!(config.listen.ip().is_loopback());
        assert_eq!(config.limits.header, Duration::from_secs(5));
        assert_eq!(config.log.segment, 64 << 20);
        assert!(config.operator.token_hash.is_none());
    }

    #[test]
    fn a_file_goes_above_the_defaults_and_an_unknown_key_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("collector.toml");
        std::fs::write(&file, "[limits]\nheader = \"250ms\"\n").unwrap();
        let config = Config::load(Some(&file)).unwrap();
        assert_eq!(config.limits.header, Duration::from_millis(250));
        assert_eq!(config.limits.request, Duration::from_secs(10));
        for wrong in [
            "data = \"\"",
            "lisen = \"127.0.0.1:1\"",
            "[limits]\nheader = 5",
            "[operator]\ntoken-hash = \"abc\"",
        ] {
            std::fs::write(&file, wrong).unwrap();
            assert!(matches!(Config::load(Some(&file)), Err(ConfigError::Invalid(_))), "{wrong}");
        }
        assert!(matches!(Config::load(Some(Path::new("/nonexistent"))), Err(ConfigError::Missing(_))));
    }
}
