//! The body of a reply, which tells the connection's notes when it has been handed over.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http_body_util::{Either, Full};
use hyper::body::{Body, Bytes, Frame, SizeHint};

use super::connection::Connection;

/// A ready body from the door for batches, or whatever the other doors give.
pub(super) type Content = Either<Full<Bytes>, axum::body::Body>;

#[derive(Debug)]
pub(super) struct Reply {
    content: Content,
    connection: Arc<Connection>,
}

impl Reply {
    pub(super) fn new(content: Content, connection: Arc<Connection>) -> Self {
        Self { content, connection }
    }
}

impl Body for Reply {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.content).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.content.size_hint()
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        self.connection.done();
    }
}
