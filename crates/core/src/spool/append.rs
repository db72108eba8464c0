//! The record path: one line into an open segment, without waiting for any other process.

use aboveboard_files::{Directory, Errno, Kept, Result, random};
use aboveboard_types::checksum::crc32;
use aboveboard_types::clock;
use aboveboard_types::encode;
use aboveboard_types::hex;
use aboveboard_types::limits::MAX_EVENT_BYTES;
use aboveboard_types::outcome::DropReason;

use super::destination::Destination;
use super::frame::{push_line, push_line_of};
use super::limits::{MAX_APPEND_ATTEMPTS, MAX_SEGMENT_BYTES, MAX_SEGMENTS};
use super::names::{OPEN, PASSING};
use super::{eviction, outcomes};
use crate::consent::still_permitted;
use crate::identity;
use crate::machine::{self, Start};
use crate::paths::Paths;

/// Writes into the segments of one header.
#[derive(Debug)]
pub(crate) struct Writer {
    spool: Kept<Directory>,
    /// `open-` and the checksum of the header and of this machine's name.
    stem: String,
    /// The destination that the header names.
    destination: Destination,
    /// The header as a line.
    header: String,
    /// The checksum of this machine's name.
    node: u32,
    /// Where the answer lies that may be an opt-out by now.
    places: Paths,
}

/// What is appended.
struct Record<'r> {
    line: &'r str,
    /// The name of the segment that it may be the first of; random where there is none.
    segment: Option<&'r str>,
    written: &'r dyn Fn(),
}

/// The result of one attempt with one segment.
enum Attempt {
    /// The line is in the segment.
    Written,
    /// The segment is locked by a sealer, full, of another header, or not ours: try the next.
    Taken,
    /// The segment was sealed meanwhile, or does not exist: try it again.
    Missing,
}

/// The checksum of a header and of a machine's name: containers and renamed clones of a machine, which may share a home,
/// never write to one segment.
fn of_machine(header: u32, node: u32) -> u32 {
    let [header, node] = [header, node].map(u32::to_be_bytes);
    crc32([header, node].as_flattened())
}

impl Writer {
    /// A writer for the segments of these places that begin with `header`, which names this destination.
    pub(crate) fn new(spool: Kept<Directory>, header: &str, destination: Destination, places: Paths) -> Self {
        let mut stem = String::with_capacity(32);
        stem.push_str(OPEN);
        let crc = crc32(header.as_bytes());
        let node = machine::node();
        hex::push(&mut stem, &of_machine(crc, node).to_be_bytes());
        let mut line = String::new();
        push_line_of(&mut line, header, crc);
        Self { spool, stem, destination, header: line, node, places }
    }

    /// The directory it writes to.
    ///
    /// # Errors
    /// `BADF` where the host has closed it.
    pub(crate) fn spool(&self) -> Result<&Directory> {
        self.spool.get()
    }

    /// The header as a line.
    pub(crate) fn header(&self) -> &str {
        &self.header
    }

    /// The name of one of its segments, by number.
    pub(super) fn segment_name(&self, number: u32) -> String {
        let mut name = String::new();
        self.name(&mut name, number);
        name
    }

    /// This start of this machine.
    pub(crate) fn start(&self) -> Start {
        Start::of(self.node)
    }

    /// Appends one event. Once this returns `Ok`, a kill of this process loses nothing of it.
    ///
    /// `written` is called once the event is in the segment and before any process can seal that segment.
    pub(crate) fn append(&self, json: &str, written: &dyn Fn()) -> std::result::Result<(), DropReason> {
        self.append_named(json, None, written)
    }

    /// Appends a command that did not end. Should it be the first of a segment, that one is named after the run, whose
    /// id is random too: a preview then knows the batch before anything is written.
    pub(crate) fn append_unfinished(&self, json: &str, run: &str) -> std::result::Result<(), DropReason> {
        self.append_named(json, Some(run), &|| ())
    }

    fn append_named(
        &self,
        json: &str,
        segment: Option<&str>,
        written: &dyn Fn(),
    ) -> std::result::Result<(), DropReason> {
        if json.len() > MAX_EVENT_BYTES {
            return Err(DropReason::WriteFailed);
        }
        let mut line = String::new();
        push_line(&mut line, json);
        match self.append_line(&Record { line: &line, segment, written }) {
            Ok(true) => Ok(()),
            Ok(false) => Err(DropReason::SpoolFull),
            Err(_) => Err(DropReason::WriteFailed),
        }
    }

    /// False where every segment is taken and none can be evicted.
    fn append_line(&self, record: &Record<'_>) -> Result<bool> {
        let mut name = String::with_capacity(32);
        for number in 0..MAX_SEGMENTS {
            self.name(&mut name, number);
            if self.put_into(&name, record)? {
                return Ok(true);
            }
        }
        // All are full or taken. The oldest that no process is using makes room.
        match eviction::evict_one(self.spool()?, &self.stem, &self.destination)? {
            Some(freed) => self.put_into(&freed, record),
            None => Ok(false),
        }
    }

