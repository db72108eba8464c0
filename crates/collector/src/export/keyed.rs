//! Ids that hold for one export: an installation is the same throughout it, and nobody in the next.

use std::io;

use aboveboard_store::read::{InstallationKey, ReadResult};
use aboveboard_store::{StoreError, StoreProblem};
use aboveboard_types::hex;

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

    /// A new one for an answer of the store.
    ///
    /// # Errors
    /// Where the system has no randomness.
    pub(super) fn for_answer() -> ReadResult<Self> {
        Self::new().map_err(|source| {
            StoreError::new("export", StoreProblem::Io { path: "/dev/urandom".into(), source })
        })
    }

    /// The id of an installation: an HMAC-SHA-256 of its number, cut to sixteen bytes.
    pub(super) fn id(&self, installation: InstallationKey) -> Keyed {
        let mac = hmac_sha256::HMAC::mac(&installation.0.to_le_bytes()[..], self.0);
        let mut id = Keyed::default();
        id.copy_from_slice(&mac[..16]);
        id
    }
}

/// Thirty-two hexadecimal digits; empty for no installation.
pub(super) fn text(key: &Key, installation: Option<InstallationKey>) -> String {
    installation.map_or_else(String::new, |installation| hex::encode(&key.id(installation)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installation_is_one_in_an_export_and_another_in_the_next() {
        let one = Key::new().unwrap();
        let other = Key::new().unwrap();
        let text = |key: &Key, number| text(key, Some(InstallationKey(number)));
        assert_eq!(text(&one, 7), text(&one, 7));
        assert_ne!(text(&one, 7), text(&one, 8));
        assert_ne!(text(&one, 7), text(&other, 7));
        assert_eq!((text(&one, 7).len(), super::text(&one, None).len()), (32, 0));
        assert!(!format!("{one:?}").contains(char::is_numeric));
    }
}
