//! One batch against its manifest.

use std::borrow::Cow;
use std::sync::Arc;

use aboveboard_published::counted;
use aboveboard_store::in_force::ManifestRevision;
use aboveboard_store::kept::KeptEstimate;
use aboveboard_types::declaration::{Component, Declaration, Names};
use aboveboard_types::encode;
use aboveboard_types::envelope::Envelope;
use aboveboard_types::event::{Cells, Event, EventKind};
use aboveboard_types::id::Id;
use aboveboard_types::limits::{MAX_NUMBER, MAX_TIME};
use aboveboard_types::possession::{Proof, Purpose};
use aboveboard_types::read::{RawEvent, Violation};
use aboveboard_wire::{Batch, Receipt, Rejection};

use crate::awaited::Voice;
use crate::live::{Live, MAX_SUMMARIES, Summary};
use crate::manifests::{Lookup, Manifests};
use crate::paused::{Outcome, PausedItems};
use crate::refusal::{Reason, Refusal};

/// Why an event is not taken that the manifest declares, in the receipt.
const PAUSED: &str = "paused";

/// A batch that may be logged.
#[derive(Debug)]
pub(crate) struct CheckedBatch {
    /// What it was checked against.
    pub(crate) declaration: Arc<Declaration>,
    /// The batch without its refused events and with its counts as their edges, where that is another; else the body may
    /// be logged as it is.
    pub(crate) rewritten: Option<Vec<u8>>,
    /// How many events are in it.
    pub(crate) accepted: u32,
    /// How many are not.
    pub(crate) refused: u32,
    /// About how many bytes are kept of it at most.
    pub(crate) kept: u64,
    /// What the proof of its sender gives for the list of counted installations, where its product publishes figures.
    pub(crate) counted_value: Option<counted::Value>,
    /// The receipt, to be sent when the log has the batch.
    pub(crate) receipt: Vec<u8>,
    /// What the page shows at once.
    pub(crate) live: Option<LiveArrival>,
}

/// An arrival that somebody watches, and what says how new its installation is, which nobody is shown.
#[derive(Debug)]
pub(crate) struct LiveArrival {
    pub(crate) live: Live,
    pub(crate) installation: Id,
    pub(crate) declaration: Arc<Declaration>,
}

/// What validation needs beside the body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BatchContext<'a> {
    pub(crate) manifests: &'a Manifests,
    pub(crate) closed: &'a [String],
    /// What is not to be logged for now.
    pub(crate) paused: Option<&'a PausedItems>,
    /// The ingest key that came with the request.
    pub(crate) key: Option<&'a [u8]>,
    /// The proof that came with it: that the sender is the installation that the batch names.
    pub(crate) proof: Option<&'a str>,
    /// As whom its network counts; none where networks cannot be distinguished.
    pub(crate) voice: Option<Voice>,
    /// When the request was received.
    pub(crate) received: i64,
    /// Whether anybody watches arrivals now.
    pub(crate) is_watched: bool,
}

/// Reads and checks a body.
pub(crate) fn validate(body: &[u8], context: &BatchContext<'_>) -> Result<CheckedBatch, Refusal> {
    let batch = read(body)?;
    let product = batch.product.clone();
    let about = |refusal: Refusal| refusal.of(context.manifests.meant(&product));
    let batch = ReadBatch::with(batch).map_err(about)?;
    let known = admit(&batch, context).map_err(about)?;
    check_events(&batch, &known, context)
}

/// A batch that reads, of which nothing is known yet: neither its product nor who sent it.
#[derive(Debug)]
pub(crate) struct ReadBatch<'a> {
    pub(crate) batch: Batch<'a>,
    envelope: Envelope,
}

impl<'a> ReadBatch<'a> {
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn of(body: &'a [u8]) -> Result<Self, Refusal> {
        Self::with(read(body)?)
    }

    fn with(batch: Batch<'a>) -> Result<Self, Refusal> {
        let envelope = batch.envelope().map_err(|malformed| Refusal::malformed(malformed.0))?;
        check_rest(&batch)?;
        Ok(Self { batch, envelope })
    }
}

