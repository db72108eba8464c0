//! A proxy's address, as it stands in a variable.

use std::fmt;
use std::net::Ipv6Addr;

use super::unusable::Why;

/// The port of a proxy that names none, as curl has it; one that speaks TLS has that of `https`.
const DEFAULT_PORT: u16 = 1080;

/// The longest user name or password that a SOCKS5 proxy can be given, in bytes (RFC 1929).
const MAX_SOCKS_CREDENTIAL_BYTES: usize = 255;

/// The longest name of a host, in bytes.
const MAX_NAME_BYTES: usize = 253;

aboveboard_types::spelled! {
    /// What a proxy speaks.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum Scheme {
        /// HTTP.
        Http = "http",
        /// HTTP over TLS.
        Https = "https",
        /// SOCKS version 4, which is told an address.
        Socks4 = "socks4",
        /// SOCKS version 4, which is told a name.
        Socks4a = "socks4a",
        /// SOCKS version 5, which is told an address.
        Socks5 = "socks5",
        /// SOCKS version 5, which is told a name.
        Socks5h = "socks5h",
    }
}

/// Who says that they may use a proxy.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The name, decoded.
    pub user: String,
    /// The password, decoded; empty where there is none.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}

/// A proxy. It displays without user and password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// The variable that names it.
    pub variable: &'static str,
    /// What it speaks.
    pub scheme: Scheme,
    /// Its host: a name, or an address, in brackets where it is of version 6.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// What it wants to know of its user.
    pub credentials: Option<Credentials>,
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}", self.scheme.name(), self.host, self.port)
    }
}

impl Proxy {
    /// Reads the value of a variable, which is not blank.
    pub(super) fn parse(variable: &'static str, value: &str) -> Result<Self, Why> {
        let value = value.trim();
        let (scheme, rest) = match value.split_once("://") {
            Some((scheme, rest)) => (read_scheme(scheme).ok_or(Why::Scheme)?, rest),
            // A scheme whose slashes are not both there is no host.
            None if value.contains(":/") => return Err(Why::Address),
            None => (Scheme::Http, value),
        };
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if scheme.is_socks() && !matches!(path, "" | "/") {
            // A path stands for a socket of this machine, which no transport dials.
            return Err(Why::Address);
        }
        let (user_info, address) = match authority.split_once('@') {
            Some((user_info, address)) => (Some(user_info), address),
            None => (None, authority),
        };
        let (host, port) = split_port(address)?;
        check_host(host)?;
        let port = match (port, scheme) {
            (Some(port), _) => port,
            (None, Scheme::Https) => 443,
            (None, _) => DEFAULT_PORT,
        };
        let credentials = user_info.map(read_credentials).transpose()?.flatten();
        let proxy = Self { variable, scheme, host: host.to_owned(), port, credentials };
        if proxy.can_be_given_its_credentials() { Ok(proxy) } else { Err(Why::Credentials) }
    }

    /// The address as a library reads it back: user and password are escaped wherever they could mean something.
    #[must_use]
    pub fn url(&self) -> String {
        let credentials = self.credentials.as_ref().map_or_else(String::new, |credentials| {
            format!("{}:{}@", escape(&credentials.user), escape(&credentials.password))
        });
        format!("{}://{credentials}{}:{}", self.scheme.name(), self.host, self.port)
    }

    fn can_be_given_its_credentials(&self) -> bool {
        let Some(Credentials { user, password }) = &self.credentials else { return true };
        let fits = |text: &str| (1..=MAX_SOCKS_CREDENTIAL_BYTES).contains(&text.len());
        match self.scheme {
            // A colon ends the name there.
            Scheme::Http | Scheme::Https => !user.contains(':'),
            Scheme::Socks5 | Scheme::Socks5h => fits(user) && fits(password),
            Scheme::Socks4 | Scheme::Socks4a => false,
        }
    }
}

impl Scheme {
    /// Whether it is a version of SOCKS.
    #[must_use]
    pub fn is_socks(self) -> bool {
        !matches!(self, Self::Http | Self::Https)
    }
}

/// `socks` without a version is the fourth, to curl.
fn read_scheme(text: &str) -> Option<Scheme> {
    let text = text.to_ascii_lowercase();
    if text == "socks" { Some(Scheme::Socks4) } else { Scheme::parse(&text) }
}

fn split_port(address: &str) -> Result<(&str, Option<u16>), Why> {
    let host_ends = match address.find(']') {
        Some(bracket) => bracket + 1,
        None => address.find(':').unwrap_or(address.len()),
    };
    let (host, port) = address.split_at(host_ends);
    match port.strip_prefix(':') {
        None if port.is_empty() => Ok((host, None)),
        Some("") => Ok((host, None)),
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            let port = digits.parse().ok().filter(|port| *port > 0);
            Ok((host, Some(port.ok_or(Why::Address)?)))
        }
        _ => Err(Why::Address),
    }
}

fn check_host(host: &str) -> Result<(), Why> {
    let is_host = match host.strip_prefix('[') {
        Some(literal) => literal.strip_suffix(']').is_some_and(|literal| literal.parse::<Ipv6Addr>().is_ok()),
        None => {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
            (1..=MAX_NAME_BYTES).contains(&host.len()) && host.bytes().all(is_plain)
        }
    };
    if is_host { Ok(()) } else { Err(Why::Address) }
}

fn read_credentials(text: &str) -> Result<Option<Credentials>, Why> {
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    let credentials = Credentials { user: unescape(user)?, password: unescape(password)? };
    Ok((!credentials.user.is_empty() || !credentials.password.is_empty()).then_some(credentials))
}

/// Replaces `%41` by what it stands for; a percent sign before anything else is itself.
fn unescape(text: &str) -> Result<String, Why> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = match after {
            [high, low, ..] if *first == b'%' => digit(*high).zip(digit(*low)),
            _ => None,
        };
        if let Some((high, low)) = escaped {
            bytes.push(high << 4 | low);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    let text = String::from_utf8(bytes).map_err(|_| Why::Credentials)?;
    if text.chars().any(char::is_control) { Err(Why::Credentials) } else { Ok(text) }
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            escaped.push(byte.into());
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}
