//! The load: connections that each send, wait for the answer, and send again.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::batch::Batch;
use aboveboard_benches::Outcome;

/// What was driven.
pub(crate) struct Driven {
    pub(crate) requests: u64,
    pub(crate) elapsed: Duration,
    latencies: Vec<Duration>,
}

impl Driven {
    /// The latency that so many per cent of the requests did not exceed.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        self.latencies.get(self.latencies.len() * percent / 100).copied().unwrap_or_default()
    }
}

/// Drives `connections` for the time.
pub(crate) fn drive(
    address: SocketAddr,
    connections: usize,
    duration: Duration,
    batch: Batch,
) -> Outcome<Driven> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let next = Arc::new(AtomicU64::new(1));
        let start = Instant::now();
        let tasks: Vec<_> = (0..connections)
            .map(|number| {
                tokio::spawn(client(address, number, batch.clone(), Arc::clone(&next), start + duration))
            })
            .collect();
        let mut latencies = Vec::new();
        for task in tasks {
            latencies.extend(task.await??);
        }
        let elapsed = start.elapsed();
        latencies.sort_unstable();
        Ok(Driven { requests: latencies.len() as u64, elapsed, latencies })
    })
}

/// One connection, from an address prefix of its own: what waits of one prefix is bounded.
async fn client(
    address: SocketAddr,
    number: usize,
    mut batch: Batch,
    next: Arc<AtomicU64>,
    until: Instant,
) -> Outcome<Vec<Duration>> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from(([127, 0, u8::try_from(number % 250)? + 1, 1], 0)))?;
    let mut stream = socket.connect(address).await?;
    stream.set_nodelay(true)?;
    let mut latencies = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    while Instant::now() < until {
        let start = Instant::now();
        stream.write_all(batch.numbered(next.fetch_add(1, Ordering::Relaxed))).await?;
        let read = answer(&mut stream, &mut buffer).await?;
        if !buffer.starts_with(b"HTTP/1.1 202") {
            return Err(String::from_utf8_lossy(&buffer[..read]).into_owned().into());
        }
        latencies.push(start.elapsed());
    }
    Ok(latencies)
}

/// Reads one whole answer; its length.
async fn answer(stream: &mut TcpStream, buffer: &mut [u8]) -> Outcome<usize> {
    let mut filled = 0;
    loop {
        match stream.read(&mut buffer[filled..]).await? {
            0 => return Err("the server closed the connection".into()),
            read => filled += read,
        }
        let text = &buffer[..filled];
        let Some(end) = text.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = std::str::from_utf8(&text[..end])?;
        let of =
            |line: &'_ str| line.get(..16).is_some_and(|name| name.eq_ignore_ascii_case("content-length: "));
        let length = head.lines().find(|line| of(line)).map(|line| &line[16..]);
        if filled >= end + 4 + length.unwrap_or("0").parse::<usize>()? {
            return Ok(filled);
        }
    }
}
