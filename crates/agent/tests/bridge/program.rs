//! The console of a user's program: its own user's pages, its own id, and the server behind it.

use std::net::{TcpListener, TcpStream};
use std::process::Command;

use serde_json::Value;

use super::host::{AGENT, Bridge, Host, POST, manifest, post, recorded, send};

/// A header of a server that reports to the same host.
fn link(host: &Host) -> String {
    host.answer("yes");
    let bridge = Bridge::start(&mut host.of_server());
    let told = bridge.told();
    bridge.close();
    told["link"].as_str().unwrap().to_owned()
}

/// The console of a program: its bridge, its port, and a connection of its own user's page.
struct Console {
    host: Host,
    bridge: Bridge,
    secret: String,
    _listener: TcpListener,
    port: u16,
    page: TcpStream,
}

impl Console {
    /// A console that heard of the server with this link header.
    fn open(link: &str) -> Self {
        let host = Host::new();
        let mut on = host.equip(Command::new(AGENT));
        assert!(on.arg("--manifest").arg(manifest()).arg("on").output().unwrap().status.success());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let page = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let mut bridge = Bridge::start(&mut host.bridge(&["--port", &port.to_string()]));
        assert_eq!(bridge.told().to_string(), r#"{"link":"off"}"#, "no server has named itself");
        bridge.tell(b"not JSON\n{\"link\":3}\n{\"other\":\"x\"}\n\xff\xfe\n");
        bridge.tell(&[b'x'; 40_000]);
        bridge.tell(format!("\n{{\"link\":\"{link}\"}}\n").as_bytes());
        let told = bridge.told();
        assert!(told.get("link").is_none(), "a program has no link header: {told}");
        let secret = told["secret"].as_str().unwrap().to_owned();
        Self { host, bridge, secret, _listener: listener, port, page }
    }

    fn config(&self, peer: &str) -> (u16, String) {
        let request = format!(
            "GET /telemetry/config HTTP/1.1\r\nhost: 127.0.0.1:{}\r\naboveboard-bridge: {}\r\naboveboard-peer: {peer}\r\n\r\n",
            self.port, self.secret
        );
        send(&self.host.socket(), request.as_bytes())
    }

    fn token(&self) -> String {
        let (status, answer) = self.config(&self.page.local_addr().unwrap().to_string());
        assert_eq!(status, 200, "{answer}");
        let body: Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
        body["token"].as_str().unwrap().to_owned()
    }

    fn post(&self, token: &str) -> (u16, String) {
        let request = post(&self.secret, token, POST).replace("8080", &self.port.to_string());
        send(&self.host.socket(), request.as_bytes())
    }

    fn events(&self) -> Vec<Value> {
        recorded(&self.host.path().join(".local/state/quarry/telemetry"))
    }
}

#[test]
fn its_own_users_page_gets_the_token_and_events_have_the_ids_of_the_program_and_the_server() {
    let server = Host::new();
    let link = link(&server);
    let mut console = Console::open(&link);
    let token = console.token();
    for peer in ["", "127.0.0.1:1", "nonsense", "[::1]:50312"] {
        assert_eq!(console.config(peer).0, 403, "{peer}");
    }
    assert_eq!(console.post(&token).0, 204);
    let events = console.events();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["action"], "table_tracked");
    assert!(events[0]["server"].is_string(), "what refers to the server: {events:?}");
    let status =
        console.host.equip(Command::new(AGENT)).arg("--manifest").arg(manifest()).arg("status").output();
    let status = String::from_utf8(status.unwrap().stdout).unwrap();
    assert!(status.contains(&format!("installation: {}", events[0]["cli"].as_str().unwrap())), "{status}");

    // An opt-out of the server silences the console.
    console.bridge.tell(b"{\"link\":\"off\"}\n");
    assert_eq!(console.bridge.told().to_string(), r#"{"link":"off"}"#);
    assert!(!console.host.socket().exists());
}
