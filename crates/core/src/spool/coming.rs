//! What the next batches will be, found out without sealing or writing anything.

use std::collections::{BTreeMap, BTreeSet};

use super::append::Writer;
use super::destination::Destination;
use super::frame::push_line;
use super::handle::Spool;
use super::limits::{MAX_READ_BYTES, MAX_SEGMENT_BYTES, MAX_SEGMENTS};
use super::names::{self, SEALING};
use super::outcomes::{self, Counts};
use super::run_files::{self, Orphan};
use super::segment::{SegmentState, read};
use crate::identity::Installation;
use aboveboard_types::clock::day;
use aboveboard_types::encode;
use aboveboard_types::event::Seconds;
use aboveboard_types::id::Id;
use aboveboard_types::outcome::DropReason;

/// The open segments by name, with what a sealer would find in them.
type Segments = BTreeMap<String, Vec<u8>>;

/// What a sealer would go through, as it is used up.
struct Sealer<'s> {
    spool: &'s Spool,
    installation: Installation,
    sequence: u64,
    /// Drops that the next batch reports.
    dropped: Counts,
    bodies: Vec<String>,
}

impl Spool {
    /// The bodies of all batches that wait, in the order in which they are sent if nothing more is recorded: what is sealed,
    /// byte for byte, then what a sealer would make of the rest.
    pub(crate) fn coming(&self, now: Seconds) -> Vec<String> {
        let pending = self.pending();
        let sealed = pending.iter().filter_map(|batch| String::from_utf8(self.body(*batch)?).ok());
        let sealed: Vec<String> = sealed.collect();
        let Some(installation) = self.installation() else { return sealed };
        let waiting = names::outcomes(self.destination.tag());
        let mut sealer = Sealer {
            spool: self,
            installation,
            sequence: self.sequence(),
            dropped: outcomes::read(&self.directory, &waiting).unwrap_or_default(),
            bodies: sealed,
        };
        let mut known: BTreeSet<Id> = pending.into_iter().collect();
        // A sealer that was killed is continued first, under the ids that it gave.
        for name in self.directory.list().unwrap_or_default() {
            let Some(batch) = names::batch_of(SEALING, &name).filter(|batch| known.insert(*batch)) else {
                continue;
            };
            if let Some(body) = self.body(batch).and_then(|body| String::from_utf8(body).ok()) {
                sealer.bodies.push(body);
                continue;
            }
            let content = self.directory.content(&name, MAX_READ_BYTES).unwrap_or_default();
            let dropped = outcomes::read(&self.directory, &names::outcomes_of(batch)).unwrap_or_default();
            sealer.compose(&content, batch, dropped);
        }
        for content in self.segments_with_orphans(now, &mut sealer.dropped).values() {
            sealer.seal(content, &mut known);
        }
        sealer.bodies
    }

    /// The open segments, with the runs of dead processes where a sealer would put them. Those that it would count instead are
    /// added to `dropped`.
    fn segments_with_orphans(&self, now: Seconds, dropped: &mut Counts) -> Segments {
        let contents = self.segments().into_iter().filter_map(|name| {
            let content = self.directory.content(&name, MAX_READ_BYTES).ok()?;
            Some((name, content))
        });
        let mut segments: Segments = contents.collect();
        for names in run_files::chunks(&self.directory).unwrap_or_default() {
            let orphans = run_files::orphans(&self.directory, names).unwrap_or_default();
            let Ok(mut waiting) = self.waiting() else { return segments };
            for orphan in orphans {
                if !run_files::is_reported(&orphan.content, &waiting) {
                    let _ = self.take_over(&orphan, now, &mut segments, dropped);
                    waiting.extend_from_slice(&orphan.content);
                }
            }
        }
        segments
    }

    /// Appends an orphaned run to the segment that its writer would find, or begins one with it, or counts it.
    fn take_over(
        &self,
        orphan: &Orphan,
        now: Seconds,
        segments: &mut Segments,
        dropped: &mut Counts,
    ) -> Option<()> {
        let SegmentState::Sealable(run) = read(&orphan.content, &self.declaration) else { return None };
        if let Err(reason) = orphan.judge(&run, now) {
            if run.endpoint == self.destination.endpoint {
                outcomes::count(dropped, reason, 1);
            }
            return None;
        }
        let event = run.events().first()?;
        let directory = self.state.kept_directory(crate::own_files::SPOOL).ok()?;
        let writer = Writer::new(directory, run.text, Destination::named(run.endpoint), self.places.clone());
        let mut line = String::new();
        push_line(&mut line, event);
        for number in 0..MAX_SEGMENTS {
            let name = writer.segment_name(number);
            let Some(content) = segments.get_mut(&name) else {
                let mut origin = String::new();
                let day = u16::try_from(day(now)).unwrap_or(u16::MAX);
                encode::push_origin(&mut origin, &run_files::segment_name(event), day);
                let mut content = writer.header().to_owned();
                push_line(&mut content, &origin);
                content.push_str(&line);
                segments.insert(name, content.into_bytes());
                return Some(());
            };
            let has_room = !content.is_empty() && (content.len() as u64) < MAX_SEGMENT_BYTES;
            if has_room && content.starts_with(writer.header().as_bytes()) {
                content.extend_from_slice(line.as_bytes());
                return Some(());
            }
        }
        None
    }
}

impl Sealer<'_> {
    /// What becomes of one open segment.
    fn seal(&mut self, content: &[u8], known: &mut BTreeSet<Id>) {
        let lost = match read(content, &self.spool.declaration) {
            SegmentState::Newer => return,
            SegmentState::Damaged(lost) => lost,
            SegmentState::Sealable(segment) if segment.endpoint != self.spool.destination.endpoint => return,
            SegmentState::Sealable(segment) => match segment.origin {
                Some(origin) => {
                    let batch = self.installation.batch(origin);
                    if known.insert(batch) {
                        let dropped = std::mem::take(&mut self.dropped);
                        self.compose(content, batch, dropped);
                    }
                    return;
                }
                None => segment.lost(),
            },
        };
        outcomes::count(&mut self.dropped, DropReason::Damaged, lost);
    }

    fn compose(&mut self, content: &[u8], batch: Id, dropped: Counts) {
        let SegmentState::Sealable(segment) = read(content, &self.spool.declaration) else { return };
        if segment.endpoint != self.spool.destination.endpoint {
            return;
        }
        let seal = self.spool.as_seal(batch, self.sequence, &self.installation);
        self.bodies.push(segment.compose(&seal, dropped));
        self.sequence += 1;
    }
}