fn read(body: &[u8]) -> Result<Batch<'_>, Refusal> {
    serde_json::from_slice(body).map_err(|_| Reason::NotABatch.into())
}

/// Checks the events of a batch that was admitted under this declaration.
pub(crate) fn check_events(
    ReadBatch { batch, envelope }: &ReadBatch<'_>,
    known: &ManifestRevision,
    context: &BatchContext<'_>,
) -> Result<CheckedBatch, Refusal> {
    let component = envelope.header.component;
    let pauses = Pauses::of(context.paused, &known.declaration.product);
    let mut is_reduced = false;
    let mut rejected = Vec::new();
    let mut summaries = Vec::new();
    let mut kept = KeptEstimate::default();
    for (position, event) in batch.events.iter().enumerate() {
        match check(event, envelope.installation, component, known.names()) {
            Err(violation) => {
                let reason = Cow::Borrowed(violation.name());
                rejected.push(Rejection { position: position as u32, reason });
            }
            Ok(mut checked) => {
                is_reduced |= event.was_rounded(&checked);
                match pauses.apply(&mut checked, true) {
                    Outcome::LeftOut => {
                        let reason = Cow::Borrowed(PAUSED);
                        rejected.push(Rejection { position: position as u32, reason });
                        continue;
                    }
                    Outcome::Reduced => is_reduced = true,
                    Outcome::Whole => {}
                }
                kept.add(&checked);
                if context.is_watched && summaries.len() < MAX_SUMMARIES {
                    summaries.push(Summary::of(&checked));
                }
            }
        }
    }
    let refused = rejected.len() as u32;
    let accepted = batch.events.len() as u32 - refused;
    let rewritten = (refused > 0 || is_reduced).then(|| rewrite(batch, envelope, known, &pauses));
    let receipt = Receipt { batch: envelope.batch, accepted, rejected };
    let receipt = serde_json::to_vec(&receipt).map_err(|_| Reason::Internal)?;
    let live = context.is_watched.then(|| LiveArrival {
        live: Live {
            product: known.declaration.product.to_string(),
            component,
            version: envelope.header.version,
            marks: envelope.header.marks,
            events: summaries,
            accepted,
            received: context.received,
            missed: 0,
            unverified: false,
        },
        installation: envelope.installation,
        declaration: Arc::clone(&known.declaration),
    });
    let declaration = Arc::clone(&known.declaration);
    let counted_value = counted_value(known, context);
    let kept = kept.bytes();
    Ok(CheckedBatch { declaration, rewritten, accepted, refused, kept, counted_value, receipt, live })
}

/// What the sender showed to prove that it is the installation, hashed for one use: nothing else can be made of it.
fn counted_value(known: &ManifestRevision, context: &BatchContext<'_>) -> Option<counted::Value> {
    known.manifest.publish.as_ref()?;
    let proof = context.proof.and_then(Proof::parse)?;
    Some(counted::value(proof.shown(Purpose::Send)))
}

