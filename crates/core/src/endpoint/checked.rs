//! An endpoint whose spelling was checked.

use std::fmt;
use std::net::IpAddr;

use super::reach::{Reach, reach};
use super::spelling::{check_host, check_path, is_of_authority, split_port};
use super::tag::tag;
use super::unusable::Unusable;

/// Longest endpoint in bytes.
const MAX_URL_BYTES: usize = 256;

/// A checked endpoint: scheme, host, port and path, nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    url: String,
    host: String,
    port: u16,
    tls: bool,
    allow_private: bool,
}

impl Endpoint {
    /// Checks the spelling of an endpoint, without resolving anything.
    ///
    /// With `allow_private`, private addresses may be dialled, and `http` is taken, but only to private
    /// addresses: nothing ever crosses the open internet in the clear.
    ///
    /// # Errors
    /// The first thing that makes it unusable.
    pub fn parse(text: &str, allow_private: bool) -> Result<Self, Unusable> {
        if text.len() > MAX_URL_BYTES {
            return Err(Unusable::TooLong);
        }
        let (tls, rest) = match text.split_once("://") {
            Some(("https", rest)) => (true, rest),
            Some(("http", rest)) if allow_private => (false, rest),
            _ => return Err(Unusable::NotHttps),
        };
        let authority_ends = rest.find(|c: char| !is_of_authority(c)).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(authority_ends);
        if authority.contains('@') {
            return Err(Unusable::UserInfo);
        }
        let (host, port) = split_port(authority)?;
        let address = check_host(host)?;
        let path = check_path(path)?;
        let (host, bracketed) = match address {
            Some(IpAddr::V6(address)) => (address.to_string(), format!("[{address}]")),
            _ => (host.to_ascii_lowercase(), host.to_ascii_lowercase()),
        };
        let scheme = if tls { "https" } else { "http" };
        let written = port.map_or_else(String::new, |port| format!(":{port}"));
        let url = format!("{scheme}://{bracketed}{written}{path}");
        let port = port.unwrap_or(if tls { 443 } else { 80 });
        let endpoint = Self { url, host, port, tls, allow_private };
        match address {
            Some(address) if endpoint.may_dial(address) => Ok(endpoint),
            Some(address) if reach(address) == Reach::Public => Err(Unusable::NotHttps),
            Some(_) => Err(Unusable::PrivateAddress),
            None => Ok(endpoint),
        }
    }

    /// The whole endpoint, without a trailing slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.url
    }

    /// What stands for it in the names of files.
    #[must_use]
    pub fn tag(&self) -> String {
        tag(&self.url)
    }

    /// The host: a lower-case name, or an address without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port that is dialled.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The host in the spelling that ids and proofs are bound to: without the final dot of a name.
    #[must_use]
    pub fn identity_host(&self) -> String {
        aboveboard_types::host::normal(&self.host).unwrap_or_else(|| self.host.clone())
    }

    /// The address of a path below the endpoint; `path` begins with a slash.
    #[must_use]
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Whether the connection is encrypted.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.tls
    }

    /// Whether this address may be dialled for this endpoint. A transport asks for every address that the
    /// host's name resolved to, and dials only those that pass.
    #[must_use]
    pub fn may_dial(&self, address: IpAddr) -> bool {
        match reach(address) {
            Reach::Public => self.tls,
            Reach::Private => self.allow_private,
            Reach::Nowhere => false,
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}
