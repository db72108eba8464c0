//! As much of HTTP as a collector speaks: a request with a length, an answer, the end of the connection.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// How long a server may take for a statement. A collector waits less.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a server has not finished yet of what it was told to delete.
const UNDELETED: &str = "SELECT count() FROM system.mutations WHERE NOT is_done";

/// What a collector asks.
#[derive(Debug)]
pub(super) struct Request {
    /// Path and parameters.
    pub(super) target: String,
    pub(super) body: Vec<u8>,
}

/// What a server answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) is_success: bool,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// The number of an error, as `Code: 60, …` and `Code: 60. …` tell it; none where the answer is no error.
    pub(super) fn error(&self) -> Option<u32> {
        let text = String::from_utf8_lossy(&self.body);
        let (_, behind) = text.split_once("Code: ").filter(|_| !self.is_success)?;
        behind.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok()
    }
}

/// Reads a request; none where the connection ends before it does.
pub(super) fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let target = line.split(' ').nth(1)?.to_owned();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let header = header.trim();
        if header.is_empty() {
            break;
        }
        let (name, value) = header.split_once(':')?;
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { target, body })
}

/// Writes an answer, in one piece, so that no part of it waits until another one is acknowledged.
pub(super) fn write(mut stream: &TcpStream, answer: &Answer) {
    let status = if answer.is_success { "200 OK" } else { "500 Internal Server Error" };
    let length = answer.body.len();
    let mut bytes =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n").into_bytes();
    bytes.extend_from_slice(&answer.body);
    // Who asked may not wait for it any more.
    let _ = stream.write_all(&bytes);
}

/// Asks servers.
#[derive(Clone, Debug)]
pub(super) struct Asking(ureq::Agent);

impl Asking {
    pub(super) fn new() -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(PATIENCE))
            .max_idle_connections(0);
        Self(config.build().new_agent())
    }

    /// What a server answers; an error without a number where it does not.
    pub(super) fn ask(&self, address: &str, request: &Request) -> Answer {
        let asked = self.0.post(format!("http://{address}{}", request.target)).send(&request.body[..]);
        let read = asked.and_then(|mut reply| {
            let is_success = reply.status().is_success();
            let body = reply.body_mut().with_config().limit(u64::MAX).read_to_vec()?;
            Ok(Answer { is_success, body })
        });
        read.unwrap_or_else(|error| Answer { is_success: false, body: error.to_string().into_bytes() })
    }

    /// The newer version deletes before it answers and the older one when it comes to it: what is asked next is to be the same.
    pub(super) fn await_deletions(&self, address: &str) {
        let request = Request { target: "/".to_owned(), body: UNDELETED.into() };
        loop {
            let answer = self.ask(address, &request);
            if !answer.is_success || answer.body == b"0\n" {
                break;
            }
            std::thread::yield_now();
        }
    }
}
