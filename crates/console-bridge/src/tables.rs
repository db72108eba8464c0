//! The kernel's tables of connections: who owns the sockets at their other ends.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Read};
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

/// The effective user of this process. A process that may not be inspected is shown as root's: no match.
pub(crate) fn own_user() -> Option<u32> {
    fs::metadata("/proc/self").ok().map(|metadata| metadata.uid()).filter(|user| *user != UNKNOWN_USER)
}

/// For each pair of our end and its peer, the owner of the socket that is bound to the peer and connected to our end.
/// The tables are read once for all.
///
/// Where another socket is bound to the peer and connected to the same port of another address, somebody shares the
/// peer's port, and it is not told who speaks.
pub(crate) fn owners(connections: &[(SocketAddr, SocketAddr)]) -> Vec<Option<u32>> {
    let found = read(connections).unwrap_or_else(|_| vec![Found::new(); connections.len()]);
    let only = |found: Found| {
        let mut owners = found.into_values();
        owners.next().flatten().filter(|_| owners.next().is_none())
    };
    found.into_iter().map(only).collect()
}

fn read(connections: &[(SocketAddr, SocketAddr)]) -> io::Result<Vec<Found>> {
    let mut found = vec![Found::new(); connections.len()];
    let pairs = |spell: fn(SocketAddr, SocketAddr) -> Option<Pair>| -> Vec<Option<Pair>> {
        let is_local = |peer: SocketAddr| peer.ip().to_canonical().is_loopback();
        connections.iter().map(|(local, peer)| spell(*peer, *local).filter(|_| is_local(*peer))).collect()
    };
    // A socket of either family can be at the other end of a connection over IPv4.
    let in_v4 = pairs(Pair::in_v4);
    if in_v4.iter().any(Option::is_some) {
        find_in(fs::File::open("/proc/net/tcp")?, &in_v4, &mut found)?;
    }
    // A machine without IPv6 has no such table.
    let table = "/proc/net/tcp6";
    if fs::metadata(table).is_ok() {
        find_in(fs::File::open(table)?, &pairs(Pair::in_v6), &mut found)?;
    }
    Ok(found)
}

/// Sockets by their inode, which one that is listed twice has twice, with their owner.
type Found = BTreeMap<String, Option<u32>>;

/// Adds what the lines of a table say of each socket. An error where it cannot be read to its end.
fn find_in(table: impl Read, pairs: &[Option<Pair>], found: &mut [Found]) -> io::Result<()> {
    let mut sought: HashMap<&str, Vec<(&Pair, &mut Found)>> = HashMap::new();
    for (pair, found) in pairs.iter().zip(found) {
        if let Some(pair) = pair {
            sought.entry(&pair.bound).or_default().push((pair, found));
        }
    }
    let mut table = BufReader::new(table);
    let mut line = String::new();
    while table.read_line(&mut line)? > 0 {
        // Most lines are about others: no more is read of them than where they are bound. The first is the heading.
        let bound = line.split_ascii_whitespace().nth(1).unwrap_or_default();
        for (pair, found) in sought.get_mut(bound).into_iter().flatten() {
            found.extend(pair.owner_in(&line));
        }
        line.clear();
    }
    Ok(())
}

/// The two ends of a socket as a table of the kernel spells them.
struct Pair {
    bound: String,
    connected: String,
}

impl Pair {
    fn in_v4(bound: SocketAddr, connected: SocketAddr) -> Option<Self> {
        let spell = |end: SocketAddr| match end.ip().to_canonical() {
            IpAddr::V4(v4) => Some(spelled(&v4.octets(), end.port())),
            IpAddr::V6(_) => None,
        };
        Some(Self { bound: spell(bound)?, connected: spell(connected)? })
    }

    /// `None` where the ends are of two families, which no connection is.
    fn in_v6(bound: SocketAddr, connected: SocketAddr) -> Option<Self> {
        let [one, other] = [bound, connected].map(|end| end.ip().to_canonical());
        let spell = |ip: IpAddr, port| spelled(&mapped(ip).octets(), port);
        (one.is_ipv4() == other.is_ipv4())
            .then(|| Self { bound: spell(one, bound.port()), connected: spell(other, connected.port()) })
    }

    /// What a line says: nothing if it is about another socket, the owner if it is about this one and both its ends
    /// are open, and nobody if it may be about this one.
    fn owner_in(&self, line: &str) -> Option<(String, Option<u32>)> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
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
        let pairs = [None, Some(pair)];
        let mut found = [Found::new(), Found::new()];
        find_in(twice.as_bytes(), &pairs, &mut found).unwrap();
        assert_eq!(found.map(|found| found.len()), [0, 1], "one socket, listed twice");
        assert!(Pair::in_v6(at("127.0.0.1:1"), at("[::1]:1")).is_none(), "no connection is of two families");
    }
}
