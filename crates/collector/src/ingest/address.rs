//! Whose rate a request counts against.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;

/// The client's address: the peer's, or with trusted proxies in front the entry of `X-Forwarded-For` that the outermost
/// of them appended. Entries further left are the client's own invention. Where there are fewer entries than proxies, or
/// the entry is no address, the request did not come the stated way and counts against the peer.
pub(crate) fn client(peer: IpAddr, headers: &HeaderMap, trusted_hops: usize) -> IpAddr {
    let Some(from_right) = trusted_hops.checked_sub(1) else { return peer };
    headers
        .get_all("x-forwarded-for")
        .iter()
        .rev()
        .flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','))
        .nth(from_right)
        .and_then(|entry| parse(str::from_utf8(entry).ok()?.trim()))
        .unwrap_or(peer)
}

/// Whether a peer may be a proxy of this machine, which connects from here for everybody. Other addresses of loopback are
/// never used by one.
pub(crate) fn may_be_local_proxy(peer: IpAddr) -> bool {
    match peer.to_canonical() {
        IpAddr::V4(address) => address.octets()[..3] == [127, 0, 0],
        IpAddr::V6(address) => address.is_loopback(),
    }
}

fn parse(entry: &str) -> Option<IpAddr> {
    let plain = entry.parse::<IpAddr>().or_else(|_| entry.parse::<SocketAddr>().map(|address| address.ip()));
    plain.ok().or_else(|| entry.strip_prefix('[')?.strip_suffix(']')?.parse().ok())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_what_a_trusted_proxy_wrote_is_believed() {
        let peer: IpAddr = "10.0.0.1".parse().unwrap();
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "6.6.6.6, 192.0.2.1".parse().unwrap());
        headers.append("x-forwarded-for", "[2001:db8::1]:443, 10.0.0.2".parse().unwrap());
        for (hops, expected) in
            [(0, "10.0.0.1"), (1, "10.0.0.2"), (2, "2001:db8::1"), (3, "192.0.2.1"), (5, "10.0.0.1")]
        {
            assert_eq!(client(peer, &headers, hops), expected.parse::<IpAddr>().unwrap(), "{hops}");
        }
    }

    #[test]
    fn no_byte_of_a_clients_own_hides_what_a_trusted_proxy_wrote() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", HeaderValue::from_bytes(b"\x80, 192.0.2.1").unwrap());
        assert_eq!(client([10, 0, 0, 1].into(), &headers, 1), IpAddr::from([192, 0, 2, 1]));
    }
}
