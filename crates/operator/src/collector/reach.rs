//! The collector that a verb is about: through its doors where it runs, on its directory where it does not.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use aboveboard_collector::{Config, upkeep};
use anyhow::{Context as _, ensure};

use super::client::CollectorClient;
use super::place::refused;

/// Which collector.
#[derive(clap::Args)]
pub(super) struct Reach {
    /// The collector's configuration, which names its data directory and its addresses [default: the built-in one]
    #[arg(long, value_name = "FILE", conflicts_with = "address")]
    config: Option<PathBuf>,
    /// Address of a running collector, wherever it is; the token is read from ABOVEBOARD_OPERATOR_TOKEN
    #[arg(long, value_name = "URL", value_parser = super::client::address)]
    address: Option<String>,
}

/// Where it was found.
pub(super) enum Found {
    /// It runs.
    Running {
        /// Where operators ask.
        operator: CollectorClient,
        /// Where batches are delivered.
        agents: CollectorClient,
    },
    /// It does not; this is its data directory.
    Still(PathBuf),
}

impl Reach {
    /// Looks whether it runs. Without a data directory here, it is taken to run at its address.
    pub(super) fn look(&self) -> anyhow::Result<Found> {
        if let Some(address) = &self.address {
            let door = || CollectorClient::at(address.clone());
            return Ok(Found::Running { operator: door(), agents: door() });
        }
        let config = Config::load(self.config.as_deref()).context("the configuration cannot be used")?;
        let data = std::path::absolute(&config.data)
            .with_context(|| format!("{} does not lead to a directory", config.data.display()))?;
        if data.join("lock").exists() && !upkeep::is_running(&data).map_err(refused)? {
            return Ok(Found::Still(data));
        }
        let operator = config.operator_listen.unwrap_or(config.listen);
        Ok(Found::Running { operator: door(operator)?, agents: door(config.listen)? })
    }
}

/// The door of a collector on this machine, by the address it listens on.
fn door(mut listens: SocketAddr) -> anyhow::Result<CollectorClient> {
    ensure!(
        listens.port() != 0,
        "the configuration leaves the port to the system, so it does not tell where the collector is: name it with \
         --address URL, as `collect` printed it"
    );
    if listens.ip().is_unspecified() {
        let loopback =
            if listens.is_ipv4() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { IpAddr::V6(Ipv6Addr::LOCALHOST) };
        listens.set_ip(loopback);
    }
    Ok(CollectorClient::at(format!("http://{listens}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_door_is_where_this_machine_reaches_it() {
        for (listens, reached) in [
            ("127.0.0.1:8480", "http://127.0.0.1:8480"),
            ("0.0.0.0:80", "http://127.0.0.1:80"),
            ("[::]:80", "http://[::1]:80"),
            ("192.0.2.1:80", "http://192.0.2.1:80"),
        ] {
            assert_eq!(door(listens.parse().unwrap()).unwrap().address(), reached);
        }
        let unknown = door("127.0.0.1:0".parse().unwrap()).err().unwrap().to_string();
        assert!(unknown.contains("--address"), "{unknown}");
    }
}
