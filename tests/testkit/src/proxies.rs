//! `tests/vectors/proxy.json`, and listeners on loopback that record who comes and by which way.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test kit says what it expects by panicking, as a test does"
)]

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use aboveboard_core::endpoint::Endpoint;
use aboveboard_core::environment::Environment;
use aboveboard_delivery::proxy::{Scheme, Way};
use aboveboard_delivery::{Failure, Request, Transport};
use aboveboard_types::id::Id;
use aboveboard_types::possession::{Possession, Purpose};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value};

/// What a test says of itself to a listener when it has seen enough.
const END: &[u8] = b"END";

/// How long a listener waits for what a client has to say.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// The rows of the table.
#[must_use]
pub fn rows() -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("../../vectors/proxy.json")).unwrap();
    let rows = all["rows"].as_array().unwrap().clone();
    assert!(rows.len() > 200);
    rows
}

/// The collector of a row and the way that is found to it.
#[must_use]
pub fn way(row: &Value) -> (Endpoint, Way) {
    let endpoint = Endpoint::parse(row["to"].as_str().unwrap(), true).unwrap();
    let variables: &Map<String, Value> = row["env"].as_object().unwrap();
    let variables = variables.iter().map(|(name, value)| (name, value.as_str().unwrap()));
    let way = Way::to(&endpoint, &Environment::of(variables));
    (endpoint, way)
}

/// Sends one batch by the way of each row, to listeners in place of proxy and collector, and checks who came to which.
/// `tunnels` says whether the transport asks for a tunnel to a collector without TLS, too.
pub fn try_all(make: &dyn Fn(&Endpoint, &Way) -> Box<dyn Transport>, tunnels: bool) {
    for row in rows() {
        try_row(&row, make, tunnels);
    }
}

fn try_row(row: &Value, make: &dyn Fn(&Endpoint, &Way) -> Box<dyn Transport>, tunnels: bool) {
    let (endpoint, way) = way(row);
    let collector = Listener::start();
    let proxy = Listener::start();
    let scheme = if endpoint.is_tls() { "https" } else { "http" };
    let authority = format!("localhost:{}", collector.address.port());
    let endpoint = Endpoint::parse(&format!("{scheme}://{authority}"), true).unwrap();
    let way = match way {
        Way::Through(named) => Way::Through(aboveboard_delivery::proxy::Proxy {
            host: "127.0.0.1".into(),
            port: proxy.address.port(),
            ..named
        }),
        way => way,
    };
    let proof = Possession::of(&[1; 32], "sample", "localhost").proof(Purpose::Send);
    let request = Request::batch(&endpoint, "key", 0, (Id::NIL, b"{}".to_vec()), &proof);
    let reply = make(&endpoint, &way).post(&request);
    let failure = reply.expect_err("nobody answers");
    let at_collector = collector.end();
    let at_proxy = proxy.end();
    match row["way"].as_str().unwrap() {
        "direct" => {
            assert!(!at_collector.is_empty() && at_proxy.is_empty(), "{row}: {failure:?} {at_proxy:?}")
        }
        "unusable" => {
            assert_eq!(failure, Failure::Proxy, "{row}");
            assert!(at_collector.is_empty() && at_proxy.is_empty(), "{row}: {at_collector:?} {at_proxy:?}");
        }
        _ => {
            let Way::Through(named) = &way else { panic!("{row}: {way:?}") };
            assert!(at_collector.is_empty(), "{row}: passed by");
            let asked = at_proxy.first().unwrap_or_else(|| panic!("{row}: {failure:?}, and nobody asked"));
            let user = row.get("user").and_then(Value::as_str);
            let password = row.get("password").and_then(Value::as_str).unwrap_or_default();
            let is_tunnel = tunnels || endpoint.is_tls();
            let port = collector.address.port();
            check(asked, named.scheme, &authority, port, user.map(|user| (user, password)), is_tunnel);
        }
    }
}

/// Whether a proxy was asked in its own language, for the right place, by the right user.
fn check(
    asked: &Asked,
    scheme: Scheme,
    authority: &str,
    port: u16,
    user: Option<(&str, &str)>,
    is_tunnel: bool,
) {
    let seen = (scheme, asked);
    match (scheme, asked) {
        (Scheme::Https, Asked::Tls) => {}
        (Scheme::Http, Asked::Http(head)) => {
            let line = if is_tunnel {
                format!("CONNECT {authority} HTTP/1.1\r\n")
            } else {
                format!("POST http://{authority}/v1/batch HTTP/1.1\r\n")
            };
            assert!(head.starts_with(&line), "{head}");
            let encoded = user.map(|(user, password)| BASE64_STANDARD.encode(format!("{user}:{password}")));
            let given = head.lines().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                name.eq_ignore_ascii_case("proxy-authorization")
                    .then(|| value.strip_prefix("Basic ").unwrap())
            });
            assert_eq!(given, encoded.as_deref(), "{head}");
        }
        (Scheme::Socks4 | Scheme::Socks4a, Asked::Socks4 { host, port: asked }) => {
            let name = (scheme == Scheme::Socks4a).then(|| "localhost".to_owned());
            assert_eq!((host, *asked), (&name, port), "{seen:?}");
        }
        (Scheme::Socks5 | Scheme::Socks5h, Asked::Socks5 { host, port: asked, user: given }) => {
            let name = (scheme == Scheme::Socks5h).then(|| "localhost".to_owned());
            assert_eq!((host, *asked), (&name, port), "{seen:?}");
            let user = user.map(|(user, password)| (user.to_owned(), password.to_owned()));
            assert_eq!(given, &user, "{seen:?}");
        }
        _ => panic!("{seen:?}"),
    }
}

