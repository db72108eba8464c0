//! The collector that a verb is about: through its routes while it runs, on its data directory while it does not.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use aboveboard_collector::upkeep;
use anyhow::ensure;

use super::{CollectorClient, client, configuration, data_of, refused};

/// Which collector.
#[derive(clap::Args)]
pub(super) struct CollectorArguments {
    /// The collector's configuration, which names its data directory and its addresses [default: the built-in one]
    #[arg(long, value_name = "FILE", conflicts_with = "address")]
    config: Option<PathBuf>,
    /// Address of a running collector, on any machine; the token is read from ABOVEBOARD_OPERATOR_TOKEN
    #[arg(long, value_name = "URL", value_parser = client::address)]
    address: Option<String>,
}

/// Where the verb does its work.
pub(super) enum Target {
    /// A running collector.
    Running {
        /// Serves the operator's routes.
        operator: CollectorClient,
        /// Receives batches.
        ingest: CollectorClient,
    },
    /// The data directory of one that does not run.
    Stopped(PathBuf),
}

impl CollectorArguments {
    /// Looks whether the collector runs. Without a data directory here, it is taken to run at its address.
    pub(super) fn find(&self) -> anyhow::Result<Target> {
        if let Some(address) = &self.address {
            let client = || CollectorClient::at(address.clone(), client::ADDRESS_HINT);
            return Ok(Target::Running { operator: client(), ingest: client() });
        }
        let config = configuration(self.config.as_deref())?;
        let data = data_of(&config)?;
        if data.join("lock").exists() && !upkeep::is_running(&data).map_err(refused)? {
            return Ok(Target::Stopped(data));
        }
        let operator = local_client(config.operator_listen.unwrap_or(config.listen))?;
        Ok(Target::Running { operator, ingest: local_client(config.listen)? })
    }
}

/// A client of the collector that listens on this address of this machine.
fn local_client(mut listens: SocketAddr) -> anyhow::Result<CollectorClient> {
    ensure!(
        listens.port() != 0,
        "the configuration leaves the port to the system, so it does not say where the collector is: name it with \
         --address URL, as `collect` printed it"
    );
    if listens.ip().is_unspecified() {
        let loopback =
            if listens.is_ipv4() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { IpAddr::V6(Ipv6Addr::LOCALHOST) };
        listens.set_ip(loopback);
    }
    let hint = "is it running, and does --config name its configuration?";
    Ok(CollectorClient::at(format!("http://{listens}"), hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_goes_where_this_machine_reaches_the_collector() {
        for (listens, reached) in [
            ("127.0.0.1:8480", "http://127.0.0.1:8480"),
            ("0.0.0.0:80", "http://127.0.0.1:80"),
            ("[::]:80", "http://[::1]:80"),
            ("192.0.2.1:80", "http://192.0.2.1:80"),
        ] {
            assert_eq!(local_client(listens.parse().unwrap()).unwrap().address(), reached);
        }
        let unknown = local_client("127.0.0.1:0".parse().unwrap()).err().unwrap().to_string();
        assert!(unknown.contains("--address"), "{unknown}");
    }
}
