//! The spelling of an endpoint: one that readers of addresses cannot disagree about.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::unusable::Unusable;

/// What can stand between `//` and the path. Everything else ends the authority and is then refused as a path.
pub(super) fn is_of_authority(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']' | '@' | '_' | '%')
}

pub(super) fn split_port(authority: &str) -> Result<(&str, Option<u16>), Unusable> {
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
pub(super) fn check_host(host: &str) -> Result<Option<IpAddr>, Unusable> {
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

pub(super) fn check_path(path: &str) -> Result<&str, Unusable> {
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
