//! The server itself, which knows nothing of telemetry.

use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Method, Request, Response, StatusCode};
use tokio::signal::unix::{SignalKind, signal};

/// What it keeps.
pub(crate) type Notes = Arc<Mutex<Vec<String>>>;

pub(crate) async fn answer(notes: Notes, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let method = request.method().clone();
    let is_notes = request.uri().path() == "/notes";
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let Ok(mut notes) = notes.lock() else { return empty(StatusCode::INTERNAL_SERVER_ERROR) };
    match method {
        Method::GET if is_notes => Response::new(Full::new(notes.join("\n").into())),
        Method::POST if is_notes => {
            notes.push(String::from_utf8_lossy(&body).into_owned());
            empty(StatusCode::CREATED)
        }
        _ => empty(StatusCode::NOT_FOUND),
    }
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

pub(crate) async fn asked_to_stop() {
    if let Ok(mut terminated) = signal(SignalKind::terminate()) {
        terminated.recv().await;
    }
}