/// Checks what the envelope of the domain does not hold.
fn check_rest(batch: &Batch<'_>) -> Result<(), Refusal> {
    let digits = |text: &str| text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    if batch.manifest.len() != 64 || !digits(&batch.manifest) {
        return Err(Refusal::malformed("manifest: not 64 hexadecimal digits"));
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

/// Whether this collector takes batches of this product, key, installation and revision, in this order. Nothing of a batch
/// takes effect before its sender has proved to be the installation.
fn admit(
    ReadBatch { batch, envelope }: &ReadBatch<'_>,
    context: &BatchContext<'_>,
) -> Result<Arc<ManifestRevision>, Refusal> {
    if context.closed.iter().any(|closed| *closed == *batch.product) {
        return Err(Reason::Closed.into());
    }
    let known = match context.manifests.lookup(&batch.product, batch.revision) {
        Lookup::UnknownProduct => return Err(Reason::UnknownProduct.into()),
        // It waits with its sender until the file is mended.
        Lookup::Rejected => return Err(Reason::UnknownRevision.into()),
        Lookup::UnknownRevision(newest) => {
            // A newer revision may have another key, so a wrong one costs nobody a batch; but it is not noted.
            if has_key(&newest.declaration, context) {
                check_possession(envelope.installation, &newest.declaration, context)?;
                let own = Voice(*envelope.installation.bytes());
                context.manifests.sent_back(&batch.product, batch.revision, context.voice.unwrap_or(own));
            }
            return Err(Reason::UnknownRevision.into());
        }
        Lookup::Known(known) => known,
    };
    if !has_key(&known.declaration, context) {
        return Err(Reason::WrongKey.into());
    }
    check_possession(envelope.installation, &known.declaration, context)?;
    // Where the batch's own revision is gone, nothing is left to compare with.
    let is_its_own = known.declaration.revision == batch.revision;
    if is_its_own && known.declaration.hash != batch.manifest {
        return Err(Reason::OtherManifest.into());
    }
    Ok(known)
}

/// Whether the sender proved to be the installation: a handful of hashes, and nothing is kept for it.
fn check_possession(
    installation: Id,
    declaration: &Declaration,
    context: &BatchContext<'_>,
) -> Result<(), Reason> {
    let proof = context.proof.ok_or(Reason::ProofMissing)?;
    let is_own = Proof::parse(proof)
        .is_some_and(|proof| proof.is_of(installation, &declaration.product, Purpose::Send));
    if is_own { Ok(()) } else { Err(Reason::ProofWrong) }
}

/// Whether the request carries the ingest key of the manifest.
fn has_key(declaration: &Declaration, context: &BatchContext<'_>) -> bool {
    let key = &declaration.ingest_key;
    key.is_empty() || context.key == Some(key.as_bytes())
}

/// The event if it is declared and its numbers and time are in bounds.
fn check<'d>(
    event: &RawEvent<'_>,
    installation: Id,
    component: Component,
    names: Names<'d>,
) -> Result<Event<'d>, Violation> {
    let event = event.check_from(installation, component, names)?;
    let in_bounds = |cells: &Cells<'_>| match cells {
        Cells::One(number) => *number <= MAX_NUMBER,
        Cells::By(cells) => cells.iter().all(|(_, number)| *number <= MAX_NUMBER),
    };
    let fits = event.time <= MAX_TIME
        && match &event.kind {
            EventKind::Report(report) => report.counts.iter().all(|count| in_bounds(&count.cells)),
            _ => true,
        };
    if fits { Ok(event) } else { Err(Violation::WrongValue) }
}

/// What is paused of one product; nothing costs nothing.
struct Pauses<'a> {
    items: Option<&'a PausedItems>,
    product: &'a str,
}

impl<'a> Pauses<'a> {
    fn of(items: Option<&'a PausedItems>, product: &'a str) -> Self {
        Self { items: items.filter(|items| items.concerns(product)), product }
    }

    fn apply(&self, event: &mut Event<'_>, counts: bool) -> Outcome {
        self.items.map_or(Outcome::Whole, |items| items.apply(self.product, event, counts))
    }
}

/// Writes the batch anew from what is declared and not paused, so that nothing else reaches the disk.
fn rewrite(batch: &Batch<'_>, envelope: &Envelope, known: &ManifestRevision, pauses: &Pauses<'_>) -> Vec<u8> {
    let mut events = String::new();
    let component = envelope.header.component;
    let declared = batch
        .events
        .iter()
        .filter_map(|event| check(event, envelope.installation, component, known.names()).ok());
    for mut event in declared {
        if pauses.apply(&mut event, false) == Outcome::LeftOut {
            continue;
        }
        if !events.is_empty() {
            events.push(',');
        }
        encode::push_event(&mut events, &event);
    }
    let outcomes = batch.outcomes().unwrap_or_default();
    encode::seal(&known.declaration.product, &batch.manifest, envelope, &events, &outcomes).into_bytes()
}
