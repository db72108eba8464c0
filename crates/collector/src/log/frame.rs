//! One entry on disk.
//!
//! ```text
//! segment  "aboveboard log \x01" (16 bytes, the last is the version) · base position u64 · frames
//! frame    marker ab 6f 76 01 · length of the payload u32 · CRC-32 of length and payload u32 · payload
//! payload  kind u8 · received i64 · the rest by kind
//!          1 batch    skew i64 · refused u32 · body
//!          2 erasure  by operator u8 · installation 16 bytes · product
//!          3 clearing product
//!          4 amendment product · 0 · change as a text
//!          5 batch    skew i64 · refused u32 · counted value 16 bytes · body
//! ```
//! All numbers are little-endian. The marker lets a reader find the next frame behind a damaged one.

use aboveboard_published::counted;
use aboveboard_store::amendment::Amendment;
use aboveboard_store::entry::{Arrival, Clearing, Erasure, LogEntry};
use aboveboard_types::id::Id;
use aboveboard_types::limits::MAX_BYTES;
use flate2::Crc;

/// First bytes of a segment; the last one is the version of the format.
pub(super) const SEGMENT_MAGIC: [u8; 16] = *b"aboveboard log \x01";

/// Bytes before the first frame of a segment.
pub(super) const SEGMENT_HEADER: u64 = 24;

/// First bytes of a frame; the last one is the version of the format.
const MARKER: [u8; 4] = [0xab, 0x6f, 0x76, 0x01];

/// Bytes before the payload of a frame.
const FRAME_HEADER: usize = 12;

/// Bytes of a batch's payload before its body.
const BATCH_HEADER: usize = 21;

/// Bytes of a counted value, which stands behind them where there is one.
const COUNTED_VALUE: usize = size_of::<counted::Value>();

/// Largest payload: a batch at its bound.
const MAX_PAYLOAD: usize = MAX_BYTES + BATCH_HEADER + COUNTED_VALUE;

/// Bytes of the largest frame.
pub(super) const MAX_FRAME: usize = FRAME_HEADER + MAX_PAYLOAD;

const BATCH: u8 = 1;
const ERASURE: u8 = 2;
const CLEARING: u8 = 3;
const AMENDMENT: u8 = 4;
const BATCH_WITH_VALUE: u8 = 5;

/// An entry that is to be framed: a body is not copied before it is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum EntryRef<'a> {
    /// A batch; the fields are those of [`Arrival`].
    Batch { received: i64, skew: i64, refused: u32, counted_value: Option<counted::Value>, body: &'a [u8] },
    /// An erasure.
    Erasure(&'a Erasure),
    /// A clearing.
    Clearing(&'a Clearing),
    /// A change that an operator asked for.
    Amendment(&'a Amendment),
}

impl EntryRef<'_> {
    /// When it was received: seconds since 1970 UTC.
    pub(crate) fn received(&self) -> i64 {
        match self {
            Self::Batch { received, .. } => *received,
            Self::Erasure(erasure) => erasure.received,
            Self::Clearing(clearing) => clearing.received,
            Self::Amendment(amendment) => amendment.received,
        }
    }
}

impl<'a> From<&'a LogEntry> for EntryRef<'a> {
    fn from(entry: &'a LogEntry) -> Self {
        match entry {
            LogEntry::Batch(Arrival { received, skew, refused, counted_value, body }) => Self::Batch {
                received: *received,
                skew: *skew,
                refused: *refused,
                counted_value: *counted_value,
                body,
            },
            LogEntry::Erasure(erasure) => Self::Erasure(erasure),
            LogEntry::Clearing(clearing) => Self::Clearing(clearing),
            LogEntry::Amendment(amendment) => Self::Amendment(amendment),
        }
    }
}

/// Appends a frame.
pub(super) fn push(out: &mut Vec<u8>, entry: EntryRef<'_>) {
    let start = out.len();
    out.extend_from_slice(&MARKER);
    out.extend_from_slice(&[0; 8]);
    match entry {
        EntryRef::Batch { received, skew, refused, counted_value, body } => {
            out.push(if counted_value.is_some() { BATCH_WITH_VALUE } else { BATCH });
            out.extend_from_slice(&received.to_le_bytes());
            out.extend_from_slice(&skew.to_le_bytes());
            out.extend_from_slice(&refused.to_le_bytes());
            out.extend_from_slice(counted_value.as_ref().map_or(&[], counted::Value::as_slice));
            out.extend_from_slice(body);
        }
        EntryRef::Erasure(erasure) => {
            out.push(ERASURE);
            out.extend_from_slice(&erasure.received.to_le_bytes());
            out.push(u8::from(erasure.by_operator));
            out.extend_from_slice(erasure.installation.bytes());
            out.extend_from_slice(erasure.product.as_bytes());
        }
        EntryRef::Clearing(clearing) => {
            out.push(CLEARING);
            out.extend_from_slice(&clearing.received.to_le_bytes());
            out.extend_from_slice(clearing.product.as_bytes());
        }
        EntryRef::Amendment(amendment) => {
            out.push(AMENDMENT);
            out.extend_from_slice(&amendment.received.to_le_bytes());
            out.extend_from_slice(amendment.product.as_bytes());
            out.push(0);
            out.extend_from_slice(amendment.change.to_string().as_bytes());
        }
    }
    // Bodies and product ids are bounded far below 4 GiB before they come here.
    let length = u32::try_from(out.len() - start - FRAME_HEADER).unwrap_or(u32::MAX).to_le_bytes();
    let check = checksum(length, &out[start + FRAME_HEADER..]).to_le_bytes();
    out[start + 4..start + 8].copy_from_slice(&length);
    out[start + 8..start + 12].copy_from_slice(&check);
}

/// Bytes that the frame of an entry takes.
pub(super) fn size(entry: EntryRef<'_>) -> u64 {
    let payload = match entry {
        EntryRef::Batch { counted_value, body, .. } => {
            BATCH_HEADER + counted_value.map_or(0, |_| COUNTED_VALUE) + body.len()
        }
        EntryRef::Erasure(erasure) => 26 + erasure.product.len(),
        EntryRef::Clearing(clearing) => 9 + clearing.product.len(),
        EntryRef::Amendment(amendment) => 10 + amendment.product.len() + amendment.change.to_string().len(),
    };
    (FRAME_HEADER + payload) as u64
}

/// What stands at the beginning of some bytes of a segment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Framed {
    /// A whole frame of this many bytes.
    Whole(LogEntry, usize),
    /// Perhaps a frame, of which not all bytes are here.
    Short,
    /// No frame that could be used; the next may begin after this many bytes.
    Damaged(usize),
}