    /// Built by hand: formatting would cost more than a segment's lock.
    fn name(&self, name: &mut String, number: u32) {
        name.clear();
        name.push_str(&self.stem);
        name.push('.');
        name.extend(char::from_digit(number, 10));
    }

    fn put_into(&self, name: &str, record: &Record<'_>) -> Result<bool> {
        for _ in 0..MAX_APPEND_ATTEMPTS {
            let attempt = match self.put_behind(name, record) {
                Err(Errno::NOENT) => self.put_first(name, record)?,
                // A link, a pipe, a directory: planted, and passed over.
                Err(Errno::LOOP | Errno::NXIO | Errno::ISDIR | Errno::PERM) => Attempt::Taken,
                attempt => attempt?,
            };
            match attempt {
                Attempt::Written => return Ok(true),
                Attempt::Taken => return Ok(false),
                Attempt::Missing => {}
            }
        }
        Ok(false)
    }

    fn put_behind(&self, name: &str, record: &Record<'_>) -> Result<Attempt> {
        // Nothing is made here, and a file with this name and header is a segment wherever it is.
        let spool = self.spool.unchecked()?;
        let file = spool.append(name)?;
        if !file.try_lock_shared()? {
            return Ok(Attempt::Taken);
        }
        let stat = file.checked_stat()?;
        let size = stat.size();
        if stat.names() > 1 || size == 0 || size >= MAX_SEGMENT_BYTES {
            return Ok(Attempt::Taken);
        }
        // A sealer holds the lock while it renames: under the shared lock, the name tells whether one was here.
        if !spool.name_refers_to(name, &stat) {
            return Ok(Attempt::Missing);
        }
        // Two headers may have one checksum, by chance or because somebody chose an endpoint that hits it.
        if !file.begins_with(self.header.as_bytes())? {
            return Ok(Attempt::Taken);
        }
        file.write(record.line.as_bytes(), size)?;
        (record.written)();
        Ok(Attempt::Written)
    }

    /// A segment appears with its header, its name and its first event, or not at all.
    fn put_first(&self, name: &str, record: &Record<'_>) -> Result<Attempt> {
        let spool = self.spool()?;
        // A file that cannot be opened or removed (left by another user, on a bad disk) is no reason to lose this one.
        let now = clock::now();
        let _ = eviction::evict(spool, now, &self.destination);
        identity::prepare(&self.places);
        let random = hex::encode(&random::<16>().ok_or(Errno::AGAIN)?);
        let mut passing = String::with_capacity(40);
        passing.push_str(PASSING);
        passing.push_str(&random);
        let mut origin = String::with_capacity(64);
        let day = u16::try_from(clock::day(now)).unwrap_or(u16::MAX);
        encode::push_origin(&mut origin, record.segment.unwrap_or(&random), day);
        let mut content = self.header.clone();
        push_line(&mut content, &origin);
        content.push_str(record.line);
        let file = spool.create(&passing)?;
        // No other process knows this file yet. The lock keeps sealers from it until `written` was called.
        let locked = file.try_lock_shared().and_then(|has| if has { Ok(()) } else { Err(Errno::AGAIN) });
        let done = locked
            .and_then(|()| file.write(content.as_bytes(), 0))
            .and_then(|()| spool.rename_to_new(&passing, name));
        if done.is_err() {
            let _ = spool.unlink(&passing);
        }
        match done {
            Ok(()) => {
                (record.written)();
                // What an opt-out has emptied is still there where something of somebody else's is in it.
                still_permitted(&self.places);
                Ok(Attempt::Written)
            }
            Err(Errno::EXIST) => Ok(Attempt::Missing),
            Err(error) => Err(error),
        }
    }

    /// Counts drops for the next batch to report. False where not even that can be written.
    pub(crate) fn count(&self, reason: DropReason, number: u64) -> bool {
        let counted =
            self.spool().and_then(|spool| outcomes::add(spool, self.destination.tag(), &[(reason, number)]));
        if counted == Ok(true) {
            still_permitted(&self.places);
        }
        counted.is_ok()
    }

    /// Whether no opt-out has been stored meanwhile ([`still_permitted`]).
    pub(crate) fn is_still_permitted(&self) -> bool {
        still_permitted(&self.places)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_of_two_machines_and_of_two_headers_have_names_of_their_own() {
        let names = [(1, 1), (1, 2), (2, 1), (2, 2)].map(|(header, node)| of_machine(header, node));
        let different: std::collections::BTreeSet<_> = names.into_iter().collect();
        assert_eq!(different.len(), names.len());
    }
}
