//! Reading a segment, and composing the batch that it becomes.

use std::collections::BTreeMap;

use super::fold::Folder;
use super::frame::{Line, lines};
use aboveboard_types::declaration::Declaration;
use aboveboard_types::encode;
use aboveboard_types::envelope::{Envelope, Header};
use aboveboard_types::event::{Event, Seconds};
use aboveboard_types::id::Id;
use aboveboard_types::limits::{MAX_BYTES, MAX_EVENTS};
use aboveboard_types::outcome::DropReason;
use aboveboard_types::read::{self, Violation};

/// The format that this version reads and writes.
const FORMAT: u32 = 1;

/// What the envelope and the closing of a batch take at most, beside its events.
const ENVELOPE_BYTES: usize = 4096;

/// Counted drops by reason.
pub(super) type Counts = BTreeMap<DropReason, u64>;

/// What a segment turned out to be.
#[derive(Debug)]
pub(super) enum Read<'a> {
    /// One that this version can seal.
    Ours(Segment<'a>),
    /// Written by a newer version, or under a newer manifest: left alone.
    Newer,
    /// Without a header that anybody wrote: so many lines are lost.
    Damaged(u64),
}

/// A segment as it was read.
#[derive(Debug)]
pub(super) struct Segment<'a> {
    /// The header, as written.
    pub(super) text: &'a str,
    header: Header,
    revision: u32,
    manifest: &'a str,
    events: Vec<&'a str>,
    damaged: u64,
}

/// Reads a segment.
pub(super) fn read<'a>(content: &'a [u8], declaration: &Declaration) -> Read<'a> {
    let mut lines = lines(content);
    let text = match lines.next() {
        Some(Line::Whole(text)) => text,
        _ => return Read::Damaged(1.max(lines.count() as u64)),
    };
    let Some(header) = read::segment_header(text) else { return Read::Newer };
    let is_newer = header.segment != FORMAT || header.revision > declaration.revision;
    if is_newer || header.product != declaration.product {
        return Read::Newer;
    }
    if !header.manifest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Read::Damaged(1.max(lines.count() as u64));
    }
    let mut segment = Segment {
        text,
        header: header.header,
        revision: header.revision,
        manifest: header.manifest,
        events: Vec::new(),
        damaged: 0,
    };
    for line in lines {
        match line {
            Line::Whole(json) => segment.events.push(json),
            Line::Damaged => segment.damaged += 1,
        }
    }
    Read::Ours(segment)
}

/// Who seals, and what counts.
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
    /// The events as they were written.
    pub(super) fn events(&self) -> &[&str] {
        &self.events
    }

    /// The body of the batch. `told` are drops counted before; what is dropped here is added to them.
    pub(super) fn compose(&self, seal: &Seal<'_>, mut told: Counts) -> String {
        let mut events = String::new();
        let mut number = 0;
        add(&mut told, DropReason::Damaged, self.damaged);
        let mut folder = Folder::new(seal.declaration);
        for json in &self.events {
            match judge(json, &self.header, seal) {
                Ok(Some(event)) => folder.add(json, event),
                // As if it had never been.
                Ok(None) => {}
                Err(reason) => add(&mut told, reason, 1),
            }
        }
        folder.each(|json, times| {
            if number == MAX_EVENTS || events.len() + json.len() + ENVELOPE_BYTES > MAX_BYTES {
                return add(&mut told, DropReason::SpoolFull, times);
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
        let told: Vec<_> = told.into_iter().collect();
        encode::seal(&seal.declaration.product, self.manifest, &envelope, &events, &told)
    }
}

/// The event, if it goes into the batch, or why it is dropped. None was recorded before the yes, or by an
/// installation that is none of those which record it.
fn judge<'s>(json: &str, header: &Header, seal: &Seal<'s>) -> Result<Option<Event<'s>>, DropReason> {
    let event = read::event(json).ok_or(DropReason::Undeclared)?;
    match event.check_from(seal.installation, header.component, seal.declaration) {
        Ok(event) => Ok(Some(event).filter(|event| event.time >= seal.since)),
        Err(Violation::WrongShare) => Ok(None),
        Err(_) => Err(DropReason::Undeclared),
    }
}

/// Adds to a count.
pub(super) fn add(counts: &mut Counts, reason: DropReason, number: u64) {
    if number > 0 {
        let count = counts.entry(reason).or_default();
        *count = count.saturating_add(number);
    }
}