/// The frame of an entry, as it stands in the log.
pub(crate) fn frame_of(entry: &LogEntry) -> Vec<u8> {
    let mut frame = Vec::new();
    push(&mut frame, entry.into());
    frame
}

/// The entry of a whole frame.
pub(crate) fn entry_of(frame: &[u8]) -> Option<LogEntry> {
    match read(frame) {
        Framed::Whole(entry, length) if length == frame.len() => Some(entry),
        _ => None,
    }
}

/// Reads what stands at the beginning of `bytes`.
pub(super) fn read(bytes: &[u8]) -> Framed {
    let Some((header, rest)) = bytes.split_first_chunk::<FRAME_HEADER>() else {
        let begins = MARKER.starts_with(&bytes[..bytes.len().min(4)]) || bytes.starts_with(&MARKER);
        return if begins { Framed::Short } else { Framed::Damaged(next_marker(bytes)) };
    };
    let [m0, m1, m2, m3, l0, l1, l2, l3, c0, c1, c2, c3] = *header;
    let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
    if [m0, m1, m2, m3] != MARKER || length > MAX_PAYLOAD {
        return Framed::Damaged(next_marker(bytes));
    }
    let Some(payload) = rest.get(..length) else { return Framed::Short };
    let is_whole = checksum([l0, l1, l2, l3], payload) == u32::from_le_bytes([c0, c1, c2, c3]);
    match is_whole.then(|| decode(payload)).flatten() {
        Some(entry) => Framed::Whole(entry, FRAME_HEADER + length),
        None => Framed::Damaged(next_marker(bytes)),
    }
}

fn decode(payload: &[u8]) -> Option<LogEntry> {
    let (&kind, rest) = payload.split_first()?;
    let (received, rest) = rest.split_first_chunk()?;
    let received = i64::from_le_bytes(*received);
    match kind {
        BATCH | BATCH_WITH_VALUE => {
            let (skew, rest) = rest.split_first_chunk()?;
            let (refused, mut body) = rest.split_first_chunk()?;
            let skew = i64::from_le_bytes(*skew);
            let refused = u32::from_le_bytes(*refused);
            let mut counted_value = None;
            if kind == BATCH_WITH_VALUE {
                let (value, rest) = body.split_first_chunk()?;
                counted_value = Some(*value);
                body = rest;
            }
            Some(LogEntry::Batch(Arrival { received, skew, refused, counted_value, body: body.to_vec() }))
        }
        ERASURE => {
            let (&by_operator, rest) = rest.split_first()?;
            let (installation, product) = rest.split_first_chunk()?;
            let product = std::str::from_utf8(product).ok()?.to_owned();
            let installation = Id::from_bytes(*installation);
            Some(LogEntry::Erasure(Erasure {
                product,
                installation,
                received,
                by_operator: by_operator != 0,
            }))
        }
        CLEARING => {
            let product = std::str::from_utf8(rest).ok()?.to_owned();
            Some(LogEntry::Clearing(Clearing { product, received }))
        }
        AMENDMENT => {
            let (product, change) = std::str::from_utf8(rest).ok()?.split_once('\0')?;
            let change = change.parse().ok()?;
            Some(LogEntry::Amendment(Amendment { product: product.to_owned(), received, change }))
        }
        _ => None,
    }
}

