//! Where a cluster is, what stands for installations in it, and what of that makes no sense.

use std::path::Path;

use aboveboard_files::Errno;
use aboveboard_files::named::{self, Pipes};
use aboveboard_types::hex;

use super::error::ConfigError;
use super::kinds::StoreKind;
use super::settings::Store;

/// Most bytes of the key file and of the password file.
const MAX_SECRET_BYTES: usize = 1 << 10;

/// Most shards: each question asks all of them.
const MAX_SHARDS: usize = 64;

/// Most replicas of a shard.
const MAX_REPLICAS: usize = 8;

/// A key, and what is wrong with it: why, and what to do.
pub(super) type Fault = (&'static str, String, String);

impl Store {
    /// What makes no sense of the table.
    pub(super) fn faults(&self) -> Vec<Fault> {
        match self.kind {
            StoreKind::Sqlite => self.of_a_cluster_alone(),
            StoreKind::ClickHouse => self.of_a_cluster(),
        }
    }

    /// With SQLite a key of a cluster would be passed over, where its operator may think that a cluster is in use.
    fn of_a_cluster_alone(&self) -> Vec<Fault> {
        let stated = [
            ("store.shards", !self.shards.is_empty()),
            ("store.user", self.user.is_some()),
            ("store.password-file", self.password_file.is_some()),
            ("store.key-file", self.key_file.is_some()),
            ("store.ca", self.ca.is_some()),
        ];
        let fault = |(key, _)| {
            let why = "it is of a cluster, and `kind` under [store] is \"sqlite\"".to_owned();
            (key, why, "set kind = \"clickhouse\", or leave it out".to_owned())
        };
        stated.into_iter().filter(|(_, is_stated)| *is_stated).map(fault).collect()
    }

    fn of_a_cluster(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut wrong = |key, why: String, remedy: &str| faults.push((key, why, remedy.to_owned()));
        let example =
            "write a list of the replicas of each shard, such as [[\"http://a:8123\", \"http://b:8123\"]]";
        if self.shards.is_empty() {
            wrong("store.shards", "no server is named".to_owned(), example);
        }
        if self.shards.len() > MAX_SHARDS {
            wrong("store.shards", format!("it names {} shards", self.shards.len()), "name at most 64");
        }
        for (shard, replicas) in self.shards.iter().enumerate() {
            if !(1..=MAX_REPLICAS).contains(&replicas.len()) {
                let why = format!("shard {} has {} replicas", shard + 1, replicas.len());
                wrong("store.shards", why, "name 1 to 8 servers for each shard, best 2");
            }
        }
        let servers: Vec<&String> = self.shards.iter().flatten().collect();
        for (at, server) in servers.iter().enumerate() {
            if let Err(why) = check_address(server) {
                let remedy = "write http:// or https://, the host and the port of its HTTP interface, as in \
                              \"http://a:8123\"";
                wrong("store.shards", format!("{server:?} {why}"), remedy);
            }
            if servers[..at].contains(server) {
                let why = format!("{server:?} stands twice");
                wrong("store.shards", why, "name each server once: what is on it would be counted twice");
            }
        }
        let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let is_name = self.database.len() <= 64
            && self.database.starts_with(|c: char| c.is_ascii_alphabetic())
            && self.database.chars().all(is_letter);
        if !is_name {
            let remedy = "write a letter, then up to 63 letters, digits and _";
            wrong("store.database", "it is no name of a database".to_owned(), remedy);
        }
        if self.key_file.is_none() {
            let remedy = "make a key with `aboveboard collector key FILE`, and give the same to every collector of the cluster";
            wrong(
                "store.key-file",
                "it is missing: no id of an installation is stored in a cluster, and the key makes what \
                 stands for it"
                    .to_owned(),
                remedy,
            );
        }
        if self.password_file.is_some() && self.user.is_none() {
            let remedy = "name it with `user`";
            wrong("store.password-file", "it says not whose password it is".to_owned(), remedy);
        }
        if self.ca.is_some() && !servers.iter().any(|server| server.starts_with("https://")) {
            let remedy = "write https:// in `shards`, or leave it out";
            wrong("store.ca", "no server is reached by https".to_owned(), remedy);
        }
        faults
    }

    /// The key of the cluster.
    ///
    /// # Errors
    /// Where the file does not read, others can read it, or it holds no key.
    pub(crate) fn key(&self) -> Result<[u8; 32], ConfigError> {
        const KEY: &str = "store.key-file";
        let path = self.key_file.as_deref().unwrap_or(Path::new(""));
        let text = secret(KEY, path)?;
        hex::decode(text.trim().as_bytes()).ok_or_else(|| {
            let remedy = "make one with `aboveboard collector key FILE`";
            invalid(KEY, path, &format!("it holds no key of 64 hexadecimal digits; {remedy}"))
        })
    }

    /// The password, where the user has one.
    ///
    /// # Errors
    /// Where the file does not read, others can read it, or it holds no line of text.
    pub(crate) fn password(&self) -> Result<Option<String>, ConfigError> {
        const KEY: &str = "store.password-file";
        let Some(path) = self.password_file.as_deref() else { return Ok(None) };
        let text = secret(KEY, path)?;
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.is_empty() || line.contains(char::is_control) {
            return Err(invalid(KEY, path, "it is not one line of text; write the password alone into it"));
        }
        Ok(Some(line.to_owned()))
    }
}

/// Whether a text is the address of a server, and nothing more.
fn check_address(text: &str) -> Result<(), &'static str> {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let host = rest.ok_or("does not begin with http:// or https://")?;
    if host.contains(['/', '?', '#', '@']) || host.contains(char::is_whitespace) {
        return Err("has more than a host and a port");
    }
    let (host, port) = host.rsplit_once(':').ok_or("has no port")?;
    if !port.parse::<u16>().is_ok_and(|port| port > 0) {
        return Err("has no port");
    }
    aboveboard_types::host::normal(host).map(drop).ok_or("names no host")
}

