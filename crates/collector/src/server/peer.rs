//! Who is at the other end of a connection.

use std::io;
use std::net::IpAddr;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

/// Who is at the other end of a connection. An address is never stored or logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    /// Whoever reaches the collector over the network, or from this machine.
    Address(IpAddr),
    /// A user of this machine who may open the socket in the data directory, by the number of the user.
    Local(u32),
}

/// What accepts connections.
pub(crate) trait Listener: Send + Sync + 'static {
    /// A connection.
    type Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static;

    /// Waits for the next connection.
    fn accept(&self) -> impl Future<Output = io::Result<(Self::Stream, Peer)>> + Send;
}

impl Listener for TcpListener {
    type Stream = TcpStream;

    async fn accept(&self) -> io::Result<(TcpStream, Peer)> {
        let (stream, peer) = Self::accept(self).await?;
        // A reply is one small write that nothing should wait for.
        let _ = stream.set_nodelay(true);
        Ok((stream, Peer::Address(peer.ip())))
    }
}

impl Listener for UnixListener {
    type Stream = UnixStream;

    /// The modes of socket and directory have let the peer in; who it is, is asked all the same.
    async fn accept(&self) -> io::Result<(UnixStream, Peer)> {
        loop {
            let (stream, _) = Self::accept(self).await?;
            let user = stream.peer_cred()?.uid();
            if user == 0 || user == rustix::process::geteuid().as_raw() {
                return Ok((stream, Peer::Local(user)));
            }
        }
    }
}
