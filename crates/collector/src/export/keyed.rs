//! Ids that hold for one export: an installation is the same throughout it, and nobody in the next.

use std::io;

use aboveboard_types::hex;

use crate::rollup::row::Number;

/// The key of one export. It is made for it, lives in memory, and goes with it.
pub(super) struct Key([u8; 32]);

/// A key is not for a log.
impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

/// An installation under the key of an export.
pub(super) type Keyed = [u8; 16];

impl Key {
    /// A new one, of the system's randomness.
    pub(super) fn new() -> io::Result<Self> {
        let mut key = [0; 32];
        let got = rustix::rand::getrandom(&mut key[..], rustix::rand::GetRandomFlags::empty())?;
        if got == key.len() { Ok(Self(key)) } else { Err(io::Error::other("too little randomness")) }
    }

    /// The id of an installation: an HMAC-SHA-256 of its number, cut to sixteen bytes.
    pub(super) fn id(&self, installation: Number) -> Keyed {
        let mac = hmac_sha256::HMAC::mac(&installation.to_le_bytes()[..], self.0);
        let mut id = Keyed::default();
        id.copy_from_slice(&mac[..16]);
        id
    }
}

/// Thirty-two hexadecimal digits; empty for no installation.
pub(super) fn text(key: &Key, installation: Number) -> String {
    if installation == 0 {
        return String::new();
    }
    hex::encode(&key.id(installation))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installation_is_one_in_an_export_and_another_in_the_next() {
        let (one, other) = (Key::new().unwrap(), Key::new().unwrap());
        assert_eq!(text(&one, 7), text(&one, 7));
        assert_ne!(text(&one, 7), text(&one, 8));
        assert_ne!(text(&one, 7), text(&other, 7));
        assert_eq!((text(&one, 7).len(), text(&one, 0).len()), (32, 0));
        assert!(!format!("{one:?}").contains(char::is_numeric));
    }
}
