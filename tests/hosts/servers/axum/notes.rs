//! The server itself, which knows nothing of telemetry.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::signal::unix::{SignalKind, signal};

/// What it keeps.
pub(crate) type Notes = Arc<Mutex<Vec<String>>>;

pub(crate) fn router(notes: Notes) -> Router {
    Router::new().route("/notes", get(list).post(add)).with_state(notes)
}

async fn list(State(notes): State<Notes>) -> String {
    notes.lock().map(|notes| notes.join("\n")).unwrap_or_default()
}

async fn add(State(notes): State<Notes>, note: String) -> StatusCode {
    match notes.lock() {
        Ok(mut notes) => notes.push(note),
        Err(_) => return StatusCode::INTERNAL_SERVER_ERROR,
    }
    StatusCode::CREATED
}

pub(crate) async fn asked_to_stop() {
    if let Ok(mut terminated) = signal(SignalKind::terminate()) {
        terminated.recv().await;
    }
}
