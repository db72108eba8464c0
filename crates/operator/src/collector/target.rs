//! The collector that a verb is about: through its socket while it runs here, at its address while it
//! runs elsewhere, on its data directory while it does not run.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use aboveboard_collector::{DataPlace, upkeep};
use anyhow::ensure;

use super::{CollectorClient, client, configuration, place_of, refused};

/// Which collector.
#[derive(clap::Args)]
pub(crate) struct CollectorArguments {
    /// The collector's configuration, which names its data directory and its addresses [default: the built-in one]
    #[arg(long, value_name = "FILE", conflicts_with = "address")]
    config: Option<PathBuf>,
    /// Address of a collector that runs elsewhere; the token is read from ABOVEBOARD_OPERATOR_TOKEN [default: the
    /// one that runs on the data directory, through its socket, without a token]
    #[arg(long, value_name = "URL", value_parser = client::address)]
    address: Option<String>,
}

/// Where the verb does its work.
pub(crate) enum Target {
    /// A running collector.
    Running {
        /// Serves the operator's routes.
        operator: CollectorClient,
        /// Receives batches.
        ingest: CollectorClient,
    },
    /// The data directory of one that does not run.
    Stopped(DataPlace),
}

impl CollectorArguments {
    /// The hosts that the configuration names as the collector's own; none for a collector that runs elsewhere.
    pub(crate) fn hosts(&self) -> anyhow::Result<Vec<String>> {
        if self.address.is_some() {
            return Ok(Vec::new());
        }
        let config = configuration(self.config.as_deref())?;
        Ok(config.hosts.iter().map(|host| host.as_str().to_owned()).collect())
    }

    /// The products that the configuration closes; a collector elsewhere knows its own.
    pub(crate) fn closed(&self) -> anyhow::Result<Vec<String>> {
        match &self.address {
            Some(_) => Ok(Vec::new()),
            None => Ok(configuration(self.config.as_deref())?.products.closed),
        }
    }

    /// Looks whether the collector runs. Without a data directory here, it is taken to run at its address.
    pub(crate) fn find(&self) -> anyhow::Result<Target> {
        if let Some(address) = &self.address {
            let client = || CollectorClient::at(address, "is it running, and is --address right?");
            return Ok(Target::Running { operator: client(), ingest: client() });
        }
        let config = configuration(self.config.as_deref())?;
        let place = place_of(&config)?;
        let data = place.directory();
        if data.join("lock").exists() {
            return Ok(if upkeep::is_running(data).map_err(refused)? {
                let client = || CollectorClient::on(data.to_owned());
                Target::Running { operator: client(), ingest: client() }
            } else {
                Target::Stopped(place)
            });
        }
        let operator = client_at(config.operator_listen.unwrap_or(config.listen))?;
        Ok(Target::Running { operator, ingest: client_at(config.listen)? })
    }
}

/// A client of the collector that listens on this address of this machine.
fn client_at(mut listens: SocketAddr) -> anyhow::Result<CollectorClient> {
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
    Ok(CollectorClient::at(&format!("http://{listens}"), hint))
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
            assert_eq!(
                client_at(listens.parse().unwrap()).unwrap().name(),
                format!("the collector at {reached}")
            );
        }
        let unknown = client_at("127.0.0.1:0".parse().unwrap()).err().unwrap().to_string();
        assert!(unknown.contains("--address"), "{unknown}");
    }
}
