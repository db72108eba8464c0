//! 128-bit identifiers, written like UUIDs.

use std::fmt;

/// An identifier of 128 bits: an installation, a run, a session, a batch.
///
/// It is written and read as a lower-case hyphenated UUID. No identifier here holds a clock or hardware
/// address; how each is made is said where it is made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id([u8; 16]);

impl Id {
    /// The nil identifier, which stands as a placeholder in previews and is refused at ingest.
    pub const NIL: Self = Self([0; 16]);

    /// The identifier with exactly these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// A version 4 identifier (RFC 9562) from sixteen random bytes.
    #[must_use]
    pub const fn from_random(mut random: [u8; 16]) -> Self {
        random[6] = random[6] & 0x0f | 0x40;
        random[8] = random[8] & 0x3f | 0x80;
        Self(random)
    }

    /// A version 8 identifier (RFC 9562): 122 bits of the caller's own, the rest version and variant.
    #[must_use]
    pub const fn from_custom(mut custom: [u8; 16]) -> Self {
        custom[6] = custom[6] & 0x0f | 0x80;
        custom[8] = custom[8] & 0x3f | 0x80;
        Self(custom)
    }

    /// The version 8 identifier of the first sixteen bytes of a hash.
    #[must_use]
    pub fn from_hash(hash: &[u8; 32]) -> Self {
        let mut first = [0; 16];
        first.copy_from_slice(&hash[..16]);
        Self::from_custom(first)
    }

    /// The id of the batch that the segment `name` becomes: the day on which the segment was made, then what only the
    /// holder of the secret can compute of its name. So a preview knows the id before, and nobody else does.
    #[must_use]
    pub fn of_batch(secret: &[u8; 32], day: u16, name: &str) -> Self {
        let mut hash = hmac_sha256::HMAC::new(secret);
        for part in [b"aboveboard batch 2\0", name.as_bytes()] {
            hash.update(part);
        }
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(&day.to_be_bytes());
        bytes[2..].copy_from_slice(&hash.finalize()[..14]);
        Self::from_custom(bytes)
    }

    /// How a command's event refers to the server that it talked to: a hash, so that what a server says of itself is
    /// carried nowhere. A collector knows it again where that server reported too.
    #[must_use]
    pub fn server_reference(product: &str, server: Self) -> Self {
        let mut hash = hmac_sha256::Hash::new();
        for part in [product.as_bytes(), &server.0] {
            hash.update(part);
        }
        Self::from_hash(&hash.finalize())
    }

    /// The sixteen bytes, most significant first.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Reads the one accepted spelling: 36 characters, lower case, hyphens at 8, 13, 18 and 23.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text: &[u8; 36] = text.as_bytes().try_into().ok()?;
        if [text[8], text[13], text[18], text[23]] != [b'-'; 4] {
            return None;
        }
        let mut bytes = [0; 16];
        let mut seen = 0;
        for (byte, at) in bytes.iter_mut().zip(PLACES) {
            let high = DIGITS[usize::from(text[at])];
            let low = DIGITS[usize::from(text[at + 1])];
            *byte = high << 4 | low;
            seen |= high | low;
        }
        (seen < 16).then_some(Self(bytes))
    }
}

/// Where the digits of each byte begin.
const PLACES: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/// The value of each lower-case hexadecimal digit; 255 for what is none. A collector reads several ids for each event.
const DIGITS: [u8; 256] = {
    let mut digits = [255; 256];
    let mut value = 0;
    while value < 16 {
        digits[crate::hex::DIGITS[value] as usize] = value as u8;
        value += 1;
    }
    digits
};

#[cfg(feature = "uuid")]
impl From<Id> for uuid::Uuid {
    fn from(id: Id) -> Self {
        Self::from_bytes(id.0)
    }
}

impl Id {
    /// The 36 characters.
    fn text(&self) -> [u8; 36] {
        let mut text = [b'-'; 36];
        let mut at = 0;
        for byte in self.0 {
            if matches!(at, 8 | 13 | 18 | 23) {
                at += 1;
            }
            text[at] = crate::hex::DIGITS[usize::from(byte >> 4)];
            text[at + 1] = crate::hex::DIGITS[usize::from(byte & 15)];
            at += 2;
        }
        text
    }

    /// Appends the spelling, without the formatting machinery.
    pub fn push(&self, out: &mut String) {
        out.push_str(std::str::from_utf8(&self.text()).unwrap_or_default());
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.text()).unwrap_or_default())
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_nothing_else() {
        let id = Id::from_random(*b"0123456789abcdef");
        let text = id.to_string();
        assert_eq!(Id::parse(&text), Some(id));
        assert_eq!(&text[14..15], "4");
        for wrong in [&text[1..], &text.to_uppercase(), &text.replace('-', "_"), &format!("{text}0"), ""] {
            assert_eq!(Id::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    #[cfg(feature = "uuid")]
    fn is_a_uuid_to_everybody_else() {
        for (id, version) in [(Id::from_random([0xff; 16]), 4), (Id::from_custom([0xff; 16]), 8)] {
            let uuid = uuid::Uuid::from(id);
            assert_eq!(uuid.get_version_num(), version);
            assert_eq!(uuid.get_variant(), uuid::Variant::RFC4122);
            assert_eq!(uuid.to_string(), id.to_string());
        }
    }
}
