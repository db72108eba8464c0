//! A batch, and its envelope in domain types.

use std::borrow::Cow;

use aboveboard_types::envelope::{Envelope, Mark};
use aboveboard_types::id::Id;
use aboveboard_types::limits::{MAX_EVENTS, MAX_NUMBER, WIRE};
use aboveboard_types::outcome::DropReason;
use aboveboard_types::read::{Machine, Malformed, RawEvent, RawMap};

use crate::event::{OnWire, at_most};

/// A batch as it stands in the body of a request. Unknown and repeated keys are errors.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batch<'a> {
    /// Version of the wire.
    pub wire: u32,
    /// Product id.
    #[serde(borrow)]
    pub product: Cow<'a, str>,
    /// Revision of the manifest.
    pub revision: u32,
    /// Hash of the manifest.
    #[serde(borrow)]
    pub manifest: Cow<'a, str>,
    /// The batch's id.
    #[serde(with = "crate::id")]
    pub batch: Id,
    /// The installation's id.
    #[serde(with = "crate::id")]
    pub installation: Id,
    /// Recording component.
    #[serde(borrow)]
    pub component: Cow<'a, str>,
    /// The product's version.
    #[serde(borrow)]
    pub version: Cow<'a, str>,
    /// Operating system.
    #[serde(borrow)]
    pub os: Cow<'a, str>,
    /// Architecture.
    #[serde(borrow)]
    pub arch: Cow<'a, str>,
    /// Marks.
    #[serde(borrow, deserialize_with = "at_most::<MAX_MARKS, _, _>")]
    pub marks: Vec<Cow<'a, str>>,
    /// Which coding agent, with its mark.
    #[serde(borrow, default, deserialize_with = "text")]
    pub agent: Option<Cow<'a, str>>,
    /// Batches sealed before.
    pub sequence: u64,
    /// What happened.
    #[serde(borrow, deserialize_with = "at_most::<MAX_EVENTS, _, _>")]
    pub events: Vec<RawEvent<'a>>,
    /// What was dropped, by reason.
    #[serde(borrow, deserialize_with = "OnWire::read")]
    pub outcomes: RawMap<'a, u64>,
}

/// A text of a key that may be missing; `null` is none.
fn text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Cow<'de, str>>, D::Error> {
    serde::Deserialize::deserialize(deserializer).map(Some)
}

/// Each mark once.
const MAX_MARKS: usize = Mark::ALL.len();

impl Batch<'_> {
    /// The envelope in domain types.
    ///
    /// # Errors
    /// Where a key holds what no agent writes: another wire version, a nil id, an unknown component, version,
    /// system, architecture, mark or coding agent, or more than [`MAX_EVENTS`] events.
    pub fn envelope(&self) -> Result<Envelope, Malformed> {
        if self.wire != WIRE {
            return Err(Malformed("wire: this version is not spoken here"));
        }
        if self.batch == Id::NIL || self.installation == Id::NIL {
            return Err(Malformed("batch, installation: a nil id is a placeholder"));
        }
        if self.events.len() > MAX_EVENTS {
            return Err(Malformed("events: too many for one batch"));
        }
        if self.sequence > MAX_NUMBER {
            return Err(Malformed("sequence: too large"));
        }
        Ok(Envelope {
            revision: self.revision,
            batch: self.batch,
            installation: self.installation,
            header: Machine {
                component: &self.component,
                version: &self.version,
                os: &self.os,
                arch: &self.arch,
                marks: &self.marks,
                agent: self.agent.as_deref(),
            }
            .header()?,
            sequence: self.sequence,
        })
    }

    /// The counted drops.
    ///
    /// # Errors
    /// Where a reason is not one of [`DropReason::ALL`] or a number is above [`MAX_NUMBER`].
    pub fn outcomes(&self) -> Result<Vec<(DropReason, u64)>, Malformed> {
        let known = |(name, number): &(Cow<'_, str>, u64)| {
            Some((DropReason::parse(name)?, Some(*number).filter(|number| *number <= MAX_NUMBER)?))
        };
        self.outcomes
            .iter()
            .map(|entry| known(entry).ok_or(Malformed("outcomes: unknown reason or too large a number")))
            .collect()
    }
}
