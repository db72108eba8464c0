//! A body, whole, within its bounds and in time.

use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use flate2::bufread::GzDecoder;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Incoming};
use tokio::time::Instant;

use crate::config::Limits;
use crate::refusal::Reason;

/// Time that a slow start is forgiven before the rate of a body counts.
const GRACE: Duration = Duration::from_secs(2);

/// Inflated bytes for each one sent, beyond which a body is a bomb.
const MAX_RATIO: usize = 100;

/// Inflated bytes up to which the ratio is not looked at: agents seal no larger batch, and one event a thousand times
/// over is small when packed.
const RATIO_FROM: usize = 256 * 1024;

/// The length that a request states, or why none is read.
pub(crate) fn stated_length(headers: &HeaderMap, most: usize) -> Result<usize, Reason> {
    let stated = headers.get(CONTENT_LENGTH).ok_or(Reason::NoLength)?;
    let stated = stated.to_str().ok().and_then(|text| text.parse::<u64>().ok()).ok_or(Reason::NoLength)?;
    if stated > most as u64 { Err(Reason::TooLarge) } else { Ok(stated as usize) }
}

/// Bytes of bodies in memory.
#[derive(Debug)]
pub(crate) struct MemoryBudget {
    most: u64,
    taken: AtomicU64,
}

/// A share of the room, given back when dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
    room: Arc<MemoryBudget>,
    bytes: u64,
}

impl MemoryBudget {
    pub(crate) fn new(most: u64) -> Arc<Self> {
        Arc::new(Self { most, taken: AtomicU64::new(0) })
    }

    pub(crate) fn take(self: &Arc<Self>, bytes: u64) -> Result<Reservation, Reason> {
        let taken = self.taken.fetch_add(bytes, Ordering::Relaxed);
        let share = Reservation { room: Arc::clone(self), bytes };
        if taken + bytes > self.most { Err(Reason::Busy) } else { Ok(share) }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.room.taken.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Reads a body of the stated length. A body that comes in one piece is not copied.
pub(crate) async fn read(mut body: Incoming, length: usize, limits: &Limits) -> Result<Bytes, Reason> {
    let start = Instant::now();
    let mut gathered = Vec::new();
    while gathered.len() < length {
        let next = tokio::time::timeout_at(deadline(start, gathered.len(), limits), body.frame());
        let frame = next.await.map_err(|_| Reason::TooSlow)?;
        let frame = frame.ok_or(Reason::CutOff)?.map_err(|_| Reason::CutOff)?;
        let Ok(piece) = frame.into_data() else { continue };
        if gathered.is_empty() && piece.len() == length {
            return Ok(piece);
        }
        gathered.reserve_exact(if gathered.is_empty() { length } else { 0 });
        gathered.extend_from_slice(&piece);
    }
    Ok(Bytes::from(gathered))
}

/// Until when the next piece must come: the end of the whole request, or earlier the moment at which what is here would
/// be less than the least rate asks.
fn deadline(start: Instant, gathered: usize, limits: &Limits) -> Instant {
    let covered = gathered as f64 / limits.body_rate.max(1) as f64;
    let covered = Duration::try_from_secs_f64(covered).unwrap_or(limits.request);
    (start + limits.request).min(start + GRACE.min(limits.request) + covered)
}

/// How a body is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Identity,
    Gzip,
}

/// The coding that a request states: at most one, and no list.
pub(crate) fn coding(headers: &HeaderMap) -> Result<Coding, Reason> {
    let mut stated = headers.get_all(CONTENT_ENCODING).iter();
    let Some(first) = stated.next() else { return Ok(Coding::Identity) };
    if stated.next().is_some() {
        return Err(Reason::Coding);
    }
    match first.as_bytes() {
        name if name.eq_ignore_ascii_case(b"identity") => Ok(Coding::Identity),
        name if name.eq_ignore_ascii_case(b"gzip") => Ok(Coding::Gzip),
        _ => Err(Reason::Coding),
    }
}

/// Inflates one gzip member, which must be all there is. Stops at `most` bytes, or when it grows beyond reason.
pub(crate) fn inflate(packed: &[u8], most: usize) -> Result<Vec<u8>, Reason> {
    let mut decoder = GzDecoder::new(packed);
    let mut inflated = Vec::with_capacity((packed.len() * 4).min(most));
    let bound = most.min((packed.len() * MAX_RATIO).max(RATIO_FROM));
    let read = decoder.by_ref().take(bound as u64 + 1).read_to_end(&mut inflated);
    if inflated.len() > bound {
        return Err(if bound == most { Reason::TooLarge } else { Reason::TooDense });
    }
    read.map_err(|_| Reason::BadGzip)?;
    if decoder.into_inner().is_empty() { Ok(inflated) } else { Err(Reason::BadGzip) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write as _;

    const MAX_BODY_BYTES: usize = 1 << 20;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn one_whole_member_at_the_bound_passes_and_one_byte_more_does_not() {
        let noise: Vec<u8> =
            (0..MAX_BODY_BYTES as u32 + 1).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        assert_eq!(
            inflate(&gzip(&noise[..MAX_BODY_BYTES]), MAX_BODY_BYTES).unwrap(),
            &noise[..MAX_BODY_BYTES]
        );
        assert_eq!(inflate(&gzip(&noise), MAX_BODY_BYTES), Err(Reason::TooLarge));
    }

    #[test]
    fn bombs_cut_members_and_trailing_bytes_are_refused() {
        let bomb = gzip(&vec![0; 16 << 20]);
        assert_eq!(inflate(&bomb, MAX_BODY_BYTES), Err(Reason::TooLarge));
        assert_eq!(inflate(&gzip(&vec![0; 512 << 10]), MAX_BODY_BYTES), Err(Reason::TooDense));
        let good = gzip(b"{}");
        for cut in 0..good.len() {
            assert_eq!(inflate(&good[..cut], MAX_BODY_BYTES), Err(Reason::BadGzip), "{cut}");
        }
        assert_eq!(inflate(&[&good[..], &good[..]].concat(), MAX_BODY_BYTES), Err(Reason::BadGzip));
        assert_eq!(inflate(&[&good[..], b"x"].concat(), MAX_BODY_BYTES), Err(Reason::BadGzip));
        assert_eq!(inflate(&gzip(&good), MAX_BODY_BYTES).unwrap(), good);
    }

    #[test]
    fn a_coding_stands_once_and_alone() {
        let headers = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(CONTENT_ENCODING, value.parse().unwrap());
            }
            headers
        };
        assert_eq!(coding(&headers(&[])), Ok(Coding::Identity));
        assert_eq!(coding(&headers(&["GZIP"])), Ok(Coding::Gzip));
        for wrong in [&["gzip", "gzip"][..], &["gzip, gzip"], &["zstd"], &["br"], &["deflate"], &[""]] {
            assert_eq!(coding(&headers(wrong)), Err(Reason::Coding), "{wrong:?}");
        }
    }

    #[test]
    fn the_room_for_bodies_is_given_back() {
        let room = MemoryBudget::new(10);
        let share = room.take(8).unwrap();
        assert_eq!(room.take(3).err(), Some(Reason::Busy));
        drop(share);
        assert!(room.take(10).is_ok());
    }
}
