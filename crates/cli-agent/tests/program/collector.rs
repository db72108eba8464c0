//! A listener that keeps what it receives and answers as it is told.

use std::io::{BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use aboveboard_types::id::Id;
use aboveboard_types::possession::{Proof, Purpose};
use aboveboard_wire::{Batch, PROBLEM_TYPE, Problem};

/// What a listener does with a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    /// The receipt that a collector gives, `202` to an erasure, and two pages of what it holds.
    Receipt,
    /// A receipt with more members than a collector writes.
    ReceiptAnd(&'static str),
    /// A receipt, and this page of what it holds, for the body of the question.
    Held(fn(&str) -> String),
    /// A receipt, and two pages of what it holds, but first this many times that others come before.
    HeldLater(&'static AtomicUsize),
    /// A collector's refusal with this status and reason.
    Refusal(u16, &'static str),
    /// What a portal or a proxy says in its own name, with this status.
    Page(u16),
    /// Nothing, with the connection held open.
    Silence,
}

/// A request as it arrived.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) body: String,
    /// The values of the headers that name a batch and an installation.
    pub(crate) batch: Option<String>,
    pub(crate) installation: Option<String>,
    /// What proves that it comes from that installation.
    pub(crate) proof: Option<String>,
}

impl Received {
    /// The installation that the body or the headers name, if the proof is one of it for this purpose.
    pub(crate) fn proved(&self, purpose: Purpose) -> Option<Id> {
        let named = serde_json::from_str::<Batch<'_>>(&self.body).map(|batch| batch.installation);
        let id = named.ok().or_else(|| Id::parse(self.installation.as_deref()?))?;
        let proof = Proof::parse(self.proof.as_deref()?)?;
        proof.is_of(id, "tool", purpose).then_some(id)
    }
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

    /// The next request, if it comes within this time.
    pub(crate) fn within(&self, time: Duration) -> Option<Received> {
        self.received.recv_timeout(time).ok()
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
            Answer::Receipt if received.path == "/v1/held" => held(&received),
            Answer::HeldLater(times) if received.path == "/v1/held" => {
                let refuses = times
                    .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
                    .is_ok();
                if refuses {
                    let refused = refusal(&received, 503, "busy");
                    refused.replacen("\r\n", "\r\nretry-after: 1\r\n", 1)
                } else {
                    held(&received)
                }
            }
            Answer::Held(page) if received.path == "/v1/held" => {
                let id = received.installation.as_deref().unwrap_or_default();
                let page = page(&received.body);
                framed(200, "application/json", &format!(r#"{{"installation":"{id}",{page}}}"#))
            }
            Answer::Receipt | Answer::Held(_) | Answer::HeldLater(_) => receipt(&received),
            Answer::ReceiptAnd(more) => receipt_and(&received, more),
            Answer::Refusal(status, reason) => refusal(&received, status, reason),
            Answer::Page(status) => framed(status, "text/html", "<h1>please log in</h1>"),
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
    let mut batch = None;
    let mut installation = None;
    let mut proof = None;
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        if line == "\r\n" {
            break;
        }
        let lower = line.to_ascii_lowercase();
        let (name, value) = lower.split_once(':')?;
        let value = value.trim();
        match name {
            "content-length" => length = value.parse().ok()?,
            "aboveboard-batch" => batch = Some(value.to_owned()),
            "aboveboard-installation" => installation = Some(value.to_owned()),
            "aboveboard-proof" => proof = Some(value.to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Received { path, body: String::from_utf8(body).ok()?, batch, installation, proof })
}

fn receipt(received: &Received) -> String {
    receipt_and(received, "")
}

fn receipt_and(received: &Received, more: &str) -> String {
    let body = match (serde_json::from_str::<Batch<'_>>(&received.body), &received.installation) {
        (Ok(batch), _) => {
            format!(r#"{{"batch":"{}","accepted":{},"rejected":[]{more}}}"#, batch.batch, batch.events.len())
        }
        (Err(_), Some(id)) => format!(r#"{{"erasure":"logged","installation":"{id}"}}"#),
        (Err(_), None) => "{}".to_owned(),
    };
    framed(202, "application/json", &body)
}

/// The second page follows the first, and holds what a terminal would obey.
fn held(received: &Received) -> String {
    let id = received.installation.as_deref().unwrap_or_default();
    let (day, next) = match received.body.contains("2026-11-24") {
        false => ("2026-11-22", r#""2026-11-24""#),
        true => ("2026-11-24", "null"),
    };
    let event = r#"{"held":2,"hour":14,"kind":"command","command":"good\u001b[2J"}"#;
    let body = format!(
        r#"{{"product":"tool","installation":"{id}","first":"2026-11-22","last":"2026-11-24","retention":"1 year","days":[{{"day":"{day}","events":[{event}],"left_out":0}}],"next":{next}}}"#
    );
    framed(200, "application/json", &body)
}

fn refusal(received: &Received, status: u16, reason: &str) -> String {
    let id = |id: &Option<String>| id.as_deref().and_then(Id::parse);
    let problem = Problem::new(status, reason, "no", None);
    let problem = problem.echoing(id(&received.batch), id(&received.installation));
    framed(status, PROBLEM_TYPE, &problem.to_json())
}

fn framed(status: u16, kind: &str, body: &str) -> String {
    format!("HTTP/1.1 {status} x\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}
