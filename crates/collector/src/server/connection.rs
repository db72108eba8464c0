//! What is known of each open connection, and the sweep that closes those that take too long.
//!
//! hyper parses; when it is waited for is noticed here. Reads and writes pass through [`Watched`], which notes the first
//! byte of a request and a reply that is not taken; the service notes the end of a header and of a reply. A sweep over
//! all connections a few times a second compares these notes with the limits. So no connection carries a timer of
//! its own, and when there are too many, the sweep's notes tell which has been silent longest.

use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::AbortHandle;

use crate::config::Limits;
use crate::metrics::{Closed, Metrics};

/// Where a connection is between two requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing of the next request has come.
    Idle,
    /// A request has begun, its header has not ended.
    Header,
    /// A request is being read or worked on; the door has deadlines of its own.
    Request,
    /// A reply is being written.
    Reply,
}

impl Phase {
    const ALL: [Self; 4] = [Self::Idle, Self::Header, Self::Request, Self::Reply];
}

/// Notes on one connection.
#[derive(Debug)]
pub(super) struct Connection {
    started: Instant,
    phase: AtomicU8,
    /// Milliseconds since `started` at which the phase began.
    since: AtomicU64,
    /// Milliseconds since `started`, plus one, from which a write has waited for the client; 0 while none does.
    stalled: AtomicU64,
    task: OnceLock<AbortHandle>,
}

impl Connection {
    fn new(started: Instant) -> Self {
        Self {
            started,
            phase: AtomicU8::new(Phase::Header as u8),
            since: AtomicU64::new(started.elapsed().as_millis() as u64),
            stalled: AtomicU64::new(0),
            task: OnceLock::new(),
        }
    }

    fn now(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    fn phase(&self) -> Phase {
        Phase::ALL[usize::from(self.phase.load(Ordering::Acquire)) % Phase::ALL.len()]
    }

    /// The time first: the sweep, on another thread, must not meet the new phase with the time of the last one, which may
    /// be long over.
    fn enter(&self, phase: Phase) {
        self.since.store(self.now(), Ordering::Relaxed);
        self.phase.store(phase as u8, Ordering::Release);
    }

    /// The header of a request has ended.
    pub(super) fn request(&self) {
        self.enter(Phase::Request);
    }

    /// The head of a reply is ready.
    pub(super) fn reply(&self) {
        self.enter(Phase::Reply);
    }

    /// The last byte of a reply was handed over.
    pub(super) fn done(&self) {
        self.enter(Phase::Idle);
    }

    /// What is overdue, if anything is.
    fn overdue(&self, now: u64, limits: &Limits) -> Option<Closed> {
        let over = |since: u64, most: Duration| now.saturating_sub(since) >= most.as_millis() as u64;
        // The phase first, for the same reason.
        let phase = self.phase();
        let since = self.since.load(Ordering::Relaxed);
        let stalled = self.stalled.load(Ordering::Relaxed);
        match phase {
            // Whoever does not take his reply is not asked for the next request.
            _ if stalled > 0 => over(stalled - 1, limits.reply).then_some(Closed::Reply),
            Phase::Header if over(since, limits.header) => Some(Closed::Header),
            Phase::Idle if over(since, limits.idle) => Some(Closed::Idle),
            // The body has a deadline of its own, which answers; this is for what should never take so long.
            Phase::Request if over(since, limits.request + limits.reply) => Some(Closed::Request),
            _ => None,
        }
    }

    fn is_waiting(&self) -> bool {
        matches!(self.phase(), Phase::Idle | Phase::Header)
    }
}

/// All open connections.
#[derive(Debug)]
pub(super) struct Connections {
    started: Instant,
    most: usize,
    limits: Limits,
    metrics: Arc<Metrics>,
    open: Mutex<Open>,
    emptied: tokio::sync::Notify,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    list: HashMap<u64, Arc<Connection>>,
}

/// How many of the longest silent connections go at once when there is no place: finding them costs a look at all.
const EVICTED: usize = 32;

impl Connections {
    pub(super) fn new(limits: &Limits, most: usize, metrics: Arc<Metrics>) -> Arc<Self> {
        Arc::new(Self {
            started: Instant::now(),
            most,
            limits: limits.clone(),
            metrics,
            open: Mutex::default(),
            emptied: tokio::sync::Notify::new(),
        })
    }

