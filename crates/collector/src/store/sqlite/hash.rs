//! A hash of a batch's body, to tell a retry from a conflict.

/// 64 bits over the body, the same on every machine and in every version: part of the stored format. It is no
/// cryptographic hash: whoever forges a body under a known id gains nothing by having it called a duplicate.
pub(super) fn body(bytes: &[u8]) -> i64 {
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
    use super::body;

    #[test]
    fn one_bit_or_one_byte_more_is_another_hash() {
        let text = b"{\"wire\":1,\"product\":\"quarry\"}".to_vec();
        let hash = body(&text);
        for bit in 0..text.len() * 8 {
            let mut other = text.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(body(&other), hash);
        }
        assert_ne!(body(&[text.as_slice(), &[0]].concat()), hash);
        assert_eq!(body(b"aboveboard"), -7_981_820_991_463_148_616, "the stored format does not change");
    }
}
