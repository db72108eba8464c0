//! Inflating a body, within its bounds.

use std::io::Read as _;

use flate2::bufread::GzDecoder;

use super::limits::{MAX_INFLATION, MIN_CHECKED_INFLATION};
use crate::refusal::Reason;

/// The inflated size that the end of a gzip member states. Only one that is true passes when it is inflated.
pub(super) fn stated_size(packed: &[u8]) -> usize {
    let size = packed.last_chunk().map_or(u32::MAX, |bytes| u32::from_le_bytes(*bytes));
    usize::try_from(size).unwrap_or(usize::MAX)
}

/// Inflates one gzip member, which must be all there is. Stops at `max_bytes` bytes, or when it grows beyond reason.
pub(crate) fn inflate(packed: &[u8], max_bytes: usize) -> Result<Vec<u8>, Reason> {
    let mut decoder = GzDecoder::new(packed);
    let mut inflated = Vec::with_capacity((packed.len() * 4).min(max_bytes));
    let bound = max_bytes.min((packed.len() * MAX_INFLATION).max(MIN_CHECKED_INFLATION));
    let read = decoder.by_ref().take(bound as u64 + 1).read_to_end(&mut inflated);
    if inflated.len() > bound {
        return Err(if bound == max_bytes { Reason::TooLarge } else { Reason::TooDense });
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
}
