//! When the server, or the CLI's console, is to stop.

use tokio::signal::unix::{SignalKind, signal};

/// Ends at Ctrl-C or SIGTERM.
pub(crate) async fn asked_to_stop() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
