//! Bytes as hexadecimal digits, and back.

/// The lower-case digits, by their value.
pub(crate) const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The bytes in lower-case digits, two for each byte.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(2 * bytes.len());
    push(&mut digits, bytes);
    digits
}

/// Appends the bytes in lower-case digits, two for each byte.
pub fn push(out: &mut String, bytes: &[u8]) {
    let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
    for byte in bytes {
        out.push(digit(byte >> 4));
        out.push(digit(byte & 15));
    }
}

/// The `N` bytes that exactly `2 * N` digits of either case stand for; `None` for any other text.
#[must_use]
pub fn decode<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if digits.len() != 2 * N {
        return None;
    }
    let value = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = value(pair[0])? << 4 | value(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_back_from_their_digits_and_nothing_else_is_read() {
        assert_eq!(encode(&[0x00, 0x7f, 0xfe]), "007ffe");
        assert_eq!(decode(b"007fFE"), Some([0x00, 0x7f, 0xfe]));
        for wrong in ["", "0", "007ff", "007ffe0", "007ff ", "+07ffe", "007fg0"] {
            assert_eq!(decode::<3>(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
