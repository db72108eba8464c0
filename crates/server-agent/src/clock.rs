//! Waiting without the host's runtime: it may have neither timers nor I/O, and asking it for what it does not have panics.

use std::sync::mpsc;
use std::time::Duration;

use tokio::sync::oneshot;

/// The stack of a thread that only waits.
const STACK_BYTES: usize = 64 << 10;

/// Ends after this time. A thread waits, and goes with the future; where none can be started it never ends.
pub(crate) async fn sleep(time: Duration) {
    let (guard, given_up) = mpsc::channel::<()>();
    let (ring, rung) = oneshot::channel();
    let thread = std::thread::Builder::new().name("telemetry-clock".to_owned()).stack_size(STACK_BYTES);
    let waits = thread.spawn(move || {
        // An error of the other kind means that nobody waits any more.
        if given_up.recv_timeout(time) == Err(mpsc::RecvTimeoutError::Timeout) {
            let _ = ring.send(());
        }
    });
    if waits.is_err() || rung.await.is_err() {
        std::future::pending::<()>().await;
    }
    drop(guard);
}

/// The output of a future, or nothing where it takes longer than this time.
pub(crate) async fn within<F: Future + Unpin>(time: Duration, future: F) -> Option<F::Output> {
    tokio::select! {
        biased;
        output = future => Some(output),
        () = sleep(time) => None,
    }
}
