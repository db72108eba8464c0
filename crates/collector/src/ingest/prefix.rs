//! Address prefixes as the collector tells them apart, without keeping an address.
//!
//! A prefix (/24, /48) is known by its hash under a secret that lives in memory for an hour at most, together with all that
//! is known under it. After that nothing here reveals anything about anybody, and nothing is ever written.

use std::fmt;
use std::net::IpAddr;

use crate::awaited::Voice;

/// A prefix under the secret of the hour.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Prefix([u8; 16]);

impl Prefix {
    /// Of who has no address: the operator of this machine. No hash is like this.
    pub(crate) const LOCAL: Self = Self([0; 16]);

    /// What it counts as where each network has one voice.
    pub(crate) fn voice(self) -> Voice {
        Voice(self.0)
    }
}

/// Not even the hash of a prefix belongs in a log.
impl fmt::Debug for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prefix(…)")
    }
}

/// Who sends a request, as far as limits go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sender {
    pub(crate) prefix: Prefix,
    /// Whether the body counts for what the prefix may send in an hour: not where the prefix may be everybody behind a
    /// proxy.
    pub(crate) is_metered: bool,
}

impl Sender {
    /// As whom its network counts; none where networks cannot be distinguished.
    pub(crate) fn voice(self) -> Option<Voice> {
        self.is_metered.then(|| self.prefix.voice())
    }
}

/// What prefixes are known under.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Secret([u8; 32]);

/// A secret is not for a log.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// Random bytes from the system; should that fail, the standard library's hash keys, which come from there too.
    pub(super) fn random() -> Self {
        use std::hash::{BuildHasher as _, RandomState};
        let mut secret = [0; 32];
        let got = rustix::rand::getrandom(&mut secret[..], rustix::rand::GetRandomFlags::empty());
        if got != Ok(secret.len()) {
            for part in secret.chunks_exact_mut(8) {
                part.copy_from_slice(&RandomState::new().hash_one(0u8).to_le_bytes());
            }
        }
        Self(secret)
    }

    pub(super) fn prefix(&self, address: IpAddr) -> Prefix {
        // A hash over the secret and the prefix reveals neither, as long as nobody sees it and all inputs have one length.
        // HMAC, which is made for more, would cost four times as much on every request.
        let mut keyed = [0; 40];
        keyed[..32].copy_from_slice(&self.0);
        match address.to_canonical() {
            IpAddr::V4(address) => keyed[32..35].copy_from_slice(&address.octets()[..3]),
            IpAddr::V6(address) => {
                keyed[32..38].copy_from_slice(&address.octets()[..6]);
                keyed[39] = 6;
            }
        }
        let mac = hmac_sha256::Hash::hash(&keyed);
        let mut prefix = [0; 16];
        prefix.copy_from_slice(&mac[..16]);
        Prefix(prefix)
    }
}

#[cfg(test)]
impl Prefix {
    /// A prefix for tests.
    pub(crate) const fn of(number: u8) -> Self {
        Self([number; 16])
    }
}
