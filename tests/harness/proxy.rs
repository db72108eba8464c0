//! A proxy between agent and collector that misbehaves on request and keeps every byte that it saw.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the proxy does with a connection.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Forwards everything.
    None,
    /// Forwards the request and drops the reply.
    LoseReply,
    /// Drops the reply of each connection whose number this divides, and forwards everything of the others.
    LoseEvery(usize),
    /// Cuts the connection after this many bytes of the request.
    CutRequest(usize),
    /// Accepts and never answers.
    Silence,
    /// Answers with this text itself.
    Reply(String),
    /// Reads the request and answers with an endless reply.
    Endless,
}

/// A proxy on loopback.
pub struct Proxy {
    address: String,
    state: Arc<State>,
}

struct State {
    fault: Mutex<Fault>,
    seen: Mutex<Vec<u8>>,
    connections: AtomicUsize,
    upstream: Mutex<String>,
}

impl Proxy {
    /// Starts a proxy that forwards to `upstream` (`http://127.0.0.1:PORT`).
    ///
    /// # Panics
    /// If loopback has no free port.
    #[must_use]
    pub fn before(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("its address"));
        let state = Arc::new(State {
            fault: Mutex::new(Fault::None),
            seen: Mutex::default(),
            connections: AtomicUsize::new(0),
            upstream: Mutex::new(host(upstream)),
        });
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let number = shared.connections.fetch_add(1, Ordering::SeqCst) + 1;
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || serve(client, number, &shared));
            }
        });
        Self { address, state }
    }

    /// Its address, `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Sets what it does with new connections.
    pub fn set(&self, fault: Fault) {
        *self.state.fault.lock().expect("no test panicked in here") = fault;
    }

    /// Sets where it forwards new connections to.
    pub fn point_at(&self, upstream: &str) {
        *self.state.upstream.lock().expect("no test panicked in here") = host(upstream);
    }

    /// Every byte that it read, in both directions.
    #[must_use]
    pub fn seen(&self) -> Vec<u8> {
        self.state.seen.lock().expect("no test panicked in here").clone()
    }

    /// How many connections were made to it.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }
}

fn host(address: &str) -> String {
    address.trim_start_matches("http://").trim_end_matches('/').to_owned()
}

fn serve(mut client: TcpStream, number: usize, state: &Arc<State>) {
    let fault = state.fault.lock().expect("no test panicked in here").clone();
    let _ = client.set_read_timeout(Some(Duration::from_secs(30)));
    match fault {
        Fault::Silence => drain(&mut client, state),
        Fault::Reply(text) => {
            read_request(&mut client, state);
            let _ = client.write_all(text.as_bytes());
        }
        Fault::Endless => {
            read_request(&mut client, state);
            let _ = client.write_all(b"HTTP/1.1 202 Accepted\r\ntransfer-encoding: chunked\r\n\r\n");
            while client.write_all(b"400\r\n").and_then(|()| client.write_all(&[b' '; 0x400])).is_ok() {
                if client.write_all(b"\r\n").is_err() {
                    break;
                }
            }
        }
        Fault::None => pass(client, state, usize::MAX, true),
        Fault::LoseReply => pass(client, state, usize::MAX, false),
        Fault::LoseEvery(each) => pass(client, state, usize::MAX, !number.is_multiple_of(each)),
        Fault::CutRequest(after) => pass(client, state, after, true),
    }
}

fn drain(client: &mut TcpStream, state: &State) {
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = client.read(&mut buffer) {
        keep(state, &buffer[..length]);
    }
}

/// Reads one request to the end of its body as `content-length` states it.
fn read_request(client: &mut TcpStream, state: &State) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !complete(&request) {
        match client.read(&mut buffer) {
            Ok(length @ 1..) => request.extend_from_slice(&buffer[..length]),
            _ => break,
        }
    }
    keep(state, &request);
}

fn complete(request: &[u8]) -> bool {
    let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    request.len() >= end + 4 + length.unwrap_or(0)
}

fn pass(client: TcpStream, state: &Arc<State>, limit: usize, reply: bool) {
    let upstream = state.upstream.lock().expect("no test panicked in here").clone();
    let Ok(server) = TcpStream::connect(upstream) else { return };
    let Ok(from_client) = client.try_clone() else { return };
    let Ok(to_server) = server.try_clone() else { return };
    let shared = Arc::clone(state);
    let up = std::thread::spawn(move || copy(from_client, to_server, &shared, limit));
    if reply {
        copy(server, client, state, usize::MAX);
    } else {
        // Once a byte of the reply can be read, the collector has answered. Then the connection is cut.
        let mut byte = [0; 1];
        let mut server = server;
        let _ = server.read(&mut byte);
        let _ = client.shutdown(Shutdown::Both);
    }
    let _ = up.join();
}

fn copy(mut from: TcpStream, mut to: TcpStream, state: &State, mut limit: usize) {
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        let length = length.min(limit);
        keep(state, &buffer[..length]);
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
        limit -= length;
        if limit == 0 {
            let _ = from.shutdown(Shutdown::Both);
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

fn keep(state: &State, bytes: &[u8]) {
    state.seen.lock().expect("no test panicked in here").extend_from_slice(bytes);
}
