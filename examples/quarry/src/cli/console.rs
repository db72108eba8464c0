//! `quarry console`: the console on this machine, for a server elsewhere.

use std::net::SocketAddr;
use std::sync::Arc;

use aboveboard::cli::Link;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use tokio::net::TcpListener;

use super::Client;
use crate::server::SECRET_HEADER;

pub(super) fn run(client: &Client, link: &Link, port: u16) -> anyhow::Result<()> {
    // The page asks at once whether its actions may be told, which is for the server behind it to say. A server
    // that cannot be reached shows on the page.
    let _ = client.get::<crate::server::Version>("/v1/version");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve(client.clone(), link, port))
}

async fn serve(client: Client, link: &Link, port: u16) -> anyhow::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let port = listener.local_addr()?.port();
    let bridge = link.console(port).map(|bridge| aboveboard::console::router(Arc::new(bridge)));
    let app = Router::new()
        .route("/v1/{*path}", any(pass_on).with_state(client))
        .merge(crate::console::router())
        .merge(bridge.unwrap_or_default())
        .layer(middleware::from_fn(move |request: Request, next: Next| own_host(port, request, next)));
    super::say(&format!("console http://127.0.0.1:{port}/"));
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(crate::server::asked_to_stop()).await?;
    Ok(())
}

/// Answers only to the names of this machine, so that no foreign page can come in by a name of its own.
async fn own_host(port: u16, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|value| value.to_str().ok());
    let own = ["127.0.0.1", "localhost"].iter().any(|name| host == Some(&format!("{name}:{port}")));
    if own { next.run(request).await } else { StatusCode::MISDIRECTED_REQUEST.into_response() }
}

/// Hands the page's request to the server, with the secret that the page showed and no other.
async fn pass_on(
    State(client): State<Client>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let secret =
        headers.get(SECRET_HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let body = String::from_utf8_lossy(&body).into_owned();
    let ask = move || client.send(method, uri.path(), &secret, body);
    match tokio::task::spawn_blocking(ask).await {
        Ok(Ok(answer)) => {
            let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
            (status, [(header::CONTENT_TYPE, answer.content_type)], answer.body).into_response()
        }
        Ok(Err(error)) => (StatusCode::BAD_GATEWAY, format!("{error:#}")).into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
