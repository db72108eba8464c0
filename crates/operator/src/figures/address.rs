//! A site that is reached over the network.

use std::time::Duration;

use aboveboard_cli_agent::proxy_to;
use aboveboard_core::environment::Environment;
use aboveboard_published::verify::{Fetched, SiteFiles};
use anyhow::{anyhow, ensure};
use ureq::Agent;
use ureq::http::Uri;

/// The longest that one file may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Reads files below an address.
pub(super) struct Address {
    base: String,
    agent: Agent,
}

impl Address {
    /// The site at an address: https, or http to this machine, since nobody on the way may choose what is checked.
    ///
    /// # Errors
    /// Where it is another address, or a proxy that the environment names cannot be used.
    pub(super) fn new(address: &str) -> anyhow::Result<Self> {
        let uri: Option<Uri> = address.parse().ok();
        let host = uri.as_ref().and_then(|uri| uri.host()).unwrap_or_default().trim_matches(['[', ']']);
        let is_here = host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
        let is_safe = address.starts_with("https://") || address.starts_with("http://") && is_here;
        ensure!(
            !host.is_empty() && is_safe,
            "{address} is no site: give an address with https://, or a directory"
        );
        let proxy =
            proxy_to(address, false, &Environment::process()).map_err(|why| anyhow!("{address}: {why}"))?;
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .https_only(!is_here)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(TIMEOUT))
            .proxy(proxy)
            .build();
        Ok(Self { base: address.trim_end_matches('/').to_owned(), agent: config.into() })
    }
}

impl SiteFiles for Address {
    fn read(&self, path: &str, max: usize) -> Result<Fetched, String> {
        let mut response =
            self.agent.get(format!("{}/{path}", self.base)).call().map_err(|error| error.to_string())?;
        match response.status().as_u16() {
            200 => {}
            404 | 410 => return Ok(Fetched::Missing),
            300..=399 => return Err("the site redirects; give the address that it leads to".to_owned()),
            status => return Err(format!("the site answers with status {status}")),
        }
        // One more than is allowed, so that what is longer is told from what is not.
        let limit = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
        let read = response.body_mut().with_config().limit(limit).read_to_vec();
        match read {
            Ok(bytes) => Ok(Fetched::Found(bytes)),
            Err(ureq::Error::BodyExceedsLimit(_)) => Err(format!("longer than {max} bytes")),
            Err(error) => Err(error.to_string()),
        }
    }
}