/// What somebody said who came.
#[derive(Debug)]
enum Asked {
    /// A request of HTTP; its head.
    Http(String),
    /// A handshake of TLS.
    Tls,
    /// A request of SOCKS 4 for a name, or for an address of version 4.
    Socks4 { host: Option<String>, port: u16 },
    /// A request of SOCKS 5 for a name, or for an address, with what was said to be let in.
    Socks5 { host: Option<String>, port: u16, user: Option<(String, String)> },
    /// Nothing, or something else.
    Other,
}

/// A listener on loopback that hears what everybody has to say, and answers nothing that would let them go on.
struct Listener {
    address: SocketAddr,
    asked: Receiver<Vec<Asked>>,
}

impl Listener {
    fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, asked) = mpsc::channel();
        thread::spawn(move || {
            let mut all = Vec::new();
            for stream in listener.incoming() {
                match hear(stream.unwrap()) {
                    Some(asked) => all.push(asked),
                    None => break,
                }
            }
            let _ = sender.send(all);
        });
        Self { address, asked }
    }

    /// Everybody who came before this call: connections are taken in the order in which they were made.
    fn end(&self) -> Vec<Asked> {
        TcpStream::connect(self.address).unwrap().write_all(END).unwrap();
        self.asked.recv().unwrap()
    }
}

/// What a client says; `None` for the test itself.
fn hear(mut stream: TcpStream) -> Option<Asked> {
    stream.set_read_timeout(Some(MAX_WAIT)).unwrap();
    let mut first = [0];
    if stream.read_exact(&mut first).is_err() {
        return Some(Asked::Other);
    }
    let asked = match first[0] {
        0x16 => Some(Asked::Tls),
        4 => socks4(&mut stream),
        5 => socks5(&mut stream),
        first => {
            let mut head = vec![first];
            while !head.ends_with(b"\r\n\r\n") && head != END {
                let mut next = [0];
                if stream.read_exact(&mut next).is_err() {
                    return Some(Asked::Other);
                }
                head.push(next[0]);
            }
            if head == END {
                return None;
            }
            String::from_utf8(head).ok().map(Asked::Http)
        }
    };
    Some(asked.unwrap_or(Asked::Other))
}

fn take(stream: &mut TcpStream, count: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

fn text(bytes: Vec<u8>) -> Option<String> {
    String::from_utf8(bytes).ok()
}

fn until_nul(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        match take(stream, 1)?[0] {
            0 => return text(bytes),
            byte => bytes.push(byte),
        }
    }
}

fn socks4(stream: &mut TcpStream) -> Option<Asked> {
    let head = take(stream, 7)?;
    let port = u16::from_be_bytes([head[1], head[2]]);
    until_nul(stream)?;
    let is_name = head[3..6] == [0, 0, 0] && head[6] != 0;
    let host = if is_name { Some(until_nul(stream)?) } else { None };
    Some(Asked::Socks4 { host, port })
}

fn socks5(stream: &mut TcpStream) -> Option<Asked> {
    let count = take(stream, 1)?[0];
    let methods = take(stream, count.into())?;
    let wants_user = methods.contains(&2);
    stream.write_all(&[5, if wants_user { 2 } else { 0 }]).ok()?;
    let mut user = None;
    if wants_user {
        let length = take(stream, 2)?[1];
        let name = text(take(stream, length.into())?)?;
        let length = take(stream, 1)?[0];
        user = Some((name, text(take(stream, length.into())?)?));
        stream.write_all(&[1, 0]).ok()?;
    }
    let kind = take(stream, 4)?[3];
    let host = match kind {
        3 => {
            let length = take(stream, 1)?[0];
            Some(text(take(stream, length.into())?)?)
        }
        kind => {
            take(stream, if kind == 1 { 4 } else { 16 })?;
            None
        }
    };
    let port = take(stream, 2)?;
    Some(Asked::Socks5 { host, port: u16::from_be_bytes([port[0], port[1]]), user })
}
