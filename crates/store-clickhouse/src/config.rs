//! Where a cluster is and how it is reached.

use std::fmt;
use std::path::PathBuf;

use aboveboard_replay::ClusterKey;

/// Where a cluster is, and how it is reached.
///
/// A cluster is one or more shards, each of one or more servers that keep the same. Servers need a ZooKeeper, or what stands
/// in for it, in their own configuration. Only a cluster that is one server may be without: then its tables are not replicated, and no second server can be
/// added to them later.
#[derive(Clone, Debug)]
pub struct ClusterConfig {
    /// The servers of each shard. Their number and order are fixed for good when a cluster is first used; servers of a shard come and go.
    pub shards: Vec<Vec<ServerAddress>>,
    /// The database, which is made where it is missing.
    pub database: String,
    /// The user of the database; that of the server's own configuration where none is named.
    pub user: Option<String>,
    /// The user's password.
    pub password: Option<Password>,
    /// The key of the cluster, the same for all collectors.
    pub key: ClusterKey,
    /// A PEM file with the certificates that servers reached over TLS are trusted by, instead of those of the build.
    pub certificates: Option<PathBuf>,
    /// How many bytes of answers about closed days are kept in memory.
    pub cache_bytes: usize,
}

/// A password. It is in no message.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// A password, as its file holds it without the line's end.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

/// The address of the HTTP interface of a server. Without its scheme it is what the cluster knows the server by, so every
/// collector spells it alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ServerAddress {
    is_encrypted: bool,
    name: String,
}

impl ServerAddress {
    /// Reads `HOST:PORT`, `http://HOST:PORT` or `https://HOST:PORT`.
    ///
    /// # Errors
    /// How it is written, where it is written otherwise.
    pub fn parse(text: &str) -> Result<Self, String> {
        let rest = text.strip_prefix("https://");
        let is_encrypted = rest.is_some();
        let rest = rest.or_else(|| text.strip_prefix("http://")).unwrap_or(text);
        let name = rest.strip_suffix('/').unwrap_or(rest);
        let is_address =
            name.rsplit_once(':').is_some_and(|(host, port)| is_host(host) && port.parse::<u16>().is_ok());
        if is_address {
            Ok(Self { is_encrypted, name: name.to_owned() })
        } else {
            Err(format!(
                "a server of ClickHouse is written as http://HOST:PORT or https://HOST:PORT, not as {text:?}"
            ))
        }
    }

    /// `HOST:PORT`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where requests go.
    pub(crate) fn url(&self) -> String {
        let scheme = if self.is_encrypted { "https" } else { "http" };
        format!("{scheme}://{}/", self.name)
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

fn is_host(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    !text.is_empty() && text.bytes().all(is_allowed)
}

impl ClusterConfig {
    /// Whether it can be that of a cluster at all.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        if self.shards.is_empty() || self.shards.iter().any(Vec::is_empty) {
            return Err(
                "a cluster of ClickHouse has at least one shard, and every shard at least one server"
                    .to_owned(),
            );
        }
        let mut names: Vec<_> = self.shards.iter().flatten().map(ServerAddress::name).collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(format!("the server {} is named twice; it is one replica of one shard", twice[0]));
        }
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let begins =
            self.database.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        if begins && self.database.bytes().all(is_name) && self.database != "system" {
            Ok(())
        } else {
            Err(format!(
                "the name of a database of ClickHouse has letters, digits and underlines alone, so it is not {:?}",
                self.database
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        for (text, url) in [
            ("ch-1.example:8123", "http://ch-1.example:8123/"),
            ("http://10.0.0.1:8123", "http://10.0.0.1:8123/"),
            ("https://[fe80::1]:8443/", "https://[fe80::1]:8443/"),
        ] {
            assert_eq!(ServerAddress::parse(text).unwrap().url(), url);
        }
        for text in [
            "",
            "host",
            "host:",
            ":8123",
            "host:99999",
            "ftp://host:1",
            "a b:1",
            "host:1/path",
            "u@h:1",
            "h'x:1",
        ] {
            assert!(ServerAddress::parse(text).is_err(), "{text}");
        }
    }

    fn config(shards: &[&[&str]], database: &str) -> ClusterConfig {
        let shard = |shard: &&[&str]| shard.iter().map(|text| ServerAddress::parse(text).unwrap()).collect();
        ClusterConfig {
            shards: shards.iter().map(shard).collect(),
            database: database.to_owned(),
            user: None,
            password: Some(Password::new("secret word".to_owned())),
            key: ClusterKey::new([7; 32]),
            certificates: None,
            cache_bytes: 0,
        }
    }

    #[test]
    fn a_cluster_has_servers_each_named_once_and_a_plain_database() {
        assert_eq!(config(&[&["a:1", "b:1"], &["a:2"]], "aboveboard").check(), Ok(()));
        for (shards, database) in [
            (&[][..], "aboveboard"),
            (&[&["a:1"][..], &[]], "aboveboard"),
            (&[&["a:1"][..], &["a:1"]], "aboveboard"),
            (&[&["a:1"][..]], ""),
            (&[&["a:1"][..]], "system"),
            (&[&["a:1"][..]], "a`b"),
            (&[&["a:1"][..]], "1a"),
        ] {
            assert!(config(shards, database).check().is_err(), "{shards:?} {database}");
        }
    }

    #[test]
    fn neither_password_nor_key_is_in_what_is_logged_of_a_configuration() {
        let text = format!("{:?}", config(&[&["a:1"]], "aboveboard"));
        assert!(!text.contains("secret") && !text.contains("7, 7"), "{text}");
    }
}
