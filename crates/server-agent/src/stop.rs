//! The signal by which the handle stops the worker.

use tokio::sync::watch;

/// The worker's end of the signal.
#[derive(Clone)]
pub(crate) struct StopSignal(watch::Receiver<bool>);

impl StopSignal {
    /// A signal, and the sender that gives it by sending `true`.
    pub(crate) fn new() -> (watch::Sender<bool>, Self) {
        let (stopper, stop) = watch::channel(false);
        (stopper, Self(stop))
    }

    pub(crate) fn is_given(&self) -> bool {
        *self.0.borrow()
    }

    /// Ends when the signal is given.
    pub(crate) async fn given(&mut self) {
        // An error means that every handle is gone; then only the end of the runtime stops the agent.
        if self.0.wait_for(|stop| *stop).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
