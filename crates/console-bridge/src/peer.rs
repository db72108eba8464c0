//! Which user's browser is at the other end of a loopback connection.
//!
//! A port on the loopback interface is open to every user of the machine. Linux lists in `/proc/net/tcp` which user
//! owns the socket at the other end, so that only the user who runs the CLI gets the token. Where this cannot be known
//! (another system, no `/proc`), nobody gets it and the console stays silent.

use std::net::SocketAddr;

/// Whether `peer`, connected to our `port`, is a socket of the user that this process runs as.
pub(crate) fn is_own_user(peer: SocketAddr, port: u16) -> bool {
    #[cfg(target_os = "linux")]
    let own = linux::owner_of(peer, port).is_some_and(|owner| Some(owner) == linux::own_user());
    #[cfg(not(target_os = "linux"))]
    let own = {
        let _ = (peer, port);
        false
    };
    own
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fmt::Write as _;
    use std::fs;
    use std::net::{IpAddr, SocketAddr};
    use std::os::unix::fs::MetadataExt as _;

    /// The effective user of this process. A process that may not be inspected is shown as root's: no match.
    pub(super) fn own_user() -> Option<u32> {
        fs::metadata("/proc/self").ok().map(|metadata| metadata.uid())
    }

    /// The owner of the socket that is bound to `peer` and connected to a `port` of this machine.
    pub(super) fn owner_of(peer: SocketAddr, port: u16) -> Option<u32> {
        let ip = peer.ip().to_canonical();
        if !ip.is_loopback() {
            return None;
        }
        let v6 = match ip {
            IpAddr::V4(v4) => v4.to_ipv6_mapped(),
            IpAddr::V6(v6) => v6,
        };
        let found = |table, address: &[u8]| {
            let table = fs::read_to_string(table).ok()?;
            owner_in(&table, &spelled(address, peer.port()), port)
        };
        let v4 = if let IpAddr::V4(v4) = ip { found("/proc/net/tcp", &v4.octets()) } else { None };
        v4.or_else(|| found("/proc/net/tcp6", &v6.octets()))
    }

    /// The kernel prints an address as words of four bytes in the machine's own order.
    fn spelled(address: &[u8], port: u16) -> String {
        let mut text = String::with_capacity(40);
        for word in address.chunks_exact(4) {
            let word = word.try_into().map(u32::from_ne_bytes).unwrap_or_default();
            let _ = write!(text, "{word:08X}");
        }
        let _ = write!(text, ":{port:04X}");
        text
    }

    /// A socket that is only a memory of a connection (`TIME_WAIT`) has no owner and is shown as root's.
    const TIME_WAIT: &str = "06";

    /// The owner of one socket in a table of the kernel.
    fn owner_in(table: &str, local: &str, remote_port: u16) -> Option<u32> {
        let remote = format!(":{remote_port:04X}");
        table.lines().skip(1).find_map(|line| {
            let mut columns = line.split_ascii_whitespace().skip(1);
            let ours = columns.next()? == local && columns.next()?.ends_with(&remote);
            let state = columns.next()?;
            if ours && state != TIME_WAIT { columns.nth(3)?.parse().ok() } else { None }
        })
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn a_connection_of_ones_own_is_known_and_others_are_not() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(address) else { continue };
            let port = listener.local_addr().unwrap().port();
            let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (_accepted, peer) = listener.accept().unwrap();
            assert_eq!(peer, client.local_addr().unwrap());
            assert!(is_own_user(peer, port), "{address}");
            assert!(!is_own_user(peer, port ^ 1), "another port of ours");
            let other = SocketAddr::new(peer.ip(), peer.port() ^ 1);
            assert!(!is_own_user(other, port), "a socket that is not there");
        }
        assert!(!is_own_user(SocketAddr::from(([192, 0, 2, 1], 4000)), 80), "not of this machine");
    }
}
