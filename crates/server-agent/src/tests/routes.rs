//! The routes and the link header.

use std::future::poll_fn;
use std::net::SocketAddr;

use aboveboard_core::consent::Choice;
use aboveboard_testing::Collector;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, Response};
use axum::routing::get;
use tower_service::Service as _;

use super::kit::{agent, product, received, say, until};
use crate::Handle;

async fn ask(mut router: Router, request: Request<Body>) -> Response<Body> {
    poll_fn(|context| <Router as tower_service::Service<Request<Body>>>::poll_ready(&mut router, context))
        .await
        .unwrap();
    router.call(request).await.unwrap()
}

fn request(path: &str, peer: Option<&str>, headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::empty()).unwrap();
    if let Some(peer) = peer {
        request.extensions_mut().insert(ConnectInfo(peer.parse::<SocketAddr>().unwrap()));
    }
    request
}

#[tokio::test]
async fn status_and_preview_are_for_who_holds_the_token_however_a_proxy_passes_the_request_on() {
    let directory = tempfile::tempdir().unwrap();
    let telemetry = agent("http://127.0.0.1:9", directory.path()).token("t0ken").start();
    for path in ["/telemetry/status", "/telemetry/preview"] {
        for (peer, headers, status) in [
            (Some("127.0.0.1:5000"), &[("authorization", "Bearer t0ken")][..], 200),
            (None, &[("authorization", "bearer t0ken"), ("x-forwarded-for", "192.0.2.7")], 200),
            (Some("127.0.0.1:5000"), &[], 401),
            (Some("127.0.0.1:5000"), &[("host", "127.0.0.1:8080")], 401),
            (Some("[::1]:5000"), &[("host", "[::1]:8080"), ("sec-fetch-site", "none")], 401),
            (Some("127.0.0.1:5000"), &[("host", "localhost"), ("authorization", "Bearer t0ke")], 401),
            (Some("127.0.0.1:5000"), &[("host", "localhost"), ("authorization", "Bearer t0ken2")], 401),
            (Some("127.0.0.1:5000"), &[("authorization", "Basic t0ken")], 401),
            (
                Some("127.0.0.1:5000"),
                &[("authorization", "Bearer x"), ("authorization", "Bearer t0ken")],
                401,
            ),
        ] {
            let answer = ask(telemetry.router(), request(path, peer, headers)).await;
            assert_eq!(answer.status(), status, "{path} {peer:?} {headers:?}");
            let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
            let body = serde_json::from_slice::<serde_json::Value>(&body).unwrap();
            assert_eq!(status == 401, body["reason"] == "no-token", "{body}");
        }
    }
    telemetry.shutdown().await;
}

/// Asks over a stream, and gives status and body.
async fn over(stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite, path: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = std::pin::pin!(stream);
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer t0ken\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_host_that_is_served_without_the_addresses_of_its_peers_answers_all_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let telemetry = agent("http://127.0.0.1:9", directory.path()).token("t0ken").start();
    let tcp = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap();
    let socket = directory.path().join("socket");
    let unix = tokio::net::UnixListener::bind(&socket).unwrap();
    let router = telemetry.router();
    tokio::spawn(async move { axum::serve(tcp, router).await });
    let router = telemetry.router();
    tokio::spawn(async move { axum::serve(unix, router).await });
    for path in ["/telemetry/status", "/telemetry/preview", "/telemetry/config", "/telemetry/client.js"] {
        let by_tcp = over(tokio::net::TcpStream::connect(address).await.unwrap(), path).await;
        let by_unix = over(tokio::net::UnixStream::connect(&socket).await.unwrap(), path).await;
        for answer in [by_tcp, by_unix] {
            assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{path}: {answer}");
        }
    }
    telemetry.shutdown().await;
}

#[tokio::test]
async fn the_token_of_the_directory_is_made_with_the_first_record_and_goes_with_an_opt_out() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let collector = Collector::start(product());
    let telemetry = agent(collector.endpoint(), directory.path()).start();
    let (collector, _) = received(collector).await.unwrap();
    let file = directory.path().join("telemetry/token");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let bearer = format!("Bearer {}", std::fs::read_to_string(&file).unwrap().trim());
    let status = |headers: &[(&str, &str)]| {
        let asked = ask(telemetry.router(), request("/telemetry/status", Some("127.0.0.1:5000"), headers));
        async move { asked.await.status() }
    };
    assert_eq!(status(&[("authorization", &bearer)]).await, 200);
    assert_eq!(status(&[]).await, 401);
    say(&directory, &collector.endpoint(), Choice::No);
    until("it falls silent", || telemetry.status().mode() == "off").await;
    assert!(!file.exists());
    assert_eq!(status(&[("authorization", &bearer)]).await, 401);
    assert_eq!(status(&[("authorization", "Bearer ")]).await, 401);
    telemetry.shutdown().await;
}

#[tokio::test]
async fn a_method_that_is_not_allowed_is_a_problem_that_names_those_that_are() {
    let directory = tempfile::tempdir().unwrap();
    let collector = Collector::start(product());
    let telemetry = agent(collector.endpoint(), directory.path()).start();
    for path in ["/telemetry/status", "/telemetry/preview"] {
        let post = Request::post(path).body(Body::empty()).unwrap();
        let answer = ask(telemetry.router(), post).await;
        assert_eq!(answer.status(), 405, "{path}");
        assert_eq!(answer.headers()["allow"], "GET,HEAD", "{path}");
        let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&body).unwrap()["reason"], "method");
    }
    telemetry.shutdown().await;
}

#[tokio::test]
async fn the_link_header_names_the_server_only_while_it_is_on() {
    let directory = tempfile::tempdir().unwrap();
    let collector = Collector::start(product());
    let telemetry = agent(collector.endpoint(), directory.path()).start();
    let (_collector, batch) = received(collector).await.unwrap();
    let app = |telemetry: &Handle| Router::new().route("/", get(|| async { "" })).layer(telemetry.layer());
    let link = |answer: Response<Body>| answer.headers()["aboveboard-server"].to_str().unwrap().to_owned();
    let on = link(ask(app(&telemetry), request("/", None, &[])).await);
    let tag = aboveboard_types::host::tag("127.0.0.1");
    assert_eq!(on, format!("{};2.3.4;{tag}", batch.envelope.installation));
    telemetry.shutdown().await;
    let off = agent("http://127.0.0.1:9", directory.path()).flag(Some("no")).start();
    assert_eq!(link(ask(app(&off), request("/", None, &[])).await), "off");
}

#[tokio::test]
async fn an_open_console_falls_silent_when_the_server_does() {
    let directory = tempfile::tempdir().unwrap();
    let collector = Collector::start(product());
    let telemetry = agent(collector.endpoint(), directory.path()).start();
    let (collector, _) = received(collector).await.unwrap();
    let router = telemetry.router();
    let mode = |answer: Response<Body>| async {
        let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        serde_json::from_slice::<serde_json::Value>(&body).unwrap()["mode"].as_str().unwrap().to_owned()
    };
    let page = [("host", "127.0.0.1:8080"), ("sec-fetch-site", "same-origin")];
    let asked = || request("/telemetry/config", Some("127.0.0.1:5000"), &page);
    assert_eq!(mode(ask(router.clone(), asked()).await).await, "on");
    say(&directory, &collector.endpoint(), Choice::No);
    until("it falls silent", || telemetry.status().mode() == "off").await;
    assert_eq!(mode(ask(router, asked()).await).await, "off");
    telemetry.shutdown().await;
}