fn checksum(length: [u8; 4], payload: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(&length);
    crc.update(payload);
    crc.sum()
}

/// Bytes to the next place, not this one, where a frame may begin; a marker cut off at the end counts.
pub(super) fn next_marker(bytes: &[u8]) -> usize {
    let candidates = (1..bytes.len()).filter(|&at| bytes[at] == MARKER[0]);
    let begins = |at: &usize| {
        let here = &bytes[*at..];
        if here.len() < MARKER.len() { MARKER.starts_with(here) } else { here.starts_with(&MARKER) }
    };
    candidates.into_iter().find(begins).unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn batch(body: &[u8]) -> LogEntry {
        LogEntry::Batch(Arrival {
            received: 1_800_000_000,
            skew: -3,
            refused: 2,
            counted_value: None,
            body: body.to_vec(),
        })
    }

    fn counted() -> LogEntry {
        let LogEntry::Batch(arrival) = batch(b"{}") else { panic!("a batch") };
        LogEntry::Batch(Arrival { counted_value: Some([0xab; 16]), ..arrival })
    }

    #[test]
    fn a_frame_of_a_product_that_publishes_nothing_is_what_it_was() {
        let payload =
            b"\x01\x00\xd2\x49\x6b\x00\x00\x00\x00\xfd\xff\xff\xff\xff\xff\xff\xff\x02\x00\x00\x00{}";
        assert_eq!(frame_of(&batch(b"{}"))[FRAME_HEADER..], payload[..]);
        assert_eq!(frame_of(&counted()).len(), FRAME_HEADER + payload.len() + 16);
    }

    fn erasure() -> LogEntry {
        let installation = Id::from_bytes([7; 16]);
        LogEntry::Erasure(Erasure { product: "quarry".into(), installation, received: 5, by_operator: true })
    }

    fn amendment() -> LogEntry {
        let change = aboveboard_store::amendment::Change::EraseItem("metadata apply".to_owned());
        LogEntry::Amendment(Amendment { product: "quarry".into(), received: 5, change })
    }

    #[test]
    fn what_was_pushed_is_read_and_sized() {
        for entry in [batch(b"{}"), batch(b""), counted(), erasure(), amendment()] {
            let mut bytes = Vec::new();
            push(&mut bytes, (&entry).into());
            assert_eq!(bytes.len() as u64, size((&entry).into()));
            assert_eq!(read(&bytes), Framed::Whole(entry, bytes.len()));
        }
    }

    #[test]
    fn a_frame_cut_at_any_byte_is_short_and_never_read() {
        let mut bytes = Vec::new();
        push(&mut bytes, (&batch(b"0123456789")).into());
        for cut in 0..bytes.len() {
            assert_eq!(read(&bytes[..cut]), Framed::Short, "{cut}");
        }
    }

    #[test]
    fn a_flipped_bit_costs_this_frame_and_the_next_is_found() {
        let mut first = Vec::new();
        push(&mut first, (&batch(b"0123456789")).into());
        let mut both = first.clone();
        push(&mut both, (&erasure()).into());
        for bit in 0..first.len() * 8 {
            let mut bytes = both.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let mut at = 0;
            let found = loop {
                match read(&bytes[at..]) {
                    Framed::Whole(entry, _) => break Some(entry),
                    Framed::Damaged(skip) => at += skip,
                    // A longer length than is here: the reader looks for the next marker at the end of the log.
                    Framed::Short => at += next_marker(&bytes[at..]),
                }
                if at >= bytes.len() {
                    break None;
                }
            };
            assert_eq!(found, Some(erasure()), "bit {bit}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_the_end_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
            let mut at = 0;
            while at < bytes.len() {
                at += match read(&bytes[at..]) {
                    Framed::Whole(_, length) => length,
                    Framed::Damaged(skip) => skip,
                    Framed::Short => break,
                };
            }
        }
    }
}
