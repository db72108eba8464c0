//! Bodies that are sent while they are made.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Bytes;
use hyper::body::{Body, Frame};
use tokio::sync::mpsc;

/// A body of the pieces that arrive here. An error ends it before its last chunk, so that no client takes a part of it
/// for the whole.
pub(crate) struct StreamedBody(pub(crate) mpsc::Receiver<io::Result<Bytes>>);

impl Body for StreamedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.0.poll_recv(context).map(|next| next.map(|piece| piece.map(Frame::data)))
    }
}
