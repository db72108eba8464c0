//! The host of a collector in one spelling: what an installation's id and proofs are bound to.

use std::net::Ipv6Addr;

use crate::hex;

/// Longest host in bytes: the longest name that the DNS carries.
const MAX_HOST_BYTES: usize = 253;

/// The normal form of the host in `authority`, which is a name or an address, with or without a port: lower case, without
/// the port, without the final dot of a name, and an IPv6 address in its shortest spelling without brackets.
///
/// `None` for a text that is no host. Names are taken as they stand: nothing is resolved, and a name that is not ASCII
/// has to come in its ASCII form.
#[must_use]
pub fn normal(authority: &str) -> Option<String> {
    if authority.len() > MAX_HOST_BYTES + ":65535".len() + 1 {
        return None;
    }
    if let Ok(address) = authority.parse::<Ipv6Addr>() {
        return Some(address.to_string());
    }
    if let Some(rest) = authority.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        return address.parse::<Ipv6Addr>().ok().filter(|_| is_port).map(|address| address.to_string());
    }
    let name = match authority.split_once(':') {
        Some((name, port)) => is_port(port).then_some(name)?,
        None => authority,
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    let is_named = name.len() <= MAX_HOST_BYTES
        && name.split('.').all(|label| !label.is_empty())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    is_named.then(|| name.to_ascii_lowercase())
}

fn is_port(digits: &str) -> bool {
    digits.bytes().all(|digit| digit.is_ascii_digit()) && digits.parse::<u16>().is_ok()
}

/// The tag of a host in its [normal form](normal): eight hexadecimal digits of its SHA-256. A link header carries it, so
/// that a program can tell whether the server reports to the same host without the header naming it.
#[must_use]
pub fn tag(host: &str) -> String {
    hex::encode(&hmac_sha256::Hash::hash(host.as_bytes())[..4])
}
