//! From what arrived to what is true: placing, checking and capping, as a pure function that every store shares.

use std::borrow::Cow;

use aboveboard_types::declaration::EventDeclaration;
use aboveboard_types::envelope::{Envelope, Header};
use aboveboard_types::event::EventKind;
use aboveboard_types::id::Id;
use aboveboard_types::outcome::DropReason;
use aboveboard_wire::Batch;

use super::calendar::{Day, HourOfDay, day_of};
use super::entry::{Arrival, Clearing, Erasure, LogEntry};
use super::in_force::ManifestsInForce;
use super::limits::MAX_DROPS;
use super::placing::place;

/// What one entry of the ingest log says.
#[derive(Debug)]
pub enum EntryFacts<'a> {
    /// A batch of events.
    Batch(Facts<'a>),
    /// A batch that does not read. It was never acknowledged, since ingest checks it; it is counted as refused.
    Unreadable,
    /// The data of an installation is to be erased.
    Erasure(&'a Erasure),
    /// The synthetic data of a product is to be deleted.
    Clearing(&'a Clearing),
}

impl<'a> EntryFacts<'a> {
    /// What an entry says under the manifests in force.
    #[must_use]
    pub fn of(entry: &'a LogEntry, manifests: &'a ManifestsInForce) -> Self {
        match entry {
            LogEntry::Batch(arrival) => Facts::of(arrival, manifests).map_or(Self::Unreadable, Self::Batch),
            LogEntry::Erasure(erasure) => Self::Erasure(erasure),
            LogEntry::Clearing(clearing) => Self::Clearing(clearing),
        }
    }
}

/// What one batch says. It borrows from the batch and from the manifest; nothing of an event is copied.
#[derive(Debug)]
pub struct Facts<'a> {
    /// Product id.
    pub product: Cow<'a, str>,
    /// Machine and build.
    pub header: Header,
    /// The batch's id. Of two batches with one id, the first in the log counts.
    pub batch: Id,
    /// A hash of the body: with it a retry differs from another batch under the same id.
    pub body_hash: i64,
    /// The installation that sent it.
    pub installation: Id,
    /// How many batches the installation sealed before this one.
    pub sequence: u64,
    /// Day of receipt.
    pub received: Day,
    /// Events in the body, whatever becomes of them.
    pub sent: u64,
    /// Events that the agent dropped, by reason, each at most [`MAX_DROPS`].
    pub drops: Vec<(DropReason, u64)>,
    /// Events that the manifest does not declare, those refused at ingest included.
    pub refused: u64,
    /// Events whose time cannot be believed.
    pub unplaced: u64,
    /// The other events, in the order of the batch.
    pub events: Vec<PlacedEvent<'a>>,
}

/// An event of which it is known when it happened.
#[derive(Debug)]
pub struct PlacedEvent<'a> {
    /// Its hour.
    pub at: HourOfDay,
    /// What happened; of a report, also its timings.
    pub kind: EventKind<'a>,
    /// The declaration of an event that the manifest declares.
    pub declaration: Option<&'a EventDeclaration>,
}

impl<'a> Facts<'a> {
    /// What a batch says under the manifests in force; none where it does not read.
    #[must_use]
    pub fn of(arrival: &'a Arrival, manifests: &'a ManifestsInForce) -> Option<Self> {
        let batch: Batch<'a> = serde_json::from_slice(&arrival.body).ok()?;
        let Envelope { revision, batch: id, installation, header, sequence } = batch.envelope().ok()?;
        let drops = batch.outcomes().unwrap_or_default();
        let mut facts = Self {
            batch: id,
            body_hash: body_hash(&arrival.body),
            installation,
            sequence,
            received: day_of(arrival.received),
            sent: batch.events.len() as u64,
            drops: drops.into_iter().map(|(reason, number)| (reason, number.min(MAX_DROPS))).collect(),
            refused: u64::from(arrival.refused),
            unplaced: 0,
            events: Vec::with_capacity(batch.events.len()),
            product: batch.product,
            header,
        };
        let declaration = manifests.declaration(&facts.product, revision);
        for event in &batch.events {
            let checked =
                declaration.and_then(|declaration| event.check(facts.header.component, declaration).ok());
            let Some(checked) = checked else {
                facts.refused += 1;
                continue;
            };
            let Some(at) = place(checked.time, arrival.skew, arrival.received) else {
                facts.unplaced += 1;
                continue;
            };
            let declared = match &checked.kind {
                EventKind::Declared(declared) => declaration
                    .and_then(|known| known.events.iter().find(|event| event.name == declared.name)),
                _ => None,
            };
            facts.events.push(PlacedEvent { at, kind: checked.kind, declaration: declared });
        }
        Some(facts)
    }
}

/// 64 bits over the body, the same on every machine and in every version: stores keep it. It is no cryptographic hash:
/// a sender that forges a body under a known id gains nothing by having it called a duplicate.
fn body_hash(bytes: &[u8]) -> i64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut state = ODD ^ bytes.len() as u64;
    let mut mix = |word: u64| {
        state = (state ^ word).wrapping_mul(ODD);
        state ^= state >> 29;
    };
    let (words, rest) = bytes.as_chunks::<8>();
    words.iter().for_each(|word| mix(u64::from_le_bytes(*word)));
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    mix(u64::from_le_bytes(last));
    i64::from_le_bytes(state.to_le_bytes())
}

#[cfg(test)]
mod tests {
    use super::body_hash;

    #[test]
    fn one_bit_or_one_byte_more_is_another_hash() {
        let text = b"{\"wire\":1,\"product\":\"quarry\"}".to_vec();
        let hash = body_hash(&text);
        for bit in 0..text.len() * 8 {
            let mut other = text.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(body_hash(&other), hash);
        }
        assert_ne!(body_hash(&[text.as_slice(), &[0]].concat()), hash);
        assert_eq!(body_hash(b"aboveboard"), -7_981_820_991_463_148_616, "the stored format does not change");
    }
}
