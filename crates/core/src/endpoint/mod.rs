//! Where batches may go: the spelling of an endpoint, and the addresses that may be dialled for it.
//!
//! An endpoint can come from an operator's variable or a host's configuration, so it is treated as hostile: it
//! must not turn the agent into a way to reach what only this machine can reach. The spelling is checked once;
//! the address is checked by the transport for every address it is about to dial, since a name can resolve to
//! anything.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Longest endpoint in bytes.
const MAX_URL_BYTES: usize = 256;

/// A checked endpoint: scheme, host, port and path, nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    url: String,
    host: String,
    tls: bool,
    allow_private: bool,
}

/// Why an endpoint is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unusable {
    /// Not `https://`; `http://` only together with `allow_private`.
    NotHttps,
    /// A user name or password stands before the host.
    UserInfo,
    /// The host is empty, longer than a name may be, or spelled in a way that readers disagree about.
    Host,
    /// The port is not a number from 1 to 65535.
    Port,
    /// The path holds more than plain segments: a query, a fragment, an escape, a backslash.
    Path,
    /// Longer than 256 bytes.
    TooLong,
    /// An address that is loopback, link-local, private or reserved.
    PrivateAddress,
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotHttps => "the endpoint is not https",
            Self::UserInfo => "the endpoint holds a user name",
            Self::Host => "the endpoint's host is not a plain name or address",
            Self::Port => "the endpoint's port is not a number from 1 to 65535",
            Self::Path => "the endpoint's path is not plain",
            Self::TooLong => "the endpoint is longer than 256 bytes",
            Self::PrivateAddress => "the endpoint is a private address and private addresses are not allowed",
        })
    }
}

impl std::error::Error for Unusable {}

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
        let mut url = String::from(if tls { "https://" } else { "http://" });
        // An address has one spelling, so that endpoints can be compared as texts.
        let (host, bracketed) = match address {
            Some(IpAddr::V6(address)) => (address.to_string(), format!("[{address}]")),
            _ => (host.to_ascii_lowercase(), host.to_ascii_lowercase()),
        };
        url.push_str(&bracketed);
        if let Some(port) = port {
            url.push(':');
            url.push_str(&port.to_string());
        }
        url.push_str(path);
        let endpoint = Self { url, host, tls, allow_private };
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

    /// The host: a lower-case name, or an address without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
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

/// What can stand between `//` and the path. Everything else ends the authority and is then refused as a path.
fn is_of_authority(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']' | '@' | '_' | '%')
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), Unusable> {
    let host_ends = match authority.find(']') {
        Some(bracket) => bracket + 1,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, port) = authority.split_at(host_ends);
    if port.is_empty() {
        return Ok((host, None));
    }
    let digits = port.strip_prefix(':').filter(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
    match digits.and_then(|port| port.parse().ok()) {
        Some(port) if port > 0 => Ok((host, Some(port))),
        _ => Err(Unusable::Port),
    }
}

/// The address, where the host is one; an error where readers could disagree what it is.
fn check_host(host: &str) -> Result<Option<IpAddr>, Unusable> {
    if let Some(literal) = host.strip_prefix('[') {
        let literal = literal.strip_suffix(']').ok_or(Unusable::Host)?;
        return literal.parse::<Ipv6Addr>().map(|address| Some(address.into())).map_err(|_| Unusable::Host);
    }
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return Ok(Some(address.into()));
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            && !label.starts_with('-')
    };
    // `2130706433`, `0x7f.1` and `127.1` are addresses to some readers and names to others: a name here does
    // not end in a number.
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_number = last.starts_with(|c: char| c.is_ascii_digit());
    if name.len() > 253 || is_number || !name.split('.').all(is_label) {
        return Err(Unusable::Host);
    }
    Ok(None)
}

fn check_path(path: &str) -> Result<&str, Unusable> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    let is_segment = |segment: &str| {
        !segment.is_empty() && segment != "." && segment != ".." && segment.bytes().all(is_plain)
    };
    match path.strip_prefix('/') {
        None if path.is_empty() => Ok(path),
        Some(segments) if segments.split('/').all(is_segment) => Ok(path),
        _ => Err(Unusable::Path),
    }
}

/// How far an address reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// The open internet.
    Public,
    /// This machine, this link, this site.
    Private,
    /// Nothing that a batch could be sent to: unspecified, multicast, reserved, documentation.
    Nowhere,
}

fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

/// After the IANA IPv4 special-purpose address registry.
fn reach_v4(address: Ipv4Addr) -> Reach {
    match address.octets() {
        [10 | 127, ..] | [169, 254, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => {
            Reach::Private
        }
        [0 | 224..=255, ..]
        | [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [198, 18 | 19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _] => Reach::Nowhere,
        _ => Reach::Public,
    }
}

/// After the IANA IPv6 special-purpose address registry; where an address carries an IPv4 address, that one
/// decides.
fn reach_v6(address: Ipv6Addr) -> Reach {
    if address.is_loopback() {
        return Reach::Private;
    }
    let segments = address.segments();
    let v4 = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        reach_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        // IPv4-mapped, and NAT64 by its well-known prefix
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        // 6to4
        [0x2002, high, low, ..] => v4(high, low),
        // unique local, link-local, site-local, and NAT64 by a local prefix
        [0xfc00..=0xfdff, ..] | [0xfe80..=0xfeff, ..] | [0x64, 0xff9b, 1, ..] => Reach::Private,
        // Teredo and the other protocol assignments, documentation
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Reach::Nowhere,
        [0x2000..=0x3fff, ..] => Reach::Public,
        _ => Reach::Nowhere,
    }
}

#[cfg(test)]
mod tests;
