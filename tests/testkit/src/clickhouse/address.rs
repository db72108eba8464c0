//! Addresses of loopback that nobody else uses.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::net::{Ipv4Addr, TcpListener};

/// A port that no server here listens on: whoever has it open has the address.
const CLAIM_PORT: u16 = 2021;

/// An address of 127.0.0.0/8. As long as it lives, no other test has it.
#[derive(Debug)]
pub(super) struct Address {
    ip: Ipv4Addr,
    _claim: TcpListener,
}

impl Address {
    pub(super) fn claim() -> Self {
        loop {
            // Hashers are keyed at random, each another way.
            let [a, b, c, ..] = RandomState::new().hash_one(0).to_ne_bytes();
            // 127.0.0.0/16 and the ends are what programs use by themselves.
            let ip = Ipv4Addr::new(127, a.clamp(1, 254), b, c.clamp(1, 254));
            match TcpListener::bind((ip, CLAIM_PORT)) {
                Ok(claim) => return Self { ip, _claim: claim },
                Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {}
                Err(error) => panic!("{ip}:{CLAIM_PORT}: {error}"),
            }
        }
    }

    pub(super) fn ip(&self) -> Ipv4Addr {
        self.ip
    }
}
