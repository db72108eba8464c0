//! From bytes to what may be logged: typed, without a generic tree, every name compared with the manifest.

use std::borrow::Cow;
use std::sync::Arc;

use aboveboard_types::declaration::Declaration;
use aboveboard_types::encode;
use aboveboard_types::envelope::Envelope;
use aboveboard_types::event::{self, Cells, Kind};
use aboveboard_types::id::Id;
use aboveboard_types::read::RawEvent;
use aboveboard_types::read::Violation;
use aboveboard_wire::{Batch, Receipt, Rejection};

use crate::live::{Live, MAX_SUMMARIES, Summary};
use crate::manifests::{Lookup, Manifests};
use crate::refusal::{Reason, Refusal};

/// Largest number that every reader of JSON and every store holds exactly.
const MAX_NUMBER: u64 = (1 << 53) - 1;

/// Last second of the year 9999: no clock means a later one.
const MAX_TIME: u64 = 253_402_300_799;

/// A batch that may be logged.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// The batch without its refused events, where there were any; else the body may be logged as it is.
    pub(crate) rewritten: Option<Vec<u8>>,
    /// How many events are in it.
    pub(crate) accepted: u32,
    /// How many are not.
    pub(crate) refused: u32,
    /// The receipt, to be sent when the log has the batch.
    pub(crate) receipt: Vec<u8>,
    /// What the page shows at once.
    pub(crate) live: Option<Watched>,
}

/// An arrival that somebody looks at, and what tells how new its installation is, which nobody is shown.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) live: Live,
    pub(crate) installation: Id,
    pub(crate) declaration: Arc<Declaration>,
}

/// What validation needs to know beside the body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Circumstances<'a> {
    pub(crate) manifests: &'a Manifests,
    pub(crate) closed: &'a [String],
    /// The ingest key that came with the request.
    pub(crate) key: Option<&'a [u8]>,
    /// When the request was received.
    pub(crate) received: i64,
    /// Whether anybody looks at arrivals now.
    pub(crate) watched: bool,
}

/// Reads and checks a body.
pub(crate) fn validate(body: &[u8], circumstances: &Circumstances<'_>) -> Result<Verdict, Refusal> {
    let batch: Batch<'_> = serde_json::from_slice(body).map_err(|_| Reason::NotABatch)?;
    let envelope = batch.envelope().map_err(|malformed| Refusal::malformed(malformed.0))?;
    check_rest(&batch)?;
    let declaration = admit(&batch, circumstances)?;
    let component = envelope.header.component;
    let mut rejected = Vec::new();
    let mut summaries = Vec::new();
    for (position, event) in batch.events.iter().enumerate() {
        match check(event, envelope.installation, component, &declaration) {
            Err(violation) => {
                let reason = Cow::Borrowed(violation.name());
                rejected.push(Rejection { position: position as u32, reason });
            }
            Ok(event) if circumstances.watched && summaries.len() < MAX_SUMMARIES => {
                summaries.push(Summary::of(&event));
            }
            Ok(_) => {}
        }
    }
    let refused = rejected.len() as u32;
    let accepted = batch.events.len() as u32 - refused;
    let rewritten = (refused > 0).then(|| rewrite(&batch, &envelope, &declaration));
    let receipt = Receipt { batch: envelope.batch, accepted, rejected };
    let receipt = serde_json::to_vec(&receipt).map_err(|_| Reason::NotABatch)?;
    let live = || Live {
        product: declaration.product.to_string(),
        component,
        version: envelope.header.version,
        marks: envelope.header.marks,
        events: summaries,
        accepted,
        received: circumstances.received,
        unverified: false,
    };
    let live = circumstances.watched.then(|| Watched {
        live: live(),
        installation: envelope.installation,
        declaration: Arc::clone(&declaration),
    });
    Ok(Verdict { rewritten, accepted, refused, receipt, live })
}

/// What the envelope's domain form does not hold.
fn check_rest(batch: &Batch<'_>) -> Result<(), Refusal> {
    let digits = |text: &str| text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    if batch.manifest.len() != 16 || !digits(&batch.manifest) {
        return Err(Refusal::malformed("manifest: not 16 hexadecimal digits"));
    }
    if batch.sequence > MAX_NUMBER {
        return Err(Refusal::malformed("sequence: too large"));
    }
    let outcomes = batch.outcomes().map_err(|malformed| Refusal::malformed(malformed.0))?;
    if outcomes.iter().any(|(_, number)| *number > MAX_NUMBER) {
        return Err(Refusal::malformed("outcomes: too large"));
    }
    Ok(())
}

/// Whether this collector takes batches of this product, revision and key.
fn admit(batch: &Batch<'_>, circumstances: &Circumstances<'_>) -> Result<Arc<Declaration>, Reason> {
    if circumstances.closed.iter().any(|closed| *closed == *batch.product) {
        return Err(Reason::Closed);
    }
    let known = match circumstances.manifests.lookup(&batch.product, batch.revision) {
        Lookup::UnknownProduct => return Err(Reason::UnknownProduct),
        Lookup::UnknownRevision => {
            circumstances.manifests.sent_back(&batch.product, batch.revision);
            return Err(Reason::UnknownRevision);
        }
        Lookup::Known(known) => known,
    };
    let key = &known.declaration.ingest_key;
    if !key.is_empty() && circumstances.key != Some(key.as_bytes()) {
        return Err(Reason::WrongKey);
    }
    Ok(Arc::clone(&known.declaration))
}

fn check<'d>(
    event: &RawEvent<'_>,
    installation: Id,
    component: aboveboard_types::declaration::Component,
    declaration: &'d Declaration,
) -> Result<event::Event<'d>, Violation> {
    let event = event.check_from(installation, component, declaration)?;
    let in_bounds = |cells: &Cells<'_>| match cells {
        Cells::One(number) => *number <= MAX_NUMBER,
        Cells::By(cells) => cells.iter().all(|(_, number)| *number <= MAX_NUMBER),
    };
    let fits = event.time <= MAX_TIME
        && match &event.kind {
            Kind::Report(report) => report.counts.iter().all(|count| in_bounds(&count.cells)),
            _ => true,
        };
    if fits { Ok(event) } else { Err(Violation::WrongValue) }
}

/// The batch anew from what is declared, so that nothing undeclared reaches the disk.
fn rewrite(batch: &Batch<'_>, envelope: &Envelope, declaration: &Declaration) -> Vec<u8> {
    let mut events = String::new();
    let component = envelope.header.component;
    for event in batch
        .events
        .iter()
        .filter_map(|event| check(event, envelope.installation, component, declaration).ok())
    {
        if !events.is_empty() {
            events.push(',');
        }
        encode::push_event(&mut events, &event);
    }
    let outcomes = batch.outcomes().unwrap_or_default();
    encode::seal(&declaration.product, &batch.manifest, envelope, &events, &outcomes).into_bytes()
}

#[cfg(test)]
mod tests;
