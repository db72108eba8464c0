//! A small server on loopback that misbehaves in one chosen way.

use std::io::{ErrorKind, Read as _, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::http::{self, HttpRequest};

/// What the server does with every request that it has read whole.
#[derive(Clone, Debug)]
pub(super) enum Conduct {
    /// Writes these bytes and closes.
    Say(Vec<u8>),
    /// Writes these bytes, then the filler over and over until the client leaves.
    Flood(Vec<u8>, &'static [u8]),
    /// Writes these bytes, then one byte every quarter of a second until the client leaves.
    Drip(Vec<u8>),
    /// Answers nothing and keeps the connection open until the client leaves.
    Silence,
}

/// A running server; it lasts until the process ends.
pub(super) struct FaultServer {
    /// Where it listens.
    pub(super) address: SocketAddr,
    seen: Receiver<HttpRequest>,
}

impl FaultServer {
    pub(super) fn start(conduct: Conduct) -> std::io::Result<Self> {
        let (sender, seen) = channel();
        let address = http::serve("fault server", move |stream| misbehave(&stream, &conduct, &sender))?;
        Ok(Self { address, seen })
    }

    /// The requests, or attempts at one, that have arrived by now.
    pub(super) fn seen(&self) -> Vec<HttpRequest> {
        self.seen.try_iter().collect()
    }
}

fn misbehave(stream: &TcpStream, conduct: &Conduct, seen: &Sender<HttpRequest>) {
    // A client that never completes its request must not hold the next test.
    let _ = stream.set_read_timeout(Some(Duration::from_secs(15)));
    let _ = seen.send(HttpRequest::read(stream));
    let mut writer = stream;
    let left = match conduct {
        Conduct::Say(bytes) => writer.write_all(bytes),
        Conduct::Flood(bytes, filler) => writer.write_all(bytes).and_then(|()| repeat(writer, filler)),
        Conduct::Drip(bytes) => writer.write_all(bytes).and_then(|()| drip(stream)),
        Conduct::Silence => wait_for_end(stream),
    };
    // A client that leaves in the middle is what the test is about.
    drop(left);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    // Read what is left, so that closing does not reset the connection before the client has read.
    let _ = wait_for_end(stream);
}

fn repeat(mut writer: impl Write, filler: &[u8]) -> std::io::Result<()> {
    loop {
        writer.write_all(filler)?;
    }
}

/// One byte every quarter of a second: the pace is the fault itself, not a wait for something.
fn drip(mut stream: &TcpStream) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_millis(250)))?;
    loop {
        match stream.read(&mut [0; 64]) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => return Err(error),
        }
        stream.write_all(b".")?;
    }
}

fn wait_for_end(mut stream: &TcpStream) -> std::io::Result<()> {
    let mut sink = [0; 1024];
    while stream.read(&mut sink)? > 0 {}
    Ok(())
}

/// An address at which no process listens.
pub(super) fn closed_port() -> std::io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

/// An address whose listener accepts nothing and whose backlog is full, so that the kernel drops every further
/// attempt to connect. It lasts as long as the returned guard.
pub(super) struct BlackHole {
    /// Where it swallows.
    pub(super) address: SocketAddr,
    _listener: TcpListener,
    _backlog: Vec<TcpStream>,
}

impl BlackHole {
    pub(super) fn open() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let mut backlog = Vec::new();
        while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
            backlog.push(stream);
        }
        Ok(Self { address, _listener: listener, _backlog: backlog })
    }
}
