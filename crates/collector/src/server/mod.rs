//! The listener: an accept loop of its own, since what stands on the open internet needs deadlines for every phase of a
//! connection, a bound on their number and a way to stop.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{Request, Response};
use http_body_util::{Either, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tower_service::Service as _;

use crate::ingest::{Ingest, client, read, stated_length};
use crate::refusal::{Reason, Refusal};
use aboveboard_wire::BATCH_PATH;

mod connection;
mod reply;

use connection::{Connection, Connections, Place, Watched};
use reply::{Content, Reply};

/// Connections that wait in the kernel to be taken.
const BACKLOG: u32 = 4_096;

/// Most bytes of a request's header.
const MAX_HEADER: usize = 16 * 1024;

/// Most fields of a request's header.
const MAX_FIELDS: usize = 64;

/// Most bytes that are read ahead on one connection.
const MAX_BUFFER: usize = 32 * 1024;

/// Largest body at any door but that of batches: a manifest.
const MAX_BODY: usize = crate::manifests::MAX_MANIFEST_BYTES as usize;

/// File descriptors that are kept from connections, for the log, the store and the page.
const OWN_DESCRIPTORS: u64 = 128;

/// Pause after the system refused a descriptor; until then one has been made free.
const PAUSE: Duration = Duration::from_millis(20);

/// The peer's address, for doors that ask whether a request is local. Never stored, never logged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// One address and the doors behind it.
#[derive(Clone, Debug)]
pub(crate) struct Routes {
    /// Where batches go, if they come here.
    pub(crate) ingest: Option<Arc<Ingest>>,
    /// Everything else.
    pub(crate) others: axum::Router,
    /// For refusals that happen before a door is chosen.
    pub(crate) shared: Arc<Ingest>,
}

impl Routes {
    fn refuse(&self, refusal: &Refusal) -> Response<Content> {
        self.shared.refuse(refusal).map(Either::Left)
    }
}

/// A running listener.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: watch::Sender<bool>,
    connections: Arc<Connections>,
    limit: Duration,
    accepting: JoinHandle<()>,
    sweeping: JoinHandle<()>,
}

/// Binds an address at once, or says why not.
pub(crate) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A restart need not wait for the connections of the last run to be forgotten.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

impl Server {
    /// Serves `doors` on a bound listener until it is stopped. Called inside a tokio runtime.
    pub(crate) fn start(listener: TcpListener, doors: Routes) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let limits = &doors.shared.limits;
        let connections =
            Connections::new(limits, places(limits.connections), Arc::clone(&doors.shared.metrics));
        let (stop, stopped) = watch::channel(false);
        let limit = limits.stop;
        let sweeping = tokio::spawn(Arc::clone(&connections).sweep());
        let accepting = tokio::spawn(accept(listener, doors, Arc::clone(&connections), stopped));
        Ok(Self { address, stop, connections, limit, accepting, sweeping })
    }

    /// Takes no more connections, lets requests under way end, closes what has not ended in time.
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

/// As many as are wished for, or as many as there are descriptors.
fn places(wished: usize) -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let possible = limit.map_or(u64::MAX, |limit| limit.saturating_sub(OWN_DESCRIPTORS).max(16));
    wished.min(usize::try_from(possible).unwrap_or(usize::MAX)).max(1)
}

async fn accept(
    listener: TcpListener,
    doors: Routes,
    connections: Arc<Connections>,
    stopped: watch::Receiver<bool>,
) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                if let Some(place) = connections.enter() {
                    let connection = Arc::clone(&place.connection);
                    let task = tokio::spawn(serve(stream, peer.ip(), place, doors.clone(), stopped.clone()));
                    Place::served_by(&connection, task.abort_handle());
                }
            }
            // The client was gone before it was taken.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be taken");
                connections.make_place();
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn serve(
    stream: TcpStream,
    peer: IpAddr,
    place: Place,
    doors: Routes,
    mut stopped: watch::Receiver<bool>,
) {
    // A reply is one small write that nothing should wait for.
    let _ = stream.set_nodelay(true);
    let io = TokioIo::new(Watched::new(stream, Arc::clone(&place.connection)));
    let notes = &place.connection;
    let service = service_fn(|request| {
        notes.request();
        let (doors, notes) = (&doors, Arc::clone(notes));
        async move { Ok::<_, Infallible>(respond(doors, peer, notes, request).await) }
    });
    let served = http1::Builder::new()
        .max_buf_size(MAX_BUFFER)
        // A client that has gone is noticed when it is answered; looking out for it costs a call for each request.
        .half_close(true)
        .max_header_size(MAX_HEADER)
        .max_headers(MAX_FIELDS)
        .serve_connection(io, service);
    let mut served = std::pin::pin!(served);
    tokio::select! {
        // Errors here are the client's: it went away or does not speak HTTP. hyper has answered what can be answered.
        _ = served.as_mut() => return,
        _ = stopped.wait_for(|stopped| *stopped) => served.as_mut().graceful_shutdown(),
    }
    let _ = served.await;
}

async fn respond(
    doors: &Routes,
    peer: IpAddr,
    notes: Arc<Connection>,
    request: Request<Incoming>,
) -> Response<Reply> {
    let response = match &doors.ingest {
        // One parser must see one length: a proxy in front may read a stated coding in another way.
        _ if request.headers().contains_key(TRANSFER_ENCODING) => doors.refuse(&Reason::NoLength.into()),
        Some(ingest) if request.uri().path() == BATCH_PATH => {
            let client = client(peer, request.headers(), ingest.trusted_hops);
            ingest.batch(client, request).await.map(Either::Left)
        }
        _ => other(doors, peer, request).await.unwrap_or_else(|refusal| doors.refuse(&refusal)),
    };
    notes.reply();
    response.map(|content| Reply::new(content, notes))
}

/// Any door but that of batches: the body is read here, under the same deadlines, and handed over whole.
async fn other(
    doors: &Routes,
    peer: IpAddr,
    request: Request<Incoming>,
) -> Result<Response<Content>, Refusal> {
    let shared = &doors.shared;
    let (parts, body) = request.into_parts();
    if parts.uri.path().starts_with("/v1/") {
        shared.admit(client(peer, &parts.headers, shared.trusted_hops))?;
    }
    let body = if parts.headers.contains_key(CONTENT_LENGTH) {
        let length = stated_length(&parts.headers, MAX_BODY)?;
        let _share = shared.room.take(length as u64)?;
        read(body, length, &shared.limits).await?
    } else {
        Bytes::new()
    };
    let mut request = Request::from_parts(parts, axum::body::Body::new(Full::new(body)));
    request.extensions_mut().insert(Peer(peer));
    let Ok(response) = doors.others.clone().call(request).await;
    Ok(response.map(Either::Right))
}
