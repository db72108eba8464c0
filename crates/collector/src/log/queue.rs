//! Entries that wait for the writer, and the replies to those who wait for them.

use tokio::sync::{mpsc, oneshot};

use super::error::AppendError;
use super::frame::{self, EntryRef};
use super::limits::MAX_QUEUED;

/// The reply to one entry, given when the disk has it.
pub(crate) type Durable = oneshot::Receiver<Result<(), AppendError>>;

/// The other end of a [`Durable`].
pub(super) type Reply = oneshot::Sender<Result<(), AppendError>>;

/// Everyone who waits for one group of entries, and what became of it.
pub(super) type Group = (Result<(), AppendError>, Vec<Reply>);

/// What the writer takes next.
#[derive(Debug, Default)]
pub(super) struct Queue {
    pub(super) frames: Vec<u8>,
    pub(super) waiting: Vec<Reply>,
    /// Whether an erasure is among the frames.
    pub(super) erases: bool,
    /// Whether the writer is to check if its segment is due to be closed.
    pub(super) check_segment: bool,
    pub(super) stopped: bool,
}

impl Queue {
    pub(super) fn push(&mut self, entry: EntryRef<'_>) -> Result<Durable, AppendError> {
        if self.stopped {
            return Err(AppendError::Stopped);
        }
        if self.frames.len() as u64 + frame::size(entry) > MAX_QUEUED {
            return Err(AppendError::Behind);
        }
        let (sender, receiver) = oneshot::channel();
        frame::push(&mut self.frames, entry);
        self.erases |= matches!(entry, EntryRef::Erasure(_));
        self.waiting.push(sender);
        Ok(receiver)
    }
}

/// Replies on their way from the writer's thread to those who wait. The writer hands over a whole group at once: to wake
/// a thread costs as much as a request, to wake a task on one's own thread next to nothing.
#[derive(Debug)]
pub(crate) struct Replies {
    pub(super) groups: mpsc::UnboundedReceiver<Group>,
}

impl Replies {
    /// Hands replies out until the writer has ended.
    pub(crate) async fn deliver(mut self) {
        while let Some((result, waiting)) = self.groups.recv().await {
            for reply in waiting {
                // A request that is gone no longer waits.
                let _ = reply.send(result);
            }
        }
    }
}
