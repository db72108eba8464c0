//! From what arrived to what is true: placing, checking and capping, as a pure function that every store shares.

use std::borrow::Cow;

use aboveboard_manifest::{DEFAULT_RATE, ReleaseLine, Timing};
use aboveboard_types::declaration::{EventDeclaration, TimingDeclaration};
use aboveboard_types::envelope::{Envelope, Header};
use aboveboard_types::event::EventKind;
use aboveboard_types::id::Id;
use aboveboard_types::outcome::DropReason;
use aboveboard_wire::Batch;

use super::amendment::Amendment;
use super::calendar::{Day, HourOfDay, SECONDS_A_DAY, day_of};
use super::entry::{Arrival, Clearing, Erasure, LogEntry};
use super::in_force::ManifestsInForce;
use super::limits::MORE_REPORTS_A_DAY;
use super::placing::place;
use crate::contributions::ShownPresence;

/// What one entry of the ingest log says.
#[derive(Debug)]
pub enum EntryFacts<'a> {
    /// A batch of events.
    Batch(Box<Facts<'a>>),
    /// A batch that does not read. It was never acknowledged, since ingest checks it; it is counted as refused.
    Unreadable,
    /// The data of an installation is to be erased.
    Erasure(&'a Erasure),
    /// The synthetic data of a product is to be deleted.
    Clearing(&'a Clearing),
    /// An operator asked for a change; with what the manifest says of the product.
    Amendment(&'a Amendment, ProductTerms<'a>),
}

impl<'a> EntryFacts<'a> {
    /// What an entry says under the manifests in force.
    #[must_use]
    pub fn of(entry: &'a LogEntry, manifests: &'a ManifestsInForce) -> Self {
        match entry {
            LogEntry::Batch(arrival) => {
                Facts::of(arrival, manifests).map_or(Self::Unreadable, |facts| Self::Batch(Box::new(facts)))
            }
            LogEntry::Erasure(erasure) => Self::Erasure(erasure),
            LogEntry::Clearing(clearing) => Self::Clearing(clearing),
            LogEntry::Amendment(amendment) => {
                Self::Amendment(amendment, ProductTerms::of(manifests, &amendment.product))
            }
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
    /// What a batch is known by: its product, installation and id. Of two batches with one key, the first in the log
    /// counts. Nobody but the installation itself can send a batch with this key.
    pub key: BatchKey,
    /// A hash of the events alone: two copies of one segment may differ in their sequence and outcomes, and are the same
    /// batch. With other events it is another batch under the same id.
    pub events_hash: i64,
    /// The installation that sent it.
    pub installation: Id,
    /// How many batches the installation sealed before this one.
    pub sequence: u64,
    /// Day of receipt.
    pub received: Day,
    /// Time of receipt, in seconds since 1970 UTC.
    pub received_at: i64,
    /// What the newest manifest of the product says of all its installations.
    pub terms: ProductTerms<'a>,
    /// The timings of the revision that the events were checked against.
    pub timings: &'a [TimingDeclaration],
    /// Events in the body, whatever becomes of them.
    pub sent: u64,
    /// Events that the agent dropped, by reason, as it says.
    pub drops: Vec<(DropReason, u64)>,
    /// Events that the manifest does not declare, those refused at ingest included.
    pub refused: u64,
    /// Events whose time cannot be believed.
    pub unplaced: u64,
    /// That the installation was there, where the revision of the batch publishes figures.
    pub presence: Option<ShownPresence>,
    /// The other events, in the order of the batch.
    pub events: Vec<PlacedEvent<'a>>,
}

/// What the newest manifest of a product says of all its installations; the defaults where none is here.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProductTerms<'a> {
    /// Seconds between two reports of a server.
    pub report_interval: u64,
    /// Whether figures of it are published.
    pub publishes: bool,
    /// Release lines whose versions have names.
    pub releases: &'a [ReleaseLine],
    /// What servers measure, with how much one of them can.
    pub timings: &'a [Timing],
}

impl<'a> ProductTerms<'a> {
    /// The terms of a product; the defaults where no manifest of it is here.
    #[must_use]
    pub fn of(manifests: &'a ManifestsInForce, product: &str) -> Self {
        let Some(newest) = manifests.newest(product) else { return Self::default() };
        let manifest = &*newest.manifest;
        let releases = &manifest.product.releases;
        Self {
            report_interval: manifest.server.every,
            publishes: manifest.publish.is_some(),
            releases,
            timings: &manifest.timings,
        }
    }

    /// How many reports of one installation count for one day: twice what it sends by its interval, and some for starts.
    #[must_use]
    pub fn max_reports_a_day(&self) -> u64 {
        let day = SECONDS_A_DAY.unsigned_abs();
        2 * day.div_ceil(self.report_interval.max(1)).min(day) + MORE_REPORTS_A_DAY
    }

    /// The most requests a second of a timing that one server answers.
    #[must_use]
    pub fn rate(&self, timing: &str) -> u64 {
        self.timings.iter().find(|known| known.name == timing).map_or(DEFAULT_RATE, |known| known.rate)
    }
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
    /// The edges of a timing that its cells were checked against, ascending, in milliseconds.
    #[must_use]
    pub fn edges(&self, timing: &str) -> &'a [u64] {
        self.timings.iter().find(|known| known.name == *timing).map_or(&[], |known| &known.edges)
    }

    /// What a batch says under the manifests in force; none where it does not read.
    #[must_use]
    pub fn of(arrival: &'a Arrival, manifests: &'a ManifestsInForce) -> Option<Self> {
        let batch: Batch<'a> = serde_json::from_slice(&arrival.body).ok()?;
        let Envelope { revision, batch: id, installation, header, sequence } = batch.envelope().ok()?;
        let drops = batch.outcomes().unwrap_or_default();
        let names = manifests.names(&batch.product, revision);
        let mut facts = Self {
            key: BatchKey::of(&batch.product, installation, id),
            events_hash: hash(events_of(&arrival.body).unwrap_or(&arrival.body)),
            installation,
            sequence,
            received: day_of(arrival.received),
            received_at: arrival.received,
            terms: ProductTerms::of(manifests, &batch.product),
            timings: names.map_or(&[], |names| &names.declaration().timings),
            sent: batch.events.len() as u64,
            drops,
            refused: u64::from(arrival.refused),
            unplaced: 0,
            presence: presence(arrival, manifests, &batch.product, revision),
            events: Vec::with_capacity(batch.events.len()),
            product: batch.product,
            header,
        };
        for event in &batch.events {
            let checked = names.and_then(|names| event.check(facts.header.component, names).ok());
            let Some(checked) = checked else {
                facts.refused += 1;
                continue;
            };
            let Some(at) = place(checked.time, arrival.skew, arrival.received) else {
                facts.unplaced += 1;
                continue;
            };
            let declared = match &checked.kind {
                EventKind::Declared(declared) => names.and_then(|names| names.event(declared.name)),
                _ => None,
            };
            facts.events.push(PlacedEvent { at, kind: checked.kind, declaration: declared });
        }
        Some(facts)
    }
}

/// What a batch shows of the presence of its installation, if its own revision says that figures are published. Another one
/// does not do: its users were told what it says.
fn presence(
    arrival: &Arrival,
    manifests: &ManifestsInForce,
    product: &str,
    revision: u32,
) -> Option<ShownPresence> {
    let value = arrival.counted_value?;
    let own = manifests.revisions(product)?.get(&revision)?;
    let every = own.manifest.publish.as_ref()?.every;
    Some(ShownPresence { value, revision, every })
}

/// What stores keep to know a batch again: the day in its id, so that the keys of one time lie together, and what remains
/// of a hash of product, installation and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchKey([u8; 16]);

impl BatchKey {
    /// The key of a batch.
    #[must_use]
    pub fn of(product: &str, installation: Id, batch: Id) -> Self {
        let mut hash = hmac_sha256::Hash::new();
        for part in [product.as_bytes(), installation.bytes(), batch.bytes()] {
            hash.update(part);
        }
        let mut key = [0; 16];
        key[..2].copy_from_slice(&batch.bytes()[..2]);
        key[2..].copy_from_slice(&hash.finalize()[..14]);
        Self(key)
    }

    /// The key with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes that are stored.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// The text of the events in a body that reads as a batch; none where the key is spelled with escapes.
fn events_of(body: &[u8]) -> Option<&[u8]> {
    const KEY: &[u8] = b"\"events\"";
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut begin = None;
    let mut at = 0;
    while let Some(byte) = body.get(at) {
        match (byte, in_string) {
            (b'\\', true) => at += 1,
            (b'"', true) => in_string = false,
            (b'"', false) => {
                in_string = true;
                if depth == 1 && begin.is_none() && body[at..].starts_with(KEY) {
                    let after = body[at + KEY.len()..].trim_ascii_start();
                    begin = after.strip_prefix(b":").map(|rest| body.len() - rest.len());
                }
            }
            (b'[' | b'{', false) => depth += 1,
            (b']' | b'}', false) => {
                depth -= 1;
                if depth == 1
                    && let Some(begin) = begin
                {
                    return body.get(begin..=at).map(<[u8]>::trim_ascii_start);
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// 64 bits, the same on every machine and in every version: stores keep it. It is no cryptographic hash: nobody but the
/// installation itself can send other events under the key of a batch.
fn hash(bytes: &[u8]) -> i64 {
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
    use super::{events_of, hash};

    #[test]
    fn the_events_are_found_wherever_they_stand_and_nothing_else_is_taken_for_them() {
        for (body, events) in [
            (r#"{"wire":1,"events":[{"name":"x"}],"outcomes":{}}"#, Some(r#"[{"name":"x"}]"#)),
            (r#"{"events" : [ ] ,"wire":1}"#, Some("[ ]")),
            (r#"{"outcomes":{"events":[1]},"events":[2]}"#, Some("[2]")),
            (r#"{"product":"\"events\":[1]","events":["]}\\\""]}"#, Some(r#"["]}\\\""]"#)),
            (r#"{"events":[{"fields":{"events":["a"]}}]}"#, Some(r#"[{"fields":{"events":["a"]}}]"#)),
            (r#"{"\u0065vents":[]}"#, None),
            (r#"{"events""#, None),
        ] {
            assert_eq!(events_of(body.as_bytes()), events.map(str::as_bytes), "{body}");
        }
    }

    #[test]
    fn one_bit_or_one_byte_more_is_another_hash() {
        let text = b"{\"wire\":1,\"product\":\"quarry\"}".to_vec();
        let known = hash(&text);
        for bit in 0..text.len() * 8 {
            let mut other = text.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(hash(&other), known);
        }
        assert_ne!(hash(&[text.as_slice(), &[0]].concat()), known);
        assert_eq!(hash(b"aboveboard"), -7_981_820_991_463_148_616, "the stored format does not change");
    }
}
