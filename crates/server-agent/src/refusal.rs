//! Every way in which the agent's routes refuse a request.

use aboveboard_wire::{PROBLEM_TYPE, Problem};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Why a request is refused. Each is answered with a problem document.
#[derive(Clone, Copy)]
pub(crate) enum Refusal {
    /// The request does not come straight from a program on this machine.
    NotLocal,
    /// The route exists, for other methods; axum adds which.
    Method,
}

impl Refusal {
    /// Status, reason and title.
    const fn row(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::NotLocal => {
                (StatusCode::FORBIDDEN, "not-local", "only from the machine that the server runs on")
            }
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, "method", "method not allowed"),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, reason, title) = self.row();
        let problem = Problem::new(status.as_u16(), reason, title, None);
        (status, [(header::CONTENT_TYPE, PROBLEM_TYPE)], problem.to_json()).into_response()
    }
}
