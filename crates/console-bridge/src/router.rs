//! The handler as an axum router.

use std::net::SocketAddr;
use std::sync::Arc;

use aboveboard_types::typed::Sink;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::any;

use crate::readings::Readings;
use crate::{Bridge, Connection, MAX_BYTES, Refusal};

/// What a host is told that serves a console without the addresses of its peers: nobody can be told from others there.
const NO_PEER: &str = "the console is served without the address of the peer, so nobody gets its token: serve it with \
     axum's into_make_service_with_connect_info::<SocketAddr>(), or insert ConnectInfo<SocketAddr> into each request\n";

/// The bridge at `/telemetry/config`, `/telemetry/events` and `/telemetry/client.js`, to be merged at the root.
///
/// A console of a CLI must be served with `into_make_service_with_connect_info::<SocketAddr>()`: without the
/// address of the other end nobody gets the token.
pub fn router<S: Sink>(bridge: Arc<Bridge<S>>) -> Router {
    router_with(bridge, &Readings::new(Connection::owned))
}

fn router_with<S: Sink>(bridge: Arc<Bridge<S>>, readings: &Arc<Readings>) -> Router {
    ["config", "events", "client.js"].into_iter().fold(Router::new(), |router, route| {
        let bridge = Arc::clone(&bridge);
        let readings = Arc::clone(readings);
        router.route(&format!("/telemetry/{route}"), any(move |request| answer(bridge, readings, request)))
    })
}

/// Reads the body up to its limit and hands the request to the bridge.
async fn answer<S: Sink>(bridge: Arc<Bridge<S>>, readings: Arc<Readings>, request: Request) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BYTES).await else {
        return Refusal::TooLarge.response().map(Body::from);
    };
    let is_own_user = match bridge.to_be_checked(&parts, peer) {
        Some(connection) => readings.is_of_own_user(connection).await,
        None => false,
    };
    let response = bridge.answer_to(&parts, &body, is_own_user);
    if response.status() == StatusCode::FORBIDDEN && peer.is_none() && bridge.asks_who_is_there() {
        return response.map(|_| Body::from(NO_PEER));
    }
    response.map(Body::from)
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;
    use std::os::unix::fs::MetadataExt as _;
    use std::os::unix::process::CommandExt as _;
    use std::process::{Command, Stdio};
    use std::sync::{Mutex, mpsc};
    use std::time::Duration;

    use super::*;
    use crate::Origins;
    use crate::tests::kit::{TOKEN, bridge, not_run};

    /// The port of a console as a CLI serves it.
    fn serve() -> u16 {
        serve_with(Readings::new(Connection::owned))
    }

    fn serve_with(readings: Arc<Readings>) -> u16 {
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                let port = listener.local_addr().unwrap().port();
                let router = router_with(Arc::new(bridge(Origins::loopback(port)).0), &readings);
                sender.send(port).unwrap();
                axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).await
            })
        });
        receiver.recv().unwrap()
    }

    fn request(port: u16, request: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn config_read(port: u16) -> String {
        format!("GET /telemetry/config HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n\r\n")
    }

    #[test]
    fn another_user_of_the_machine_does_not_get_the_token() {
        let port = serve();
        let own = request(port, &config_read(port));
        assert!(own.starts_with("HTTP/1.1 200") && own.contains(&TOKEN.to_string()), "{own}");

        if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
            not_run("only root can act as another user");
            return;
        }
        let script = format!(r#"exec 3<>/dev/tcp/127.0.0.1/{port}; printf "$1" >&3; cat <&3"#);
        let other = Command::new("bash")
            .args(["-c", &script, "bash", &config_read(port).replace("\r\n", r"\r\n")])
            .uid(65_534)
            .output()
            .unwrap();
        let other = String::from_utf8(other.stdout).unwrap();
        assert!(other.starts_with("HTTP/1.1 403") && !other.contains(&TOKEN.to_string()), "{other}");
    }

    #[test]
    fn whoever_else_asks_all_the_time_the_own_user_gets_the_token() {
        if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
            not_run("only root can act as another user");
            return;
        }
        let port = serve();
        let script = format!(
            r#"while exec 3<>/dev/tcp/127.0.0.1/{port}; do printf "$1" >&3; read -r status <&3; echo "$status"; done"#
        );
        let mut others: Vec<_> = (0..8)
            .map(|_| {
                let mut other = Command::new("bash");
                other.args(["-c", &script, "bash", &config_read(port).replace("\r\n", r"\r\n")]).uid(65_534);
                other.stdout(Stdio::piped()).spawn().unwrap()
            })
            .collect();
        for other in &mut others {
            let mut status = [0; 12];
            other.stdout.as_mut().unwrap().read_exact(&mut status).unwrap();
            assert_eq!(&status, b"HTTP/1.1 403", "it asks, and goes on until it is killed");
        }
        for _ in 0..20 {
            let own = request(port, &config_read(port));
            assert!(own.starts_with("HTTP/1.1 200") && own.contains(&TOKEN.to_string()), "{own}");
        }
        for mut other in others {
            other.kill().unwrap();
            other.wait().unwrap();
        }
    }

    #[test]
    fn while_the_system_is_asked_who_is_there_the_host_answers_everybody_else() {
        let (begin, begun) = mpsc::channel();
        let (go_on, told) = mpsc::channel();
        let told = Mutex::new(told);
        let port = serve_with(Readings::new(move |connections| {
            begin.send(()).unwrap();
            told.lock().unwrap().recv().unwrap();
            Connection::owned(connections)
        }));
        let asking = std::thread::spawn(move || request(port, &config_read(port)));
        begun.recv().unwrap();
        let client = format!(
            "GET /telemetry/client.js HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n\r\n"
        );
        assert!(request(port, &client).starts_with("HTTP/1.1 200"));
        // What no table decides is answered at once too.
        let foreign = config_read(port).replace("127.0.0.1", "evil.example");
        assert!(request(port, &foreign).starts_with("HTTP/1.1 421"));
        for _ in 0..crate::limits::MAX_READINGS {
            go_on.send(()).unwrap();
        }
        assert!(asking.join().unwrap().contains(&TOKEN.to_string()));
    }

    #[test]
    fn a_host_that_forgot_the_addresses_of_its_peers_is_told() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (bridge, _) = bridge(Origins::loopback(8080));
        let request = Request::get("/telemetry/config").header("host", "127.0.0.1:8080");
        let request = request.body(Body::empty()).unwrap();
        let readings = Readings::new(Connection::owned);
        let body = runtime.block_on(async {
            let answer = answer(Arc::new(bridge), readings, request).await;
            assert_eq!(answer.status(), StatusCode::FORBIDDEN);
            to_bytes(answer.into_body(), 1 << 10).await.unwrap()
        });
        assert!(body.starts_with(b"the console is served without the address of the peer"));
    }

    #[test]
    fn a_body_that_does_not_end_is_not_read_to_its_end() {
        let port = serve();
        let head =
            format!("POST /telemetry/events HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n");
        let long = format!("{head}content-length: 20000\r\n\r\n{}", " ".repeat(20_000));
        assert!(request(port, &long).starts_with("HTTP/1.1 413"));
    }
}
