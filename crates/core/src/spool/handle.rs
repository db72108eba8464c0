//! A spool as its sealer, its sender and its user open it.

use std::sync::Arc;

use aboveboard_files::{Directory, Errno, Result};
use aboveboard_types::declaration::Declaration;
use aboveboard_types::id::Id;
use aboveboard_types::possession::{Proof, Purpose};
use hmac_sha256::Hash;

use super::destination::Destination;
use super::eviction::{count_events, tag_of};
use super::limits::MAX_READ_BYTES;
use super::names::{self, BodyName, SEALING, SEQUENCE_START};
use super::segment::{Seal, SegmentState, read};
use crate::consent::Permit;
use crate::identity::{Installation, installation};
use crate::own_files::SPOOL;
use crate::paths::Paths;

/// A spool, to seal what waits in it and to hand it over.
#[derive(Debug)]
pub struct Spool {
    pub(super) directory: Arc<Directory>,
    pub(super) state: Arc<Directory>,
    pub(super) declaration: Declaration,
    pub(super) permit: Permit,
    /// What is sealed and sent here; everything else waits for its own endpoint.
    pub(super) destination: Destination,
    pub(super) places: Paths,
}

/// How much waits in a spool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// Events, sealed or not.
    pub events: u64,
    /// Bytes, sealed or not.
    pub bytes: u64,
    /// Of these events, how many were recorded for another endpoint than that of the permit. They are not sent there and go
    /// when they are too old.
    pub elsewhere: u64,
}

impl Spool {
    /// Opens a spool that something was recorded into; makes nothing. `None` where there is none, or none that
    /// is ours.
    #[must_use]
    pub fn open(permit: &Permit, declaration: &Declaration, places: &Paths) -> Option<Self> {
        if permit.product() != declaration.product {
            return None;
        }
        let state = Directory::open(places.state()).ok()?;
        let directory = state.directory(SPOOL).ok()?;
        Some(Self {
            directory: Arc::new(directory),
            state: Arc::new(state),
            declaration: declaration.clone(),
            permit: permit.clone(),
            destination: Destination::of(permit),
            places: places.clone(),
        })
    }

    /// How much waits, sealed or not. A file that cannot be read counts nothing.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let mut usage = Usage::default();
        for name in self.directory.list().unwrap_or_default() {
            let Ok(content) = self.directory.content(&name, MAX_READ_BYTES) else { continue };
            if !is_segment(&name) && BodyName::parse(&name).is_none() {
                continue;
            }
            let events = count_events(&content);
            usage.events += events;
            usage.bytes += content.len() as u64;
            if tag_of(&name, &content).is_some_and(|tag| tag != self.destination.tag()) {
                usage.elsewhere += events;
            }
        }
        usage
    }

    /// How many open segments wait for a newer version, or for one with a newer manifest, which has to seal them.
    #[must_use]
    pub fn newer(&self) -> usize {
        self.segments().iter().filter(|name| self.is_newer(name)).count()
    }

    /// Whether nothing waits that this version and manifest could send, commands aside that did not end.
    #[must_use]
    pub fn is_all_newer(&self) -> bool {
        let waits =
            |name: &String| BodyName::parse(name).is_some() || is_segment(name) && !self.is_newer(name);
        !self.directory.list().unwrap_or_default().iter().any(waits)
    }

    fn is_newer(&self, name: &str) -> bool {
        let content = self.directory.content(name, MAX_READ_BYTES);
        content.is_ok_and(|content| matches!(read(&content, &self.declaration), SegmentState::Newer))
    }

    /// The open segments, in the order of their names.
    pub(super) fn segments(&self) -> Vec<String> {
        let mut names = self.directory.list().unwrap_or_default();
        names.retain(|name| names::is_open(name));
        names
    }

    /// Everything that waits unsealed, one file after the other.
    ///
    /// # Errors
    /// Where a file cannot be read: a closing line may be in it.
    pub(super) fn waiting(&self) -> Result<Vec<u8>> {
        let mut all = Vec::new();
        for name in self.directory.list()? {
            if is_segment(&name) {
                match self.directory.content(&name, MAX_READ_BYTES) {
                    // Not one of ours.
                    Err(Errno::NOENT | Errno::LOOP | Errno::NXIO | Errno::PERM | Errno::ISDIR) => {}
                    content => all.extend(content?),
                }
            }
        }
        Ok(all)
    }

    /// The number of the next batch.
    pub(super) fn sequence(&self) -> u64 {
        let text = self.directory.content(&names::sequence(self.destination.tag()), 32).unwrap_or_default();
        let stored = std::str::from_utf8(&text).ok().and_then(|text| text.trim_end().parse().ok());
        stored.unwrap_or_else(|| self.first_sequence())
    }

    /// The number of the first batch: 0, unless replicas share the id, or batches went elsewhere before. To a collector with
    /// two endpoints of one host this is one installation, and numbers that it gets twice would be a clone of the disk. So
    /// they begin far from all others, and where replicas share an id, at a place that no other endpoint recognises.
    fn first_sequence(&self) -> u64 {
        let mut start = self.directory.content(SEQUENCE_START, 32).unwrap_or_default();
        let names = self.directory.list().unwrap_or_default();
        if start.is_empty() && !names::has_sequence(&names) {
            return 0;
        }
        start.extend_from_slice(self.destination.endpoint.as_bytes());
        let hash = Hash::hash(&start);
        u64::from(u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])) << 16
    }

    /// The proof that a batch of this spool comes from this installation; `None` where there is no secret to make it of.
    #[must_use]
    pub fn proof(&self) -> Option<Proof> {
        self.installation().map(|installation| installation.proof(Purpose::Send))
    }

    pub(super) fn installation(&self) -> Option<Installation> {
        installation(&self.permit, &self.places)
    }

    pub(super) fn as_seal(&self, batch: Id, sequence: u64, installation: &Installation) -> Seal<'_> {
        Seal {
            declaration: &self.declaration,
            batch,
            installation: installation.id,
            sequence,
            since: self.permit.since(),
        }
    }
}

/// Whether a file is a segment, open or being sealed.
fn is_segment(name: &str) -> bool {
    names::is_open(name) || names::batch_of(SEALING, name).is_some()
}
