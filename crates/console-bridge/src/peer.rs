//! Which user is at the other end of a loopback connection.
//!
//! A port on the loopback interface is open to every user of the machine. Linux lists in `/proc/net/tcp` and
//! `/proc/net/tcp6` which user owns the socket at the other end. That socket is known by all four of address and port
//! here and there: a port alone, or an address alone, can be another user's at the same time, who listens at
//! 127.0.0.2 say. Where anything is in doubt (another system, no `/proc`, two sockets or none, one that is closing),
//! nobody is taken for the own user.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

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
    /// cannot be known.
    #[must_use]
    pub fn is_of_own_user(&self) -> bool {
        #[cfg(target_os = "linux")]
        let own = linux::is_own_user(self.local, self.peer);
        #[cfg(not(target_os = "linux"))]
        let own = false;
        own
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeMap;
    use std::fmt::Write as _;
    use std::fs;
    use std::io::{BufRead as _, BufReader, Read};
    use std::net::{IpAddr, Ipv6Addr, SocketAddr};
    use std::os::unix::fs::MetadataExt as _;

    /// The user as which the kernel shows every user that it has no number for in this namespace. Who runs as that user
    /// cannot be told from them.
    const UNKNOWN_USER: u32 = 65_534;

    /// The state of a socket whose both ends are open. One that is closing may have lost its owner, and is then shown
    /// as root's.
    const ESTABLISHED: &str = "01";

    /// The state of what is only the memory of a connection, which can say nothing any more.
    const TIME_WAIT: &str = "06";

    /// How often the tables are read until they name one owner. They are no snapshot: a socket can be passed over, or
    /// seen between two states, while others come and go.
    const MAX_READINGS: usize = 4;

    /// Whether `peer`, connected to our `local`, is a socket of the user that this process runs as.
    pub(super) fn is_own_user(local: SocketAddr, peer: SocketAddr) -> bool {
        let own = own_user();
        own.is_some() && (0..MAX_READINGS).find_map(|_| owner_of(local, peer)) == own
    }

    /// The effective user of this process. A process that may not be inspected is shown as root's: no match.
    fn own_user() -> Option<u32> {
        fs::metadata("/proc/self").ok().map(|metadata| metadata.uid()).filter(|user| *user != UNKNOWN_USER)
    }

    /// The owner of the socket that is bound to `peer` and connected to our `local`.
    ///
    /// Where another socket is bound to `peer` and connected to the same port of another address, somebody shares the
    /// peer's port, and it is not told who speaks.
    fn owner_of(local: SocketAddr, peer: SocketAddr) -> Option<u32> {
        if !peer.ip().to_canonical().is_loopback() {
            return None;
        }
        let mut found = Found::new();
        // A socket of either family can be at the other end of a connection over IPv4.
        if let Some(pair) = Pair::in_v4(peer, local) {
            found.extend(pair.find_in(fs::File::open("/proc/net/tcp").ok()?)?);
        }
        // A machine without IPv6 has no such table.
        let table = "/proc/net/tcp6";
        if fs::metadata(table).is_ok() {
            found.extend(Pair::in_v6(peer, local)?.find_in(fs::File::open(table).ok()?)?);
        }
        let mut owners = found.into_values();
        owners.next().flatten().filter(|_| owners.next().is_none())
    }

    /// Sockets by their inode, which one that is listed twice has twice, with their owner.
    type Found = BTreeMap<String, Option<u32>>;

    /// The two ends of a socket as a table of the kernel spells them.
    pub(super) struct Pair {
        bound: String,
        connected: String,
    }

    impl Pair {
        pub(super) fn in_v4(bound: SocketAddr, connected: SocketAddr) -> Option<Self> {
            let spell = |end: SocketAddr| match end.ip().to_canonical() {
                IpAddr::V4(v4) => Some(spelled(&v4.octets(), end.port())),
                IpAddr::V6(_) => None,
            };
            Some(Self { bound: spell(bound)?, connected: spell(connected)? })
        }

        /// `None` where the ends are of two families, which no connection is.
        pub(super) fn in_v6(bound: SocketAddr, connected: SocketAddr) -> Option<Self> {
            let [one, other] = [bound, connected].map(|end| end.ip().to_canonical());
            let spell = |ip: IpAddr, port| spelled(&mapped(ip).octets(), port);
            (one.is_ipv4() == other.is_ipv4())
                .then(|| Self { bound: spell(one, bound.port()), connected: spell(other, connected.port()) })
        }

        /// What the lines of a table say that may be about this socket. `None` where it cannot be read to its end.
        pub(super) fn find_in(&self, table: impl Read) -> Option<Found> {
            let lines = BufReader::new(table).lines().skip(1);
            lines
                .filter_map(|line| line.map(|line| self.owner_in(&line)).transpose())
                .collect::<Result<_, _>>()
                .ok()
        }

        /// What a line says: nothing if it is about another socket, the owner if it is about this one and both its ends
        /// are open, and nobody if it may be about this one.
        pub(super) fn owner_in(&self, line: &str) -> Option<(String, Option<u32>)> {
            let columns: Vec<&str> = line.split_ascii_whitespace().collect();
            let [_, bound, connected, state, _, _, _, owner, _, inode, ..] = columns[..] else { return None };
            if bound != self.bound || port(connected) != port(&self.connected) || state == TIME_WAIT {
                return None;
            }
            let is_it = connected == self.connected && state == ESTABLISHED && inode != "0";
            Some((inode.to_owned(), owner.parse().ok().filter(|_| is_it)))
        }
    }

    /// The port of an end as it is spelled.
    fn port(end: &str) -> Option<&str> {
        end.rsplit_once(':').map(|(_, port)| port)
    }

    fn mapped(ip: IpAddr) -> Ipv6Addr {
        match ip {
            IpAddr::V4(v4) => v4.to_ipv6_mapped(),
            IpAddr::V6(v6) => v6,
        }
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
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::linux::Pair;
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

    #[test]
    fn a_line_of_the_table_counts_if_both_ends_are_its_and_open() {
        let pair = Pair::in_v4(at("127.0.0.1:4000"), at("127.0.0.1:80")).unwrap();
        let line = |ends: &str, state: &str, inode: &str| {
            format!(
                "  12: {ends} {state} 00000000:00000000 00:00000000 00000000  1000        0 {inode} 1 0 20"
            )
        };
        let [ends, elsewhere, other_port] = if cfg!(target_endian = "little") {
            ["0100007F:0FA0 0100007F:0050", "0100007F:0FA0 0200007F:0050", "0100007F:0FA0 0100007F:0051"]
        } else {
            ["7F000001:0FA0 7F000001:0050", "7F000001:0FA0 7F000002:0050", "7F000001:0FA0 7F000001:0051"]
        };
        let owner = |line: &str| pair.owner_in(line).map(|(_, owner)| owner);
        assert_eq!(pair.owner_in(&line(ends, "01", "77")), Some(("77".to_owned(), Some(1000))));
        assert_eq!(owner(&line(elsewhere, "01", "77")), Some(None), "somebody shares the port: a doubt");
        assert_eq!(owner(&line(ends, "05", "77")), Some(None), "one that is closing");
        assert_eq!(owner(&line(ends, "01", "0")), Some(None), "a socket without an owner");
        assert_eq!(owner(&line(ends, "06", "0")), None, "the memory of a connection");
        assert_eq!(owner(&line(other_port, "01", "77")), None, "another port");
        assert_eq!(owner("  12: 0100007F:0FA0"), None);
        let twice = format!("  sl\n{0}\n{0}\n", line(ends, "01", "77"));
        assert_eq!(pair.find_in(twice.as_bytes()).unwrap().len(), 1, "one socket, listed twice");
        assert!(Pair::in_v6(at("127.0.0.1:1"), at("[::1]:1")).is_none(), "no connection is of two families");
    }
}
