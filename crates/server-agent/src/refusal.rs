//! Every way in which the agent's routes refuse a request.

use aboveboard_wire::{PROBLEM_TYPE, Problem};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Why a request is refused. Each is answered with a problem document.
#[derive(Clone, Copy)]
pub(crate) enum Refusal {
    /// The request does not state the operator's token.
    NoToken,
    /// The route exists, for other methods; axum adds which.
    Method,
}

impl Refusal {
    /// Status, reason and title.
    const fn row(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::NoToken => (
                StatusCode::UNAUTHORIZED,
                "no-token",
                "status and preview need this server's telemetry token as a bearer",
            ),
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, "method", "method not allowed"),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, reason, title) = self.row();
        let problem = Problem::new(status.as_u16(), reason, title, None);
        let mut response =
            (status, [(header::CONTENT_TYPE, PROBLEM_TYPE)], problem.to_json()).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let bearer = HeaderValue::from_static("Bearer realm=\"telemetry\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
        }
        response
    }
}
