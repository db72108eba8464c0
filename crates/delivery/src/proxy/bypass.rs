//! `NO_PROXY`: which destinations are reached without the proxy.

use std::net::IpAddr;

use super::destination::Destination;

/// Whether a list names the destination. Entries are parted by commas and blanks: names with all below them, addresses,
/// networks as `10.0.0.0/8`, each but the last with a port if need be; or the list is `*` alone.
pub(super) fn is_named(list: &str, destination: Destination<'_>) -> bool {
    let list = list.trim();
    list == "*"
        || list
            .split(|c: char| c == ',' || c.is_ascii_whitespace())
            .filter(|entry| !entry.is_empty())
            .any(|entry| matches(entry, destination))
}

fn matches(entry: &str, destination: Destination<'_>) -> bool {
    let (pattern, port) = split_port(entry);
    let is_its_port = match port {
        None => true,
        Some(port) => port.parse() == Ok(destination.port),
    };
    is_its_port
        && match destination.host.parse::<IpAddr>() {
            Ok(address) => matches_address(pattern, address),
            Err(_) => matches_name(pattern, destination.host),
        }
}

/// The port of an entry, if it has one. An address of version 6 without brackets has colons of its own.
fn split_port(entry: &str) -> (&str, Option<&str>) {
    if let Some((address, rest)) = entry.strip_prefix('[').and_then(|entry| entry.split_once(']')) {
        return (address, rest.strip_prefix(':'));
    }
    match entry.split_once(':') {
        Some((host, port)) if !port.contains(':') => (host, Some(port)),
        _ => (entry, None),
    }
}

/// A name stands for itself and all below it, with or without `.` or `*.` before it.
fn matches_name(pattern: &str, host: &str) -> bool {
    let pattern = pattern.strip_prefix('*').unwrap_or(pattern);
    let pattern = pattern.strip_prefix('.').unwrap_or(pattern).trim_end_matches('.').to_ascii_lowercase();
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    !pattern.is_empty()
        && host.strip_suffix(&*pattern).is_some_and(|above| above.is_empty() || above.ends_with('.'))
}

fn matches_address(pattern: &str, address: IpAddr) -> bool {
    let (network, bits) = match pattern.split_once('/') {
        Some((network, bits)) => (network, Some(bits)),
        None => (pattern, None),
    };
    let Ok(network) = network.parse::<IpAddr>() else { return false };
    match bits.map(str::parse::<u32>) {
        None => network == address,
        Some(Ok(bits)) => is_within(address, network, bits),
        Some(Err(_)) => false,
    }
}

/// Whether the first `bits` of both are the same.
fn is_within(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) if bits <= u32::BITS => {
            (address.to_bits() ^ network.to_bits()).checked_shr(u32::BITS - bits).unwrap_or(0) == 0
        }
        (IpAddr::V6(address), IpAddr::V6(network)) if bits <= u128::BITS => {
            (address.to_bits() ^ network.to_bits()).checked_shr(u128::BITS - bits).unwrap_or(0) == 0
        }
        _ => false,
    }
}
