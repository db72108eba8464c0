//! Accepting connections and serving each in a task of its own.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::activity::Phase;
use super::connections::{Connections, Permit};
use super::dispatch::{Routes, respond};
use super::limits::{
    ACCEPT_PAUSE, BACKLOG, MAX_BUFFER, MAX_HEADER_BYTES, MAX_HEADER_FIELDS, RESERVED_DESCRIPTORS,
};
use super::peer::{Listener, Peer};
use super::stream::TimedStream;
use crate::ingest::Prefix;

/// A running listener.
#[derive(Debug)]
pub(crate) struct Server {
    stop: watch::Sender<bool>,
    connections: Arc<Connections>,
    limit: Duration,
    accepting: JoinHandle<()>,
    sweeping: JoinHandle<()>,
}

/// Binds an address.
pub(crate) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A restart does not wait until the system has forgotten the connections of the process before.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

impl Server {
    /// Serves `routes` on a bound listener until it is stopped. Must be called inside a tokio runtime.
    pub(crate) fn start(listener: impl Listener, routes: Routes) -> Self {
        let limits = &routes.shared.limits;
        let connections =
            Connections::new(limits, max_connections(limits.connections), Arc::clone(&routes.shared.metrics));
        let (stop, stopped) = watch::channel(false);
        let limit = limits.stop;
        let sweeping = tokio::spawn(Arc::clone(&connections).sweep());
        let accepting = tokio::spawn(accept(listener, routes, Arc::clone(&connections), stopped));
        Self { stop, connections, limit, accepting, sweeping }
    }

    /// Accepts no more connections, lets requests under way end, closes what has not ended in time.
    pub(crate) async fn stop(self) {
        self.accepting.abort();
        let _ = self.stop.send(true);
        self.connections.close(false);
        if tokio::time::timeout(self.limit, self.connections.empty()).await.is_err() {
            self.connections.close(true);
        }
        self.sweeping.abort();
    }
}

/// As many connections as are configured, or as many as there are descriptors.
fn max_connections(configured: usize) -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let possible = limit.map_or(u64::MAX, |limit| limit.saturating_sub(RESERVED_DESCRIPTORS).max(16));
    configured.min(usize::try_from(possible).unwrap_or(usize::MAX)).max(1)
}

async fn accept<L: Listener>(
    listener: L,
    routes: Routes,
    connections: Arc<Connections>,
    stopped: watch::Receiver<bool>,
) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let prefix = match peer {
                    Peer::Address(address) => routes.shared.limiter.prefix(address, Instant::now()),
                    Peer::Local(_) => Prefix::LOCAL,
                };
                if let Some(permit) = connections.admit(prefix) {
                    let activity = Arc::clone(permit.activity());
                    let task = tokio::spawn(serve(stream, peer, permit, routes.clone(), stopped.clone()));
                    activity.set_task(task.abort_handle());
                }
            }
            // The client was gone before the connection was accepted.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                connections.evict_any();
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    peer: Peer,
    permit: Permit,
    routes: Routes,
    mut stopped: watch::Receiver<bool>,
) {
    let activity = permit.activity();
    let io = TokioIo::new(TimedStream::new(stream, Arc::clone(activity)));
    let service = service_fn(|request| {
        activity.enter(Phase::Request);
        let activity = Arc::clone(activity);
        let routes = &routes;
        async move { Ok::<_, Infallible>(respond(routes, peer, activity, request).await) }
    });
    let served = http1::Builder::new()
        .max_buf_size(MAX_BUFFER)
        // That a client is gone shows when it is answered. To notice it earlier costs a system call for each request.
        .half_close(true)
        .max_header_size(MAX_HEADER_BYTES)
        .max_headers(MAX_HEADER_FIELDS)
        .serve_connection(io, service);
    let mut served = std::pin::pin!(served);
    tokio::select! {
        // Errors here are the client's: it went away or does not speak HTTP. hyper has answered what can be answered.
        _ = served.as_mut() => return,
        _ = stopped.wait_for(|stopped| *stopped) => served.as_mut().graceful_shutdown(),
    }
    let _ = served.await;
}
