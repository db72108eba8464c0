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

use super::{Client, output};
use crate::server::SECRET_HEADER;

pub(super) fn run(client: &Client, link: &Link, port: u16) -> anyhow::Result<()> {
    // The page asks at once whether it may record its actions, which depends on the server behind it. The page shows
    // it if the server cannot be reached.
    let _ = client.get::<crate::server::Version>("/v1/version");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve(client.clone(), link, port))
}

async fn serve(client: Client, link: &Link, port: u16) -> anyhow::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let port = listener.local_addr()?.port();
    let app = app(Router::new().route("/v1/{*path}", any(forward).with_state(client)), link, port);
    output::result(&format!("console http://127.0.0.1:{port}/"));
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(crate::server::asked_to_stop()).await?;
    Ok(())
}

/// The server's routes, the console's pages, and the bridge if there is one: the console works without.
fn app(server: Router, link: &Link, port: u16) -> Router {
    let bridge = link.console(port).map(|bridge| aboveboard::console::router(Arc::new(bridge)));
    server
        .merge(crate::console::router())
        .merge(bridge.unwrap_or_default())
        .layer(middleware::from_fn(move |request: Request, next: Next| own_host(port, request, next)))
}

/// Answers only to the names of this machine, so that no foreign page can come in by a name of its own.
async fn own_host(port: u16, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|value| value.to_str().ok());
    let own = ["127.0.0.1", "localhost"].iter().any(|name| host == Some(&format!("{name}:{port}")));
    if own { next.run(request).await } else { StatusCode::MISDIRECTED_REQUEST.into_response() }
}

/// Forwards the page's request to the server, with the secret that the page showed and no other.
async fn forward(
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

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;

    use super::*;

    /// The first line of the answer to a request with this host.
    fn ask(port: u16, line: &str, host: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        write!(stream, "{line} HTTP/1.1\r\nhost: {host}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.lines().next().unwrap_or_default().to_owned()
    }

    #[test]
    fn a_console_without_a_bridge_works_and_answers_nothing_of_telemetry() {
        let link = Link::default();
        assert!(link.console(0).is_none(), "no command handed this link out");
        let (sender, ports) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let port = listener.local_addr().unwrap().port();
                let service =
                    app(Router::new(), &link, port).into_make_service_with_connect_info::<SocketAddr>();
                sender.send(port).unwrap();
                axum::serve(listener, service).await
            })
        });
        let port = ports.recv().unwrap();
        let own = format!("127.0.0.1:{port}");
        for (line, host, status) in [
            ("GET /console/", own.as_str(), "200"),
            ("GET /telemetry/config", &own, "404"),
            ("GET /telemetry/client.js", &own, "404"),
            ("POST /telemetry/events", &own, "404"),
            ("GET /telemetry/config", "rebound.example", "421"),
            ("GET /console/", "rebound.example", "421"),
        ] {
            let answer = ask(port, line, host);
            assert!(answer.contains(status), "{line} at {host}: {answer}");
        }
    }
}