    /// A place for a new connection, if need be that of those silent longest; `None` where all are at work.
    pub(super) fn enter(self: &Arc<Self>) -> Option<Place> {
        let mut open = self.lock();
        if open.list.len() >= self.most && !self.evict(&mut open) {
            drop(open);
            self.metrics.closed(Closed::Refused);
            return None;
        }
        let number = open.next;
        open.next += 1;
        let connection = Arc::new(Connection::new(self.started));
        open.list.insert(number, Arc::clone(&connection));
        drop(open);
        self.metrics.connected();
        Some(Place { connections: Arc::clone(self), number, connection })
    }

    /// Closes the longest silent connections; they count as gone at once.
    fn evict(&self, open: &mut Open) -> bool {
        let mut silent: Vec<_> = open.list.iter().filter(|(_, connection)| connection.is_waiting()).collect();
        silent.sort_unstable_by_key(|(_, connection)| connection.since.load(Ordering::Relaxed));
        let numbers: Vec<_> = silent.iter().take(EVICTED).map(|(number, _)| **number).collect();
        for number in &numbers {
            if let Some(connection) = open.list.remove(number) {
                self.metrics.closed(Closed::Evicted);
                self.metrics.disconnected();
                abort(&connection);
            }
        }
        !numbers.is_empty()
    }

    /// Makes place when the system has no file descriptor left.
    pub(super) fn make_place(&self) {
        let mut open = self.lock();
        self.evict(&mut open);
    }

    /// Closes what is overdue, again and again.
    pub(super) async fn sweep(self: Arc<Self>) {
        let shortest = self.limits.header.min(self.limits.idle).min(self.limits.reply);
        let mut tick = tokio::time::interval((shortest / 8).clamp(MIN_PAUSE, MAX_PAUSE));
        loop {
            tick.tick().await;
            let now = self.started.elapsed().as_millis() as u64;
            for connection in self.lock().list.values() {
                if let Some(why) = connection.overdue(now, &self.limits) {
                    self.metrics.closed(why);
                    abort(connection);
                }
            }
        }
    }

    /// Waits until no connection is open.
    pub(super) async fn empty(&self) {
        loop {
            let emptied = self.emptied.notified();
            if self.lock().list.is_empty() {
                return;
            }
            emptied.await;
        }
    }

    /// Closes what is open: at a stop those that only stream, and at its end all.
    pub(super) fn close(&self, all: bool) {
        for connection in self.lock().list.values() {
            if all || connection.phase() == Phase::Reply {
                abort(connection);
            }
        }
    }

    fn leave(&self, number: u64) {
        let mut open = self.lock();
        if open.list.remove(&number).is_some() {
            self.metrics.disconnected();
        }
        if open.list.is_empty() {
            self.emptied.notify_waiters();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Bounds of the time between two sweeps.
const MIN_PAUSE: Duration = Duration::from_millis(10);
const MAX_PAUSE: Duration = Duration::from_millis(250);

fn abort(connection: &Connection) {
    if let Some(task) = connection.task.get() {
        task.abort();
    }
}

/// A connection's place among the open ones; it is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    connections: Arc<Connections>,
    number: u64,
    pub(super) connection: Arc<Connection>,
}

impl Place {
    /// Says which task serves it, so that the task can be ended.
    pub(super) fn served_by(connection: &Connection, task: AbortHandle) {
        let _ = connection.task.set(task);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.leave(self.number);
    }
}

/// The stream of a connection, with notes taken.
#[derive(Debug)]
pub(super) struct Watched {
    stream: TcpStream,
    connection: Arc<Connection>,
}

impl Watched {
    pub(super) fn new(stream: TcpStream, connection: Arc<Connection>) -> Self {
        Self { stream, connection }
    }

    fn note_write<T>(&self, result: &Poll<io::Result<T>>) {
        match result {
            Poll::Ready(_) => self.connection.stalled.store(0, Ordering::Relaxed),
            Poll::Pending if self.connection.stalled.load(Ordering::Relaxed) == 0 => {
                self.connection.stalled.store(self.connection.now() + 1, Ordering::Relaxed);
            }
            Poll::Pending => {}
        }
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before && self.connection.phase() == Phase::Idle {
            self.connection.enter(Phase::Header);
        }
        result
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note_write(&result);
        result
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.note_write(&result);
        result
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
