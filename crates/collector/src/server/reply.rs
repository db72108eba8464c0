//! The body of a reply. Its end is noted in the activity of the connection.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http_body_util::{Either, Full};
use hyper::body::{Body, Bytes, Frame, SizeHint};

use super::activity::{Activity, Phase};

/// A ready body from the route for batches, or what the other routes return.
pub(super) type Content = Either<Full<Bytes>, axum::body::Body>;

#[derive(Debug)]
pub(super) struct Reply {
    content: Content,
    activity: Arc<Activity>,
}

impl Reply {
    pub(super) fn new(content: Content, activity: Arc<Activity>) -> Self {
        Self { content, activity }
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
        self.activity.enter(Phase::Idle);
    }
}