/// The text of a file that is kept from others.
fn secret(key: &'static str, path: &Path) -> Result<String, ConfigError> {
    let cannot = |error: Errno| {
        let why = match error {
            Errno::INVAL => "it is no regular file".to_owned(),
            Errno::FBIG => format!("it has more than {MAX_SECRET_BYTES} bytes"),
            error => format!("it cannot be read: {}", std::io::Error::from(error)),
        };
        invalid(key, path, &format!("{why}; name a file that the collector's user can read"))
    };
    let file = named::read(path, Pipes::Refuse).map_err(cannot)?;
    let found = file.stat().map_err(cannot)?;
    if !found.is_private() {
        return Err(invalid(
            key,
            path,
            "others can read it or write to it; chmod 600 it (or 640 where it belongs to another user, such as root, and the \
             collector reads it through a group), and if they may have read it, make another",
        ));
    }
    let content = file.content(MAX_SECRET_BYTES).map_err(cannot)?;
    String::from_utf8(content).map_err(|_| invalid(key, path, "it is no text; write it anew"))
}

fn invalid(key: &str, path: &Path, why: &str) -> ConfigError {
    ConfigError::Invalid(format!("`{key}` = {:?}: {why}", path.display().to_string()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::config::Config;

    const TWO: &str = "shards = [[\"http://a:8123\", \"http://b:8123\"]]\n";

    fn loaded(text: &str) -> Result<Config, String> {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("collector.toml");
        fs::write(&file, text).unwrap();
        Config::load(Some(&file)).map_err(|error| error.to_string())
    }

    #[test]
    fn each_mistake_about_a_cluster_is_named_with_its_key_and_remedy() {
        let cluster = "[store]\nkind = \"clickhouse\"\n";
        let sound = format!("{cluster}{TWO}key-file = \"k\"\n");
        let config = loaded(&sound).unwrap();
        assert_eq!(config.store.kind, StoreKind::ClickHouse);
        assert_eq!(config.store.database, "aboveboard");
        let of_servers = |servers: &str| format!("{cluster}shards = {servers}\nkey-file = \"k\"\n");
        let node = "[publish]\nnode = \"00000000000000ff\"\n";
        for (text, key, words) in [
            (format!("{cluster}key-file = \"k\"\n"), "store.shards", "no server is named"),
            (of_servers("[[]]"), "store.shards", "shard 1 has 0 replicas"),
            (of_servers("[[\"a:8123\"]]"), "store.shards", "http://"),
            (of_servers("[[\"http://a\"]]"), "store.shards", "has no port"),
            (of_servers("[[\"http://a:0\"]]"), "store.shards", "has no port"),
            (of_servers("[[\"http://a:8123/x\"]]"), "store.shards", "more than a host"),
            (of_servers("[[\"http://u:p@a:8123\"]]"), "store.shards", "more than a host"),
            (of_servers("[[\"http://a:8123\"], [\"http://a:8123\"]]"), "store.shards", "stands twice"),
            (of_servers("[\"http://a:8123\"]"), "store.shards", ""),
            (format!("{cluster}{TWO}"), "store.key-file", "collector key FILE"),
            (format!("{sound}database = \"a-b\"\n"), "store.database", "no name"),
            (format!("{sound}password-file = \"p\"\n"), "store.password-file", "name it with `user`"),
            (format!("{sound}ca = \"c\"\n"), "store.ca", "https"),
            (format!("{sound}cache = \"1KiB\"\n"), "store.cache", "GiB"),
            (format!("[store]\n{TWO}"), "store.shards", "kind = \"clickhouse\""),
            ("[store]\nkey-file = \"k\"\n".to_owned(), "store.key-file", "kind = \"clickhouse\""),
            ("[store]\nkind = \"postgres\"\n".to_owned(), "store.kind", "clickhouse"),
            (node.to_owned(), "publish.node", "leave it out"),
            (format!("{sound}[publish]\nnode = \"first\"\n"), "publish.node", "collector nodes"),
        ] {
            let why = loaded(&text).unwrap_err();
            assert!(why.contains(key) && why.contains(words), "{text}: {why}");
            assert!(!why.contains('\n'), "{why}");
        }
        let config = loaded(&format!("{sound}{node}")).unwrap();
        assert_eq!(config.publish.node.unwrap().to_string(), "00000000000000ff");
    }

    #[test]
    fn a_key_or_password_that_others_can_read_is_not_used() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        let mut store = loaded("").unwrap().store;
        store.key_file = Some(path.clone());
        store.password_file = Some(path.clone());
        assert!(store.key().unwrap_err().to_string().contains("cannot be read"));
        let lay = |text: &str, mode: u32| {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        };
        lay(&format!("{}\n", "5a".repeat(32)), 0o600);
        assert_eq!(store.key().unwrap(), [0x5a; 32]);
        for mode in [0o640, 0o604, 0o660, 0o644] {
            lay(&"5a".repeat(32), mode);
            for why in [store.key().unwrap_err(), store.password().unwrap_err()] {
                let why = why.to_string();
                assert!(why.contains("others can read it") && why.contains("chmod 600"), "{mode:o}: {why}");
            }
        }
        for text in ["", "5a", "zz", &"5a".repeat(33)] {
            lay(text, 0o600);
            assert!(store.key().unwrap_err().to_string().contains("collector key"), "{text}");
        }
        lay("hunter2\n", 0o600);
        assert_eq!(store.password().unwrap().as_deref(), Some("hunter2"));
        for text in ["", "\n", "a\nb\n"] {
            lay(text, 0o600);
            assert!(store.password().unwrap_err().to_string().contains("one line"), "{text:?}");
        }
        store.key_file = Some(directory.path().to_owned());
        assert!(store.key().unwrap_err().to_string().contains("no regular file"));
    }
}
