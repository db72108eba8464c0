//! Which pages may talk to the bridge.
//!
//! The list of hosts stops DNS rebinding: where a stranger makes their own name point here, requests still carry that
//! name in `Host`. The `Origin` must then be the same host, so pages of other origins are refused too.

use std::net::{Ipv4Addr, Ipv6Addr};

/// The origin of a page: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    secure: bool,
    authority: String,
}

impl Origin {
    /// Reads an origin as browsers write it: `https://quarry.example.org`, `http://catalog.internal:8080`; lower
    /// case, no path, no user, no default port. `None` for everything else.
    ///
    /// ```
    /// use aboveboard_console_bridge::Origin;
    /// assert!(Origin::parse("https://quarry.example.org").is_some());
    /// assert!(Origin::parse("https://quarry.example.org/").is_none(), "an origin has no path");
    /// assert!(Origin::parse("https://quarry.example.org:443").is_none(), "browsers leave the default port out");
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (secure, authority) = match text.strip_prefix("https://") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix("http://")?),
        };
        let (host, port) = split_port(authority)?;
        let default = if secure { 443 } else { 80 };
        let readable = is_name(host) || is_literal(host);
        (readable && port != Some(default)).then(|| Self { secure, authority: authority.to_owned() })
    }
}

/// Which hosts and origins a bridge answers.
#[derive(Clone, Debug)]
pub struct Origins(OriginRule);

/// How hosts and origins are judged.
#[derive(Clone, Debug)]
enum OriginRule {
    Literal,
    Listed(Vec<Origin>),
    Loopback(u16),
}

impl Origins {
    /// For a server without configured origins: any page that was opened as `localhost` or by an IP address. A
    /// stranger can make a name point here, but not an address.
    #[must_use]
    pub const fn literal() -> Self {
        Self(OriginRule::Literal)
    }

    /// For a server: exactly these.
    #[must_use]
    pub fn listed(origins: impl IntoIterator<Item = Origin>) -> Self {
        Self(OriginRule::Listed(origins.into_iter().collect()))
    }

    /// For a console that a CLI serves on the loopback interface: exactly `127.0.0.1`, `[::1]` and `localhost`
    /// with this port. Only the user who runs the CLI gets the token.
    #[must_use]
    pub const fn loopback(port: u16) -> Self {
        Self(OriginRule::Loopback(port))
    }

    /// The port, where only the user's own pages are served.
    pub(crate) fn own_user_port(&self) -> Option<u16> {
        match self.0 {
            OriginRule::Loopback(port) => Some(port),
            OriginRule::Literal | OriginRule::Listed(_) => None,
        }
    }

    /// Whether a request for `host`, as in its `Host` header, is meant for this bridge. Compared byte for byte.
    pub(crate) fn has_host(&self, host: &str) -> bool {
        match &self.0 {
            OriginRule::Listed(origins) => origins.iter().any(|origin| origin.authority == host),
            OriginRule::Literal => {
                split_port(host).is_some_and(|(name, _)| name == "localhost" || is_literal(name))
            }
            OriginRule::Loopback(own) => {
                let Some((name, port)) = split_port(host) else { return false };
                port.unwrap_or(80) == *own && matches!(name, "127.0.0.1" | "[::1]" | "localhost")
            }
        }
    }

    /// Whether a page of `origin` may post to `host`, which [`Origins::has_host`].
    pub(crate) fn has_page(&self, origin: &str, host: &str) -> bool {
        let Some(origin) = Origin::parse(origin) else { return false };
        origin.authority == host
            && match &self.0 {
                OriginRule::Listed(origins) => origins.contains(&origin),
                OriginRule::Literal => true,
                OriginRule::Loopback(_) => !origin.secure,
            }
    }
}

/// Splits `host[:port]`; the port is 1 to 65535 without leading zeros or signs.
fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let name_end = if authority.starts_with('[') { authority.find(']')? + 1 } else { 0 };
    let Some(colon) = authority[name_end..].find(':') else { return Some((authority, None)) };
    let host = &authority[..name_end + colon];
    let port = &authority[name_end + colon + 1..];
    let plain = !port.starts_with('0') && port.bytes().all(|digit| digit.is_ascii_digit());
    let port = port.parse().ok().filter(|_| plain)?;
    Some((host, Some(port)))
}

/// Whether a host is an IP address, which no stranger can make point here.
fn is_literal(host: &str) -> bool {
    match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').is_some_and(|inner| inner.parse::<Ipv6Addr>().is_ok()),
        None => host.parse::<Ipv4Addr>().is_ok(),
    }
}

/// A DNS name as browsers write it in an origin: lower case, international names in their ASCII form.
fn is_name(host: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'))
    };
    // What ends in a number is read as an IPv4 address by browsers, and only one spelling of those is accepted.
    let numeric = host.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    host.len() <= 253 && !numeric && host.split('.').all(label)
}
