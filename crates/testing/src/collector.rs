//! A collector in memory: it checks what it receives as the real one does and acknowledges it.

use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use aboveboard_types::declaration::Declaration;
use aboveboard_types::envelope::Envelope;
use aboveboard_types::event::Event;
use aboveboard_types::headers::{BATCH, PROOF};
use aboveboard_types::id::Id;
use aboveboard_types::limits::MAX_BYTES;
use aboveboard_types::possession::{Proof, Purpose};
use aboveboard_types::read::Violation;
use aboveboard_types::refusal::RefusalReason;
use aboveboard_wire::{Batch, PROBLEM_TYPE, Problem};

use crate::http::{HttpRequest, serve};

/// How long an assertion waits for something to arrive.
const PATIENCE: Duration = Duration::from_secs(60);

/// A collector on loopback that lives as long as its test process.
pub struct Collector {
    address: SocketAddr,
    arrivals: Receiver<Received>,
}

/// One acknowledged batch.
#[derive(Debug)]
pub struct Received {
    /// The body, byte for byte.
    pub body: String,
    /// Who sent it.
    pub envelope: Envelope,
    /// Its events, checked against the declaration.
    pub events: Vec<Event<'static>>,
    /// What the declaration refuses, by position.
    pub refused: Vec<(usize, Violation)>,
}

impl Collector {
    /// Starts a collector for one product.
    ///
    /// # Panics
    /// If loopback has no free port.
    #[must_use]
    pub fn start(declaration: &'static Declaration) -> Self {
        let (sender, arrivals) = channel();
        let address = serve("collector", move |stream| answer(stream, declaration, &sender));
        let address = address.expect("a free port on loopback and a thread");
        Self { address, arrivals }
    }

    /// Its endpoint, `http://127.0.0.1:PORT`: give it to the agent together with `allow_private`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits for the next batch.
    ///
    /// # Panics
    /// If none comes within a minute.
    #[must_use]
    pub fn await_batch(&self) -> Received {
        self.arrivals.recv_timeout(PATIENCE).expect("a batch within a minute")
    }

    /// Waits for an event that `wanted` accepts and returns it; batches before it are passed over.
    ///
    /// # Panics
    /// If none comes within a minute of the last batch.
    #[must_use]
    pub fn await_event(&self, wanted: impl Fn(&Event<'static>) -> bool) -> Event<'static> {
        loop {
            if let Some(event) = self.await_batch().events.into_iter().find(|event| wanted(event)) {
                return event;
            }
        }
    }

    /// The batches that have arrived and were not taken yet.
    #[must_use]
    pub fn batches(&self) -> Vec<Received> {
        self.arrivals.try_iter().collect()
    }
}

fn answer(mut stream: TcpStream, declaration: &'static Declaration, arrivals: &Sender<Received>) {
    let _ = stream.set_read_timeout(Some(PATIENCE));
    let request = HttpRequest::read(&stream);
    if !request.is_whole() || request.body.len() > MAX_BYTES {
        return;
    }
    let proof = request.header(PROOF).and_then(Proof::parse);
    let batch = request.header(BATCH).and_then(Id::parse);
    let Ok(body) = String::from_utf8(request.body.clone()) else { return };
    let reply = match receive(body, declaration, proof.as_ref()) {
        Ok(received) => {
            let receipt = receipt(&received);
            let _ = arrivals.send(received);
            format!("HTTP/1.1 202 Accepted\r\ncontent-type: application/json\r\n{}", framed(&receipt))
        }
        Err((reason, why)) => {
            let title = "not taken";
            let problem =
                Problem::new(reason.status(), reason.name(), title, Some(&why)).echoing(batch, None);
            let status = reason.status();
            format!(
                "HTTP/1.1 {status} Refused\r\ncontent-type: {PROBLEM_TYPE}\r\n{}",
                framed(&problem.to_json())
            )
        }
    };
    let _ = stream.write_all(reply.as_bytes());
}

fn framed(body: &str) -> String {
    format!("content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn receive(
    body: String,
    declaration: &'static Declaration,
    proof: Option<&Proof>,
) -> Result<Received, (RefusalReason, String)> {
    let batch: Batch<'_> =
        serde_json::from_str(&body).map_err(|error| (RefusalReason::NotABatch, error.to_string()))?;
    let envelope = batch.envelope().map_err(|malformed| (RefusalReason::Malformed, malformed.to_string()))?;
    if *batch.product != *declaration.product {
        return Err((RefusalReason::UnknownProduct, "product: another one".to_owned()));
    }
    let Some(proof) = proof else {
        return Err((RefusalReason::ProofMissing, "no proof of possession".to_owned()));
    };
    if !proof.is_of(envelope.installation, &batch.product, Purpose::Send) {
        return Err((RefusalReason::ProofWrong, "the proof is of another installation".to_owned()));
    }
    if batch.revision == declaration.revision && *batch.manifest != *declaration.hash {
        return Err((RefusalReason::OtherManifest, "manifest: another text of this revision".to_owned()));
    }
    let mut events = Vec::new();
    let mut refused = Vec::new();
    for (position, event) in batch.events.iter().enumerate() {
        match event.check(envelope.header.component, declaration) {
            Ok(event) => events.push(event),
            Err(violation) => refused.push((position, violation)),
        }
    }
    drop(batch);
    Ok(Received { body, envelope, events, refused })
}

fn receipt(received: &Received) -> String {
    let rejected: Vec<String> = received
        .refused
        .iter()
        .map(|(position, why)| format!("{{\"position\":{position},\"reason\":\"{}\"}}", why.name()))
        .collect();
    format!(
        "{{\"batch\":\"{}\",\"accepted\":{},\"rejected\":[{}]}}",
        received.envelope.batch,
        received.events.len(),
        rejected.join(",")
    )
}
