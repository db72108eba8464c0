//! A listener that keeps what it receives and answers as it is told.

use std::io::{BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use aboveboard_wire::Batch;

/// What a listener does with a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    /// The receipt that a collector gives, and `202` to an erasure.
    Receipt,
    /// This status, without a body.
    Status(u16),
    /// Nothing, with the connection held open.
    Silence,
}

/// A request as it arrived.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) body: String,
}

/// A listener on a port of its own.
pub(crate) struct Collector {
    pub(crate) endpoint: String,
    received: Receiver<Received>,
}

impl Collector {
    pub(crate) fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let (sender, received) = channel();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let sender = sender.clone();
                thread::spawn(move || serve(stream, answer, &sender));
            }
        });
        Self { endpoint, received }
    }

    /// The next request.
    pub(crate) fn next(&self) -> Received {
        self.received.recv_timeout(Duration::from_secs(30)).expect("no request came")
    }

    /// The next request, if there was one until now.
    pub(crate) fn arrived(&self) -> Option<Received> {
        self.received.try_recv().ok()
    }
}

fn serve(stream: TcpStream, answer: Answer, sender: &Sender<Received>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(received) = read(&mut reader) {
        let reply = match answer {
            Answer::Receipt => receipt(&received),
            Answer::Status(status) => format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\n\r\n"),
            Answer::Silence => String::new(),
        };
        let _ = sender.send(received);
        let _ = (&stream).write_all(reply.as_bytes());
    }
}

fn read(reader: &mut impl std::io::BufRead) -> Option<Received> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        if line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Received { path, body: String::from_utf8(body).ok()? })
}

fn receipt(received: &Received) -> String {
    let body = serde_json::from_str::<Batch<'_>>(&received.body).map_or_else(
        |_| "{}".to_owned(),
        |batch| format!(r#"{{"batch":"{}","accepted":{},"rejected":[]}}"#, batch.batch, batch.events.len()),
    );
    format!("HTTP/1.1 202 Accepted\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}
