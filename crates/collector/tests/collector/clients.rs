//! Clients of many addresses: all of loopback are this machine's.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};

use rustix::net::{AddressFamily, SocketType, bind, connect, socket};

use crate::test_collector::{Answer, PATIENCE, read_answer};

/// An address whose prefix is its own.
pub(crate) fn source(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, number, 1)
}

/// A connection from one of many addresses.
pub(crate) fn connect_from(from: Ipv4Addr, to: SocketAddr) -> TcpStream {
    let opened = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&opened, &SocketAddrV4::new(from, 0)).unwrap();
    connect(&opened, &to).unwrap();
    let stream = TcpStream::from(opened);
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

pub(crate) fn exchange_from(from: Ipv4Addr, to: SocketAddr, request: &[u8]) -> Answer {
    let mut stream = connect_from(from, to);
    let _ = stream.write_all(request);
    read_answer(&mut stream).expect("no answer")
}
