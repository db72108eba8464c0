//! Reading a segment, and composing the batch that it becomes.

use super::fold::Folder;
use super::frame::{Line, lines};
use super::limits::MAX_ENVELOPE_BYTES;
use super::outcomes::{Counts, count};
use crate::machine::Start;
use aboveboard_types::declaration::Declaration;
use aboveboard_types::encode;
use aboveboard_types::envelope::{Envelope, Header};
use aboveboard_types::event::{Event, Seconds};
use aboveboard_types::id::Id;
use aboveboard_types::limits::{MAX_BYTES, MAX_EVENTS};
use aboveboard_types::outcome::DropReason;
use aboveboard_types::read::{self, RunOrigin, SegmentOrigin, Violation};

/// The format that this version reads and writes.
const FORMAT: u32 = 2;

/// What a segment turned out to be.
#[derive(Debug)]
pub(super) enum SegmentState<'a> {
    /// A segment that this version can seal.
    Sealable(Segment<'a>),
    /// Written by a newer version or under a newer manifest: left alone, since that version can still send it.
    Newer,
    /// Without a readable header: so many lines are lost.
    Damaged(u64),
}

/// A segment as it was read.
#[derive(Debug)]
pub(super) struct Segment<'a> {
    /// The header, as written.
    pub(super) text: &'a str,
    header: Header,
    /// The endpoint that its events may be sent to; empty where they stay.
    pub(super) endpoint: &'a str,
    /// Its name and day. The file of a running command has none: it is no segment of its own.
    pub(super) origin: Option<SegmentOrigin<'a>>,
    /// Of the file of a running command: the start of the machine on which it runs.
    pub(super) start: Option<Start>,
    revision: u32,
    manifest: &'a str,
    events: Vec<&'a str>,
    damaged: u64,
}

/// Reads a segment. What of it is damaged is counted, and harms nothing else of it.
pub(super) fn read<'a>(content: &'a [u8], declaration: &Declaration) -> SegmentState<'a> {
    let mut lines = lines(content);
    let text = match lines.next() {
        Some(Line::Whole(text)) => text,
        _ => return SegmentState::Damaged(lost(lines)),
    };
    let Some(header) = read::segment_header(text) else { return SegmentState::Newer };
    let is_newer = header.segment != FORMAT || header.revision > declaration.revision;
    if is_newer || header.product != declaration.product {
        return SegmentState::Newer;
    }
    if !header.manifest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return SegmentState::Damaged(lost(lines));
    }
    let mut segment = Segment {
        text,
        endpoint: header.endpoint,
        origin: None,
        start: None,
        header: header.header,
        revision: header.revision,
        manifest: header.manifest,
        events: Vec::new(),
        damaged: 0,
    };
    for (place, line) in lines.enumerate() {
        match line {
            Line::Whole(json)
                if place == 0
                    && let Some(origin) = read::segment_origin(json) =>
            {
                segment.origin = Some(origin)
            }
            Line::Whole(json)
                if place == 0
                    && let Some(RunOrigin { booted: at, node }) = read::run_origin(json) =>
            {
                segment.start = Some(Start { at, node })
            }
            Line::Whole(json) => segment.events.push(json),
            Line::Damaged => segment.damaged += 1,
        }
    }
    SegmentState::Sealable(segment)
}

/// The lines of a segment that cannot be sent, its name aside; at least one.
fn lost<'l>(lines: impl Iterator<Item = Line<'l>>) -> u64 {
    let is_name = |line: &Line<'_>| matches!(line, Line::Whole(json) if read::segment_origin(json).is_some());
    1.max(lines.filter(|line| !is_name(line)).count() as u64)
}

/// Under which ids and declaration a segment is sealed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seal<'s> {
    pub(super) declaration: &'s Declaration,
    pub(super) batch: Id,
    pub(super) installation: Id,
    pub(super) sequence: u64,
    /// Nothing recorded before this time is sent.
    pub(super) since: Seconds,
}

impl Segment<'_> {
    /// How many lines are lost where the segment has no name to make a batch id of. The line of the name is one of the
    /// damaged.
    pub(super) fn lost(&self) -> u64 {
        1.max(self.events.len() as u64 + self.damaged.saturating_sub(1))
    }

    /// The events as they were written.
    pub(super) fn events(&self) -> &[&str] {
        &self.events
    }

    /// The body of the batch. `dropped` are drops counted before; what is dropped here is added to them.
    ///
    /// It depends on the segment's lines and on `seal` alone, so that a preview shows what will be sent, and a sealer
    /// that continues after a kill writes the same body.
    pub(super) fn compose(&self, seal: &Seal<'_>, mut dropped: Counts) -> String {
        let mut events = String::new();
        let mut number = 0;
        count(&mut dropped, DropReason::Damaged, self.damaged);
        let mut folder = Folder::new(seal.declaration);
        for json in &self.events {
            match judge(json, &self.header, seal) {
                Ok(Some((line, event))) => folder.add(line, event),
                // Not this installation's to report: as if it had not been recorded.
                Ok(None) => {}
                Err(reason) => count(&mut dropped, reason, 1),
            }
        }
        folder.each(|json, times| {
            if number == MAX_EVENTS || events.len() + json.len() + MAX_ENVELOPE_BYTES > MAX_BYTES {
                return count(&mut dropped, DropReason::SpoolFull, times);
            }
            if number > 0 {
                events.push(',');
            }
            events.push_str(json);
            number += 1;
        });
        let envelope = Envelope {
            revision: self.revision,
            batch: seal.batch,
            installation: seal.installation,
            header: self.header.clone(),
            sequence: seal.sequence,
        };
        let dropped: Vec<_> = dropped.into_iter().collect();
        encode::seal(&seal.declaration.product, self.manifest, &envelope, &events, &dropped)
    }
}

/// A line that says what its event says, and the event.
type Judged<'l, 's> = (Option<&'l str>, Event<'s>);

/// The event, if it goes into the batch, or why it is dropped. `None` for an event from before consent, and for one that
/// other installations report: neither is counted. A line that says more of a count than its edge does not go with it.
fn judge<'l, 's>(
    json: &'l str,
    header: &Header,
    seal: &Seal<'s>,
) -> Result<Option<Judged<'l, 's>>, DropReason> {
    let read = read::event(json).ok_or(DropReason::Undeclared)?;
    match read.check_from(seal.installation, header.component, seal.declaration) {
        Ok(event) if event.time < seal.since => Ok(None),
        Ok(event) => Ok(Some(((!read.was_rounded(&event)).then_some(json), event))),
        Err(Violation::WrongShare) => Ok(None),
        Err(_) => Err(DropReason::Undeclared),
    }
}
