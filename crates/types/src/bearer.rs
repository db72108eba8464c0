//! Tokens in the header `authorization`, as the collector and the server's agent take them.

/// The token of a bearer; `None` of any other value.
#[must_use]
pub fn bearer(authorization: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = authorization.split_at(authorization.iter().position(|byte| *byte == b' ')?);
    let token = token.trim_ascii();
    (scheme.eq_ignore_ascii_case(b"bearer") && !token.is_empty()).then_some(token)
}

/// Compares all bytes, whichever differ, so that the time says nothing about where. Only the length shows.
#[must_use]
pub fn is_same(one: &[u8], other: &[u8]) -> bool {
    let differing = one.iter().zip(other).fold(0, |seen, (one, other)| seen | (one ^ other));
    one.len() == other.len() && std::hint::black_box(differing) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_is_read_whole_or_not_at_all() {
        for right in [&b"Bearer abc"[..], b"bearer  abc", b"BEARER abc "] {
            assert_eq!(bearer(right), Some(&b"abc"[..]));
        }
        for wrong in [&b""[..], b"Bearer", b"Bearer ", b"abc", b"Basic abc", b" abc"] {
            assert_eq!(bearer(wrong), None);
        }
    }

    #[test]
    fn equal_texts_alone_are_the_same() {
        assert!(is_same(b"", b"") && is_same(b"abc", b"abc"));
        for other in [&b""[..], b"ab", b"abd", b"bbc", b"abcd"] {
            assert!(!is_same(b"abc", other));
        }
    }
}
