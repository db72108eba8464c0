//! A server with hyper alone.

mod notes;

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tower_service::Service as _;

aboveboard::manifest!("hyper/telemetry.toml");

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let notes = notes::Notes::default();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let telemetry = start_telemetry(notes.clone());
    println!("listening {}", listener.local_addr()?);
    let router = telemetry.router();
    let accept = async {
        while let Ok((stream, peer)) = listener.accept().await {
            let notes = notes.clone();
            let router = router.clone();
            let service = service_fn(move |request| {
                let notes = notes.clone();
                let router = router.clone();
                async move { Ok::<_, Infallible>(answer(notes, router, peer, request).await) }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    };
    tokio::select! {
        () = accept => {}
        () = notes::asked_to_stop() => {}
    }
    telemetry.shutdown().await;
    Ok(())
}

/// What is below `/telemetry/` goes to the router of the agent, which must know who asks; all else is the server's.
async fn answer(
    notes: notes::Notes,
    mut router: axum::Router,
    peer: SocketAddr,
    mut request: Request<Incoming>,
) -> Response {
    if !request.uri().path().starts_with("/telemetry/") {
        return notes::answer(notes, request).await.map(Body::new);
    }
    request.extensions_mut().insert(ConnectInfo(peer));
    match router.call(request.map(Body::new)).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

fn start_telemetry(notes: notes::Notes) -> aboveboard::server::Handle {
    let count = move || notes.lock().map(|notes| notes.len() as u64).unwrap_or_default();
    aboveboard::server::Agent::new(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"))
        .directory("data")
        .counts(move || {
            let notes = count();
            async move { telemetry::Counts { notes } }
        })
        .notice(|text| eprintln!("{text}"))
        .start()
}
