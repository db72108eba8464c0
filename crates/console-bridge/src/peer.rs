//! Which user is at the other end of a loopback connection.
//!
//! A port on the loopback interface is open to every user of the machine. Linux lists in `/proc/net/tcp` and
//! `/proc/net/tcp6` which user owns the socket at the other end. That socket is known by all four of address and port
//! here and there: a port alone, or an address alone, can be another user's at the same time, who listens at
//! 127.0.0.2 say. Where anything is in doubt (another system, no `/proc`, two sockets or none, one that is closing),
//! nobody is taken for the own user.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::limits::MAX_READINGS;
#[cfg(target_os = "linux")]
use crate::tables;

/// The two ends of a connection, as this process sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    local: SocketAddr,
    peer: SocketAddr,
}

impl Connection {
    /// The connection between `local`, this process's end, and `peer`.
    #[must_use]
    pub const fn new(local: SocketAddr, peer: SocketAddr) -> Self {
        Self { local, peer }
    }

    /// The connection of `peer` to this `port` at the address that `localhost` stands for in the peer's family. That is
    /// where the pages of a console come, whose hosts are `127.0.0.1`, `[::1]` and `localhost`.
    #[must_use]
    pub const fn to_loopback(port: u16, peer: SocketAddr) -> Self {
        let local = match peer.ip().to_canonical() {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        };
        Self::new(SocketAddr::new(local, port), peer)
    }

    /// Whether the other end is a socket on this machine of the user that this process runs as. False wherever that
    /// cannot be known. This reads the system's tables of all connections, which takes milliseconds where there are
    /// thousands.
    #[must_use]
    pub fn is_of_own_user(&self) -> bool {
        (0..MAX_READINGS).find_map(|_| Self::owned(&[*self]).pop().flatten()).unwrap_or(false)
    }

    /// For each connection, whether it is of the own user, by one reading of the tables for all; none where that reading
    /// names no owner.
    pub(crate) fn owned(connections: &[Self]) -> Vec<Option<bool>> {
        #[cfg(target_os = "linux")]
        let owned = {
            let own = tables::own_user();
            let ends: Vec<_> =
                connections.iter().map(|connection| (connection.local, connection.peer)).collect();
            tables::owners(&ends).into_iter().map(|owner| owner.map(|owner| Some(owner) == own)).collect()
        };
        #[cfg(not(target_os = "linux"))]
        let owned = vec![Some(false); connections.len()];
        owned
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use std::net::{Shutdown, TcpListener, TcpStream};

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    /// A listener, a client and the accepted connection.
    fn connected(listen: &str, dial: &str) -> Option<(TcpStream, TcpStream, Connection)> {
        let listener = TcpListener::bind(listen).ok()?;
        let dial = SocketAddr::new(dial.parse().unwrap(), listener.local_addr().unwrap().port());
        let client = TcpStream::connect(dial).ok()?;
        let (accepted, peer) = listener.accept().unwrap();
        let connection = Connection::new(accepted.local_addr().unwrap(), peer);
        Some((client, accepted, connection))
    }

    #[test]
    fn a_connection_of_ones_own_is_known_over_v4_v6_and_v4_in_v6() {
        for (listen, dial) in [
            ("127.0.0.1:0", "127.0.0.1"),
            ("[::1]:0", "::1"),
            ("[::]:0", "127.0.0.1"),
            ("127.0.0.1:0", "::ffff:127.0.0.1"),
            ("0.0.0.0:0", "127.0.0.2"),
        ] {
            let Some((_client, _accepted, connection)) = connected(listen, dial) else { continue };
            assert!(connection.is_of_own_user(), "{listen} from {dial}");
            let port = connection.local.port();
            let is_at_localhost = !dial.ends_with('2');
            assert_eq!(
                Connection::to_loopback(port, connection.peer).is_of_own_user(),
                is_at_localhost,
                "{dial}"
            );
        }
    }

    #[test]
    fn a_connection_that_differs_in_one_of_the_four_is_not_the_own_users() {
        let (_client, _accepted, Connection { local, peer }) = connected("127.0.0.1:0", "127.0.0.1").unwrap();
        let elsewhere = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
        let other_ip = |end: SocketAddr| SocketAddr::new(elsewhere, end.port());
        let other_port = |end: SocketAddr| SocketAddr::new(end.ip(), end.port() ^ 1);
        for (local, peer) in [
            (other_ip(local), peer),
            (other_port(local), peer),
            (local, other_ip(peer)),
            (local, other_port(peer)),
            (at("[::1]:1"), peer),
            (local, SocketAddr::new(Ipv6Addr::LOCALHOST.into(), peer.port())),
            (local, at("192.0.2.1:4000")),
        ] {
            assert!(!Connection::new(local, peer).is_of_own_user(), "{local} {peer}");
        }
    }

    #[test]
    fn a_connection_whose_other_end_is_closing_has_no_user() {
        let (client, _accepted, connection) = connected("127.0.0.1:0", "127.0.0.1").unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        assert!(!connection.is_of_own_user());
        drop(client);
        assert!(!connection.is_of_own_user());
    }
}
