//! As much of an HTTP server on loopback as the tests need.

use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

/// A request as it arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HttpRequest {
    /// The first line.
    pub(crate) line: String,
    /// Lower-case names with their values.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl HttpRequest {
    /// Reads a request, or what comes of it before the stream ends.
    pub(crate) fn read(stream: &TcpStream) -> Self {
        let mut reader = BufReader::new(stream);
        let mut request = Self::default();
        let mut line = String::new();
        while reader.by_ref().take(16 << 10).read_line(&mut line).is_ok_and(|read| read > 0) {
            let text = line.trim_end().to_owned();
            line.clear();
            if request.line.is_empty() {
                request.line = text;
            } else if let Some((name, value)) = text.split_once(':') {
                request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
            } else {
                break;
            }
        }
        let length = request.header("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
        let _ = reader.take(length).read_to_end(&mut request.body);
        request
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether the whole body has arrived.
    pub(crate) fn is_whole(&self) -> bool {
        self.header("content-length").is_none_or(|length| length.parse() == Ok(self.body.len()))
    }
}

/// Gives every connection to `answer`, each on a thread of its own: one that says nothing holds up no other. The thread that
/// listens lasts as long as the process. Returns where it listens.
pub(crate) fn serve(
    name: &str,
    answer: impl Fn(TcpStream) + Clone + Send + 'static,
) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let serve = move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            std::thread::spawn(move || answer(stream));
        }
    };
    std::thread::Builder::new().name(name.to_owned()).spawn(serve)?;
    Ok(address)
}
